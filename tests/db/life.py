"""A programme's whole life through the verbs themselves, without HTTP: a database as a journey leaves it behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from services.worker.engine import Runtime, new_name
from services.worker.logs import configure
from services.worker.wrapper import run
from shared.access import audit
from shared.access.model import Actor, Role
from shared.db.pool import Conn, connect_options
from shared.db.tenancy import PLATFORM, Tenant, enter
from shared.jobs.actions import enqueue
from shared.jobs.kinds import BUILD_REWARD_LIST, SCORE_EFFECTIVENESS
from shared.pack.library import shipped
from shared.programme import actions, store
from shared.programme.machine import REASON_NEEDED
from shared.programme.model import Move, Programme
from shared.settings import Settings, load_settings
from tests.builders_world import NOW
from tests.builders_world_rows import (
    YEAR,
    World,
    add_closing,
    add_conditions,
    add_feedback,
    add_mentees,
    add_mentors,
    add_pairs,
    add_selection,
)

PACK = shipped("order_428", 1)
COMPUTED = "2021-05-12T10:00:00+03:00"
"""When the jobs run: after the `after` wave was closed, before the conclusions were signed."""
FILLS = (add_conditions, add_mentees, add_mentors, add_selection, add_pairs, add_feedback)


@dataclass(slots=True)
class Life:
    """One programme and the people who move it."""

    dsns: dict[str, str]
    world: World
    programme: Programme
    curator: Actor
    methodist: Actor
    held: dict[str, Conn] | None = None
    """Connections by role, kept for many short transactions; None: one is opened for each."""

    @property
    def tenant(self) -> Tenant:
        return Tenant(self.world.municipality_id)

    @contextmanager
    def transaction(self, role: str = "api", *, now: str = NOW) -> Iterator[Conn]:
        """Open a transaction of a role inside the municipality; committed at the end."""
        with ExitStack() as stack:
            if self.held is None:
                conn = stack.enter_context(_connect(self.dsns, role))
            elif role not in self.held:
                conn = self.held[role] = _connect(self.dsns, role)
            else:
                conn = self.held[role]
            with conn.transaction():
                enter(conn, self.tenant, now=now)
                self.world.conn = conn
                yield conn

    def close(self) -> None:
        """Give held connections back."""
        for conn in (self.held or {}).values():
            conn.close()

    def move(self, actor: Actor, trigger: str, to: str | None = None) -> Programme:
        """Make a move as the route does: the event and its line in the audit log."""
        reason = "причина" if trigger in REASON_NEEDED else None
        with self.transaction() as conn:
            current = store.get(conn, self.programme.id).version
            moved, _ = actions.move(conn, actor, self.programme.id, Move(trigger, to, reason), expected=current)
            audit.record(
                conn, actor, f"programme.{trigger}", "programme", self.programme.id, programme_id=self.programme.id
            )
        return moved

    def ask(self, kind: str) -> UUID:
        """Ask for a job as a request does."""
        with self.transaction() as conn:
            cause = f"request:{self.curator.principal_id}"
            return enqueue(conn, owner=self.programme, kind=kind, args={}, cause=cause, requested_by=1)

    def work(self, clock: Path) -> None:
        """Do every queued job in this process."""
        settings = load_settings(
            {
                "NASTAVNIK_ENGINE_DATABASE_URL": self.dsns["nastavnik_engine"],
                "NASTAVNIK_ENVIRONMENT": "test",
                "NASTAVNIK_CLOCK_FILE": str(clock),
                "NASTAVNIK_LOG_LEVEL": "ERROR",
            }
        )
        clock.write_text(COMPUTED, encoding="ascii")
        with self.transaction("engine") as conn:
            queued = conn.execute("SELECT id FROM job_run WHERE status = 'queued' ORDER BY created_at").fetchall()
        for row in queued:
            run(row["id"], runtime=Runtime(settings, new_name("worker"), configure(settings, "test")))

    def remember_result(self, kind: str) -> None:
        """Keep the last result of a kind under its name, as the builders of later rows look for it."""
        with self.transaction() as conn:
            row = conn.execute("SELECT max(id) AS id FROM result WHERE kind = %s", (kind,)).fetchone()
        assert row is not None
        assert row["id"] is not None, f"no result {kind}"
        self.world.rows[kind] = ("result", row["id"])


def begin(dsns: dict[str, str], name: str = "школа") -> Life:
    """Make a municipality, a school and its programme in the first stage, without a single fact."""
    with _connect(dsns, "api") as conn, conn.transaction():
        enter(conn, Tenant(PLATFORM), now=NOW)
        municipality = _id(conn, "INSERT INTO municipality (name) VALUES (%s) RETURNING id", name)
        enter(conn, Tenant(municipality), now=NOW)
        add_school = "INSERT INTO school (municipality_id, name) VALUES (%s, %s) RETURNING id"
        school = _id(conn, add_school, municipality, name)
        curator = Actor(2, Role.CURATOR, Tenant(municipality, school))
        programme = actions.create(conn, curator, school_id=school, school_year=YEAR, pack=PACK)
        world = World(conn, municipality, school, programme.id)
        world.put("school_profile", "profile", of_programme=False, school_year=YEAR)
    return Life(dsns, world, programme, curator, replace(curator, principal_id=3, role=Role.METHODIST))


def fill(life: Life) -> None:
    """Enter everything that the stages before the last are shown by."""
    with life.transaction() as conn:
        # The builder makes lines of the roadmap of its own.
        conn.execute("UPDATE activity_plan SET ended_at = now()")
        for add in FILLS:
            add(life.world)


def live_whole(dsns: dict[str, str], clock: Path) -> Life:
    """Live it from the first stage to completion, with a suspension and a stage reopened on the way."""
    life = begin(dsns)
    fill(life)
    for _ in range(3):
        life.move(life.curator, "advance")
    life.move(life.methodist, "suspend")
    life.move(life.methodist, "resume")
    life.move(life.curator, "reopen", "mentees")
    for _ in range(5):
        life.move(life.curator, "advance")
    life.work(clock)
    for kind in (SCORE_EFFECTIVENESS, BUILD_REWARD_LIST):
        life.ask(kind)
        life.work(clock)
    life.remember_result("reward_list")
    with life.transaction():
        add_closing(life.world)
        life.world.end_last_pair()
    life.move(life.methodist, "complete")
    return life


def _connect(dsns: dict[str, str], role: str) -> Conn:
    return psycopg.connect(dsns[f"nastavnik_{role}"], **connect_options(Settings(), "test"))


def _id(conn: Conn, statement: str, *values: Any) -> int:
    row = conn.execute(statement.encode(), values).fetchone()
    assert row is not None
    return int(row["id"])
