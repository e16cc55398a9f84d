"""Letters about notices, against a real SMTP server: sent once the server took them, repeated under the same name."""

from __future__ import annotations

import signal

import pytest

from deploy.embedded.children import free_port
from shared.jobs.actions import retry
from shared.notices.model import Reader
from tests.worker.letters import (
    ADDRESS,
    account,
    attempts,
    letter_jobs,
    methodist,
    notice,
    only_delivery,
    only_letter,
    tell,
)
from tests.worker.machinery import Engine
from tests.worker.mailbox import FROM, Mailbox

pytestmark = pytest.mark.usefixtures("holds_after")


def test_an_account_with_an_address_gets_one_letter_about_all_that_is_new(
    engine: Engine, mailbox: Mailbox, plain_smtp: str
) -> None:
    account(engine)
    tell(engine, notice(engine, "I.1"), notice(engine, "I.2"))
    (job,) = letter_jobs(engine)
    engine.run(job, smtp_url=plain_smtp, public_url="https://nastavnik.example/")
    assert engine.status(job) == "done"
    (message,) = mailbox.taken
    assert mailbox.receivers == [[ADDRESS]]
    assert message["Subject"] == "«Наставник»: уведомления — 2"
    assert (message["From"], message["To"]) == (FROM, ADDRESS)
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    assert "— Пункт I.1 просрочен." in text
    assert "— Пункт I.2 просрочен." in text
    assert f"https://nastavnik.example/programmes/{engine.programme.id}" in text
    delivery = only_delivery(engine)
    assert message["Message-ID"] == f"<{delivery['id']}@rayon.example>"
    assert (delivery["status"], delivery["is_sent"]) == ("sent", True)
    assert attempts(engine) == [("sent", 250, None)]


def test_letters_go_to_the_readers_of_the_school_alone(engine: Engine) -> None:
    other = engine.another_programme(in_municipality=engine.programme.municipality_id)
    account(engine, email=None)
    account(engine, email="foreign@school.example", school_id=other.school_id)
    account(engine, "director", email="director@school.example")
    account(engine, "methodist", email="methodist@rayon.example")
    curator = account(engine)
    tell(engine, notice(engine, "I.1"))
    assert [row["principal_id"] for row in engine.rows("SELECT principal_id FROM delivery")] == [curator]
    tell(engine, notice(engine, "summary", to=Reader.METHODIST))
    assert len(engine.rows("SELECT id FROM delivery WHERE school_id IS NULL")) == 1


def test_without_mail_nothing_is_to_be_sent(engine: Engine) -> None:
    account(engine)
    tell(engine, notice(engine, "I.1"), is_mail_on=False)
    assert letter_jobs(engine) == []
    assert len(engine.rows("SELECT id FROM notice")) == 1


def test_what_was_told_is_not_sent_again(engine: Engine) -> None:
    account(engine)
    tell(engine, notice(engine, "I.1"))
    tell(engine, notice(engine, "I.1"))
    assert len(letter_jobs(engine)) == 1


def test_a_refusal_for_good_ends_the_job_with_a_sentence_and_no_address(
    engine: Engine, mailbox: Mailbox, plain_smtp: str
) -> None:
    account(engine)
    job = only_letter(engine)
    mailbox.reply = f"550 no {ADDRESS} here"
    engine.run(job, smtp_url=plain_smtp)
    row = engine.job(job)
    assert (row["status"], row["attempts"], row["error_code"]) == ("dead", 1, "mail.refused")
    assert row["error_ru"] == "Почтовый сервер окончательно отказал (550): проверьте адрес учётной записи."
    assert ADDRESS not in row["error_ru"] + row["error_en"]
    assert only_delivery(engine)["status"] == "failed"
    assert attempts(engine) == [("failed", None, "mail.refused")]


def test_a_server_that_asks_to_come_again_gets_the_letter_later(
    engine: Engine, mailbox: Mailbox, plain_smtp: str
) -> None:
    account(engine)
    job = only_letter(engine)
    mailbox.reply = "451 later"
    engine.run(job, smtp_url=plain_smtp)
    assert (engine.status(job), only_delivery(engine)["status"]) == ("queued", "waiting")
    assert engine.job(job)["error_code"] == "mail.not_now"
    mailbox.reply = "250 OK"
    engine.execute("UPDATE job_run SET next_at = clock_timestamp()")
    engine.run(job, smtp_url=plain_smtp)
    assert engine.status(job) == "done"
    assert attempts(engine) == [("again", None, "mail.not_now"), ("sent", 250, None)]


def test_a_server_that_is_away_is_asked_until_the_attempts_are_spent(engine: Engine) -> None:
    account(engine)
    job = only_letter(engine)
    engine.execute("UPDATE job_run SET max_attempts = 2 WHERE id = %s", job)
    for _ in range(2):
        engine.execute("UPDATE job_run SET next_at = clock_timestamp() WHERE id = %s AND status = 'queued'", job)
        engine.run(job, smtp_url=f"smtp://127.0.0.1:{free_port()}?from={FROM}&tls=none")
    assert (engine.status(job), only_delivery(engine)["status"]) == ("dead", "failed")
    assert [outcome for outcome, _, _ in attempts(engine)] == ["again", "failed"]


def test_a_failed_letter_is_sent_when_its_job_is_repeated_by_hand(
    engine: Engine, mailbox: Mailbox, plain_smtp: str
) -> None:
    account(engine)
    job = only_letter(engine)
    mailbox.reply = "550 no"
    engine.run(job, smtp_url=plain_smtp)
    mailbox.reply = "250 OK"
    with engine.conn() as conn:
        again = retry(conn, methodist(engine), job)
    engine.run(again, smtp_url=plain_smtp)
    assert (engine.status(again), only_delivery(engine)["status"]) == ("done", "sent")
    assert len(mailbox.taken) == 1


def test_a_worker_killed_after_sending_sends_again_under_the_same_name(
    engine: Engine, mailbox: Mailbox, plain_smtp: str
) -> None:
    account(engine)
    job = only_letter(engine)
    assert engine.run_in_child(job, smtp_url=plain_smtp, failpoint="mail_after_send") == -signal.SIGKILL
    engine.lapse(job)
    engine.reconcile()
    engine.run(job, smtp_url=plain_smtp)
    assert engine.status(job) == "done"
    first, second = mailbox.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_content() == second.get_content()
    assert attempts(engine) == [("sent", 250, None)]


def test_mail_that_was_switched_off_meanwhile_ends_the_job_with_a_sentence(engine: Engine) -> None:
    account(engine)
    job = only_letter(engine)
    engine.run(job)
    assert engine.job(job)["error_code"] == "mail.off"


def test_a_letter_to_an_account_that_has_ended_is_not_sent(engine: Engine, mailbox: Mailbox, plain_smtp: str) -> None:
    curator = account(engine)
    job = only_letter(engine)
    with engine.conn() as conn:
        conn.execute("UPDATE principal SET ended_at = now() WHERE id = %s", (curator,))
    engine.run(job, smtp_url=plain_smtp)
    assert engine.job(job)["error_ru"] == "Того, о чём эта работа, больше нет (адрес)."
    assert mailbox.taken == []
