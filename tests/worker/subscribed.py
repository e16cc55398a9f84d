"""A subscription of a real receiver, and deliveries made and sent in this process; knows no rule of webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.access.model import Actor, Role
from shared.access.sealed import keys_of
from shared.db.tenancy import Tenant
from shared.webhooks import subscriptions
from tests.worker.machinery import SECRETS_KEY, Engine
from tests.worker.receiver import Receiver
from tests.worker.stamping import cancel_a_job, stamp

KEYS = keys_of(SECRETS_KEY)


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
