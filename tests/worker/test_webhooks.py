"""Webhooks against a real receiver: signed, tried again, repeated by hand, and never sent inside."""

from __future__ import annotations

import json
import re
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from services.worker import webhook_post
from services.worker.sealer import seal_all
from shared.access.model import Actor, Role
from shared.access.sealed import keys_of
from shared.db.pool import Database
from shared.db.tenancy import Tenant
from shared.errors import RuleBroken
from shared.settings import Settings
from shared.webhooks import sending, subscriptions
from shared.webhooks.errors import SecretSealed
from tests.worker.machinery import SECRETS_KEY, Engine, wait_until
from tests.worker.receiver import Receiver, certificate_for, receiving, tls_context
from tests.worker.test_feed import cancel_a_job, killed_stamping, stamp

KEYS = keys_of(SECRETS_KEY)
HOWTO = Path(__file__).resolve().parents[2] / "docs" / "howto" / "receive_events.md"


@dataclass
class Sender:
    """One subscription, and the deliveries that its engine makes and sends in this process."""

    engine: Engine
    receiver: Receiver
    webhook_id: int
    secret: str
    hosts: str

    @property
    def actor(self) -> Actor:
        return Actor(1, Role.METHODIST, Tenant(self.engine.programme.municipality_id))

    def event(self) -> UUID:
        """Let something happen and be numbered; return the delivery's id."""
        before = set(self.ids())
        with self.engine.conn() as conn:
            cancel_a_job(self.engine, conn)
        stamp(self.engine)
        (made,) = set(self.ids()) - before
        return made

    def ids(self) -> list[UUID]:
        return [row["id"] for row in self.engine.rows("SELECT id FROM delivery ORDER BY created_at, id")]

    def send(self, delivery_id: UUID) -> str:
        """Attempt it once, whether its time has come or not; return the job's status after it."""
        (job,) = self.engine.rows("SELECT id FROM job_run WHERE args ->> 'delivery' = %s", str(delivery_id))
        self.engine.execute("UPDATE job_run SET next_at = clock_timestamp() WHERE id = %s", job["id"])
        self.engine.run(job["id"], webhook_hosts=self.hosts)
        return self.engine.status(job["id"])

    def delivery(self, delivery_id: UUID) -> tuple[str, list[tuple[str, int | None, str | None]]]:
        """Return where a delivery is and what became of its attempts."""
        (row,) = self.engine.rows("SELECT status FROM delivery WHERE id = %s", delivery_id)
        attempts = self.engine.rows("SELECT * FROM delivery_attempt WHERE delivery_id = %s ORDER BY id", delivery_id)
        return row["status"], [(made["outcome"], made["http_status"], made["error_code"]) for made in attempts]

    def webhook(self) -> dict[str, Any]:
        return self.engine.rows("SELECT * FROM webhook WHERE id = %s", self.webhook_id)[0]


def subscribe(engine: Engine, receiver: Receiver, *, url: str = "", hosts: str = "", types: Any = ("*",)) -> Sender:
    """Subscribe the receiver; what happened before is numbered already."""
    stamp(engine)
    values = {"url": url or receiver.url(), "event_types": list(types), "description": None, "is_active": True}
    with engine.conn() as conn:
        actor = Actor(1, Role.METHODIST, Tenant(engine.programme.municipality_id))
        row, secret = subscriptions.create(conn, actor, values, keys=KEYS)
    return Sender(engine, receiver, row["id"], secret, hosts or receiver.place())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def sender(engine: Engine, receiver: Receiver) -> Sender:
    return subscribe(engine, receiver)


@pytest.fixture(scope="module")
def verify() -> Callable[..., bool]:
    """The code that the how-to tells receivers to use."""
    (code,) = re.findall(r"```python\n(.*?)```", HOWTO.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(HOWTO), "exec"), names)  # noqa: S102 - our own document
    found: Callable[..., bool] = names["verify"]
    return found


def test_an_event_is_sent_signed_and_its_receiver_can_verify_it(sender: Sender, verify: Callable[..., bool]) -> None:
    delivery = sender.event()
    assert sender.send(delivery) == "done"
    (got,) = sender.receiver.received
    assert verify(got.headers, got.body, sender.secret)
    assert (got.path, got.headers["Webhook-Id"]) == ("/in", str(delivery))
    assert got.headers["Host"] == f"127.0.0.1:{sender.receiver.port}"
    told = json.loads(got.body)
    assert (told["type"], told["data"]["type"], told["data"]["feed_no"]) == ("job.cancelled", "job.cancelled", 2)
    assert sender.delivery(delivery) == ("sent", [("sent", 204, None)])


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


def test_a_receiver_that_fails_is_asked_again_under_the_same_id(sender: Sender) -> None:
    sender.receiver.answers = [500, 404, 302]
    sender.receiver.location = "http://169.254.169.254/latest/meta-data"
    delivery = sender.event()
    assert [sender.send(delivery) for _ in range(4)] == ["queued", "queued", "queued", "done"]
    refused = [("again", status, "webhook.status") for status in (500, 404, 302)]
    assert sender.delivery(delivery) == ("sent", [*refused, ("sent", 204, None)])
    assert {got.headers["Webhook-Id"] for got in sender.receiver.received} == {str(delivery)}
    assert len({got.body for got in sender.receiver.received}) == 1


def test_a_redirect_is_an_answer_and_is_not_followed(sender: Sender) -> None:
    with receiving() as inside:
        sender.receiver.answers, sender.receiver.location = [307], inside.url()
        assert sender.send(sender.event()) == "queued"
        assert (len(sender.receiver.received), inside.received) == (1, [])


def test_a_receiver_that_is_not_there_or_says_nothing_is_asked_again(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_post, "READ_SECONDS", 0.2)
    sender.receiver.may_answer.clear()
    delivery = sender.event()
    assert sender.send(delivery) == "queued"
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        place = f"http://127.0.0.1:{unused.getsockname()[1]}"
        sender.engine.execute("SELECT 1")
        with sender.engine.conn() as conn:
            subscriptions.update(conn, sender.actor, sender.webhook_id, 1, {"url": place})
        sender.hosts = place
        assert sender.send(delivery) == "queued"
    assert sender.delivery(delivery) == ("waiting", [("again", None, "webhook.silent")] * 2)


def test_a_receiver_that_is_gone_is_told_nothing_more(sender: Sender) -> None:
    sender.receiver.answers = [410]
    delivery = sender.event()
    assert sender.send(delivery) == "dead"
    assert sender.delivery(delivery) == ("failed", [("failed", 410, "webhook.gone")])
    assert (sender.webhook()["is_active"], sender.webhook()["stopped_reason"]) == (False, "gone")
    with sender.engine.conn() as conn:
        cancel_a_job(sender.engine, conn)
    stamp(sender.engine)
    assert sender.ids() == [delivery]
    with sender.engine.conn() as conn:
        back = subscriptions.update(conn, sender.actor, sender.webhook_id, 2, {"is_active": True})
    assert (back["is_active"], back["stopped_reason"]) == (True, None)


def test_a_delivery_that_was_given_up_is_sent_again_by_hand_with_the_same_body(sender: Sender) -> None:
    delivery = sender.event()
    (job,) = sender.engine.rows("SELECT id FROM job_run WHERE args ->> 'delivery' = %s", str(delivery))
    sender.engine.execute("UPDATE job_run SET max_attempts = 2 WHERE id = %s", job["id"])
    with sender.engine.conn() as conn, pytest.raises(RuleBroken):
        sending.replay(conn, sender.actor, delivery)
    sender.receiver.answers = [500, 503]
    assert [sender.send(delivery), sender.send(delivery)] == ["queued", "dead"]
    assert sender.delivery(delivery)[0] == "failed"
    with sender.engine.conn() as conn:
        repeat = sending.replay(conn, sender.actor, delivery)
    assert sender.send(repeat) == "done"
    first, *_, last = sender.receiver.received
    assert (first.body, last.headers["Webhook-Id"]) == (last.body, str(repeat))
    (row,) = sender.engine.rows("SELECT replay_of FROM delivery WHERE id = %s", repeat)
    assert row["replay_of"] == delivery


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


def test_a_test_message_is_sent_also_while_the_subscription_is_off(sender: Sender, verify: Callable[..., bool]) -> None:
    with sender.engine.conn() as conn:
        subscriptions.update(conn, sender.actor, sender.webhook_id, 1, {"is_active": False})
        delivery = sending.ping(conn, sender.actor, sender.webhook_id)
    assert sender.send(delivery) == "done"
    (got,) = sender.receiver.received
    assert verify(got.headers, got.body, sender.secret)
    assert json.loads(got.body)["type"] == "webhook.ping"


def test_a_subscription_that_is_switched_off_or_ended_before_its_turn_is_sent_nothing(sender: Sender) -> None:
    off, over = sender.event(), sender.event()
    with sender.engine.conn() as conn:
        subscriptions.update(conn, sender.actor, sender.webhook_id, 1, {"is_active": False})
    assert sender.send(off) == "dead"
    with sender.engine.conn() as conn:
        subscriptions.end(conn, sender.actor, sender.webhook_id, 2, None)
    assert sender.send(over) == "dead"
    assert [sender.delivery(made)[1] for made in (off, over)] == [[("failed", None, "webhook.off")]] * 2
    assert sender.receiver.received == []
    with sender.engine.conn("engine") as conn:
        assert subscriptions.signing_secrets(conn, sender.webhook_id, keys=KEYS) == ()


def test_only_wanted_types_of_the_own_municipality_are_sent(engine: Engine, receiver: Receiver) -> None:
    wanting = subscribe(engine, receiver, types=["job.cancelled"])
    foreign = engine.another_programme()
    engine.another_programme(in_municipality=engine.programme.municipality_id)
    with engine.conn() as conn:
        cancel_a_job(engine, conn)
    stamp(engine)
    (row,) = engine.rows("SELECT subscription_id, feed_no FROM delivery")
    assert (row["subscription_id"], row["feed_no"]) == (wanting.webhook_id, 3)
    with engine.conn("auditor") as conn:
        conn.execute("SELECT set_config('app.municipality_id', %s, true)", (str(foreign.municipality_id),))
        assert conn.execute("SELECT 1 FROM delivery").fetchall() == []


def test_a_killed_stamper_leaves_neither_a_number_nor_a_delivery_and_the_next_one_makes_each_once(
    sender: Sender,
) -> None:
    engine = sender.engine
    for _ in range(3):
        with engine.conn() as conn:
            cancel_a_job(engine, conn)
    assert killed_stamping(engine) == -signal.SIGKILL
    assert sender.ids() == []
    # The server sees that its client is dead at once or a moment later; until then the head is locked.
    wait_until(lambda: stamp(engine) > 0 or len(sender.ids()) > 0, seconds=60)
    numbers = [row["feed_no"] for row in engine.rows("SELECT feed_no FROM delivery ORDER BY feed_no")]
    assert numbers == [2, 3, 4]


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "10.0.0.7", "::ffff:127.0.0.1", "::1"])
def test_a_name_that_leads_inside_is_sent_nothing(
    engine: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    ask = socket.getaddrinfo

    def answer(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        return ask(inside if host == "hooks.example.org" else host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    place = receiver.place("hooks.example.org")
    trusting = subscribe(engine, receiver, url=receiver.url("hooks.example.org"), hosts=place)
    delivery = trusting.event()
    assert trusting.send(delivery) == "dead"
    assert trusting.delivery(delivery) == ("failed", [("failed", None, "webhook.address")])
    assert receiver.received == []


def test_a_name_is_asked_once_and_the_connection_goes_to_what_was_judged(
    engine: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, asked = socket.getaddrinfo, []

    def answer(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        return ask("127.0.0.1" if host == "localhost" else host, port, *args, **kwargs)

    local = subscribe(engine, receiver, url=receiver.url("localhost"), hosts=receiver.place("localhost"))
    delivery = local.event()
    monkeypatch.setattr(socket, "getaddrinfo", answer)
    assert local.send(delivery) == "done"
    assert asked.count("localhost") == 1
    assert receiver.received[0].headers["Host"] == f"localhost:{receiver.port}"


def test_an_address_that_left_the_list_is_sent_nothing(sender: Sender) -> None:
    delivery = sender.event()
    sender.hosts = "hooks.example.org"
    assert sender.send(delivery) == "dead"
    assert sender.delivery(delivery) == ("failed", [("failed", None, "webhook.address")])
    assert sender.receiver.received == []


@pytest.mark.parametrize(
    ("certified", "trusted", "status"),
    [
        ("localhost", True, "done"),
        ("other.example.org", True, "queued"),
        ("localhost", False, "queued"),
    ],
)
def test_https_demands_a_certificate_of_the_name_from_somebody_trusted(
    engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    certified: str,
    trusted: bool,
    status: str,
) -> None:
    certificate = certificate_for(certified, tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with receiving(tls_context(certificate)) as receiver:
        url, place = (make("localhost", scheme="https") for make in (receiver.url, receiver.place))
        made = subscribe(engine, receiver, url=url, hosts=place)
        delivery = made.event()
        assert made.send(delivery) == status
        assert len(receiver.received) == (status == "done")
    told = made.delivery(delivery)[1][-1]
    assert told == (("sent", 204, None) if status == "done" else ("again", None, "webhook.silent"))


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


def test_an_event_comes_by_itself_through_dispatcher_and_worker(sender: Sender) -> None:
    sender.engine.start("dispatcher")
    sender.engine.start("worker", WORKER_CLASS="simple", WEBHOOK_HOSTS=sender.hosts)
    with sender.engine.conn() as conn:
        cancel_a_job(sender.engine, conn)
    wait_until(lambda: len(sender.receiver.received) == 1, seconds=60)
    wait_until(lambda: sender.delivery(sender.ids()[0])[0] == "sent", seconds=60)
