"""Letters with the link that sets a new password: its secret is in the letter and nowhere else."""

from __future__ import annotations

import re
import signal
from email.message import EmailMessage
from uuid import UUID

import pytest

from shared.access.account_links import AccountLinkNotValid, Purpose, ask_reset, read
from shared.access.model import Actor, Role
from shared.db.tenancy import Tenant
from shared.deliveries.actions import create
from shared.deliveries.model import Channel
from shared.jobs.actions import retry
from tests.worker.letters import ADDRESS, account, letter_jobs, methodist
from tests.worker.machinery import Engine
from tests.worker.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("holds_after")
PUBLIC = "https://nastavnik.example/"


def asked_reset(engine: Engine, principal_id: int) -> tuple[int, UUID]:
    """Ask for a link as the page of forgotten passwords does; return the link and the job that sends it."""
    with engine.conn() as conn:
        conn.execute(
            "INSERT INTO account (municipality_id, principal_id, login, password_hash, password_set_at)"
            " VALUES (%s, %s, %s, repeat('x', 30), now())",
            (engine.programme.municipality_id, principal_id, ADDRESS),
        )
        tenant = Tenant(engine.programme.municipality_id, engine.programme.school_id)
        link = ask_reset(conn, Actor(principal_id, Role.CURATOR, tenant))
        assert link is not None
        create(
            conn,
            municipality_id=tenant.municipality_id,
            channel=Channel.MAIL,
            school_id=tenant.school_id,
            principal_id=principal_id,
            account_link_id=link,
        )
    (job,) = letter_jobs(engine)
    return link, job


def secret_in(message: EmailMessage) -> str:
    """Return the link's secret that the letter carries."""
    found = re.search(r"https://nastavnik\.example/password/(nsa_\S+)", str(message.get_content()))
    assert found is not None
    return found[1]


def test_a_link_that_resets_a_password_is_in_its_letter_and_nowhere_else(
    engine: Engine, mailbox: Mailbox, plain_smtp: str
) -> None:
    link, job = asked_reset(engine, account(engine))
    engine.run(job, smtp_url=plain_smtp, public_url=PUBLIC)
    assert engine.status(job) == "done"
    (message,) = mailbox.taken
    secret = secret_in(message)
    assert message["Subject"] == "«Наставник»: новый пароль"
    with engine.conn() as conn:
        assert read(conn, secret).id == link
    kept = engine.rows("SELECT to_jsonb(j)::text AS kept FROM job_run j UNION ALL SELECT body::text FROM result")
    assert kept
    assert not any(secret.split("_")[2] in row["kept"] for row in kept)


def test_each_letter_with_a_link_has_a_secret_and_a_name_of_its_own_and_the_last_one_works(
    engine: Engine, mailbox: Mailbox, plain_smtp: str
) -> None:
    _, job = asked_reset(engine, account(engine))
    given: dict[str, str] = {"smtp_url": plain_smtp, "public_url": PUBLIC}
    assert engine.run_in_child(job, **given, failpoint="mail_after_send") == -signal.SIGKILL
    engine.lapse(job)
    engine.reconcile()
    engine.run(job, **given)
    first, second = mailbox.taken
    assert first["Message-ID"] != second["Message-ID"]
    with engine.conn() as conn:
        assert read(conn, secret_in(second)).purpose is Purpose.RESET
        with pytest.raises(AccountLinkNotValid):
            read(conn, secret_in(first))


def test_a_link_that_was_replaced_meanwhile_or_has_no_address_to_lead_to_is_not_sent(
    engine: Engine, mailbox: Mailbox, plain_smtp: str
) -> None:
    link, job = asked_reset(engine, account(engine))
    engine.run(job, smtp_url=plain_smtp)
    assert engine.job(job)["error_code"] == "mail.no_address"
    with engine.conn() as conn:
        again = retry(conn, methodist(engine), job)
        conn.execute("UPDATE account_link SET revoked_at = now() WHERE id = %s", (link,))
    engine.run(again, smtp_url=plain_smtp, public_url=PUBLIC)
    assert engine.job(again)["error_ru"] == "Того, о чём эта работа, больше нет (ссылка)."
    assert mailbox.taken == []
