"""Secrets of webhooks: what they prove to a receiver, how they are replaced, and where they lie."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from services.worker.sealer import seal_all
from shared.access.sealed import keys_of
from shared.db.pool import Database
from shared.settings import Settings
from shared.webhooks import subscriptions
from shared.webhooks.errors import SecretSealed
from tests.worker.machinery import SECRETS_KEY
from tests.worker.subscribed import KEYS, Sender, subscribe


def test_a_changed_message_a_foreign_one_and_an_old_one_are_detected(
    sender: Sender, verify: Callable[..., bool]
) -> None:
    sender.send(sender.event())
    (got,) = sender.receiver.received
    at = int(got.headers["Webhook-Timestamp"])
    assert verify(got.headers, got.body, sender.secret, now=at + 200)
    assert not verify(got.headers, got.body, sender.secret, now=at + 301)
    assert not verify(got.headers, got.body, sender.secret, now=at - 301)
    assert not verify(got.headers, got.body + b" ", sender.secret, now=at)
    assert not verify(got.headers, got.body, "whsec_" + "A" * 43 + "=", now=at)
    for name in ("Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"):
        changed = {**got.headers, name: got.headers[name][:-1] + ("1" if got.headers[name][-1] != "1" else "2")}
        assert not verify(changed, got.body, sender.secret, now=at), name
        missing = {key: value for key, value in got.headers.items() if key != name}
        assert not verify(missing, got.body, sender.secret, now=at), name


def test_while_a_secret_is_replaced_both_sign_and_then_the_new_one_alone(
    sender: Sender, verify: Callable[..., bool]
) -> None:
    with sender.engine.conn() as conn:
        _, new = subscriptions.rotate(conn, sender.actor, sender.webhook_id, 1, keys=KEYS)
    sender.send(sender.event())
    with sender.engine.conn("owner") as conn:
        conn.execute("UPDATE webhook_secret SET ends_at = now() - interval '1 s' WHERE ends_at IS NOT NULL")
    sender.send(sender.event())
    during, after = sender.receiver.received
    assert [verify(during.headers, during.body, secret) for secret in (sender.secret, new)] == [True, True]
    assert [verify(after.headers, after.body, secret) for secret in (sender.secret, new)] == [False, True]


def test_the_secret_is_in_no_row_but_its_own_and_in_no_line_of_the_log(
    sender: Sender, capfd: pytest.CaptureFixture[str]
) -> None:
    (job,) = [sender.event()]
    sender.receiver.answers = [500]
    for _ in range(2):
        (row,) = sender.engine.rows("SELECT id FROM job_run WHERE args ->> 'delivery' = %s", str(job))
        sender.engine.execute("UPDATE job_run SET next_at = clock_timestamp() WHERE id = %s", row["id"])
        sender.engine.run(row["id"], webhook_hosts=sender.hosts, log_level="DEBUG")
    out, err = capfd.readouterr()
    assert "job_done" in out + err
    assert sender.secret not in out + err
    for table in ("job_run", "result", "delivery", "delivery_attempt", "webhook", "outbox"):
        rows = sender.engine.rows(f"SELECT t::text AS told FROM {table} t")
        assert rows, table
        assert not [row for row in rows if sender.secret in row["told"]], table


@pytest.mark.parametrize("role", ["api", "auditor"])
def test_no_role_but_the_engine_reads_a_secret(sender: Sender, role: str) -> None:
    for column in ("secret", "*"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), sender.engine.conn(role) as conn:
            conn.execute(f"SELECT {column} FROM webhook_secret".encode())
    with sender.engine.conn("engine") as conn:
        assert subscriptions.signing_secrets(conn, sender.webhook_id, keys=KEYS) == (sender.secret,)


def test_a_secret_lies_sealed_in_its_own_row_and_opens_with_the_key_alone(sender: Sender) -> None:
    (kept,) = sender.engine.rows("SELECT secret FROM webhook_secret")
    assert sender.secret not in kept["secret"]
    other = subscribe(sender.engine, sender.receiver)
    with sender.engine.conn("owner") as conn:
        conn.execute("UPDATE webhook_secret SET secret = %s WHERE webhook_id = %s", (kept["secret"], other.webhook_id))
    with sender.engine.conn("engine") as conn:
        for keys in (keys_of(""), keys_of("another-key-just-as-long-as-ours")):
            with pytest.raises(SecretSealed):
                subscriptions.signing_secrets(conn, sender.webhook_id, keys=keys)
        with pytest.raises(SecretSealed):
            subscriptions.signing_secrets(conn, other.webhook_id, keys=KEYS)


def test_without_the_key_a_delivery_waits_and_says_why(sender: Sender) -> None:
    delivery = sender.event()
    (job,) = sender.engine.rows("SELECT id FROM job_run WHERE args->>'delivery' = %s", str(delivery))
    sender.engine.run(job["id"], webhook_hosts=sender.hosts, secrets_key="")
    assert sender.engine.status(job["id"]) == "queued"
    assert sender.delivery(delivery) == ("waiting", [("again", None, "webhook.sealed")])
    assert sender.receiver.received == []


def test_the_dispatcher_seals_what_lies_open_or_under_an_older_key(sender: Sender) -> None:
    with sender.engine.conn("owner") as conn:
        conn.execute("UPDATE webhook_secret SET secret = %s", (sender.secret,))
    database = Database(sender.engine.dsns["nastavnik_engine"], Settings(), name="test")
    assert seal_all(database, KEYS) == 1
    assert seal_all(database, KEYS) == 0
    (first,) = sender.engine.rows("SELECT secret FROM webhook_secret")
    assert sender.secret not in first["secret"]
    newer = "a-newer-key-of-the-tests-0123456789"
    assert seal_all(database, keys_of(newer)) == 0, "it opens with no key at hand: it is left as it is"
    assert seal_all(database, keys_of(f"{newer} {SECRETS_KEY}")) == 1
    database.close()
    with sender.engine.conn("engine") as conn:
        assert subscriptions.signing_secrets(conn, sender.webhook_id, keys=keys_of(newer)) == (sender.secret,)
