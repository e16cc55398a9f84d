"""Programmes driven at random through the real verbs and a real PostgreSQL, beside a model of a few lines."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from deploy.embedded.databases import clone_database, drop_database
from deploy.embedded.postgres import PostgresServer
from shared.access import audit
from shared.access.model import Actor
from shared.errors import GuardsUnmet, NastavnikError, ReadOnly, VersionMismatch
from shared.programme import actions, store
from shared.programme.history import verify
from shared.programme.invariants import violations
from shared.programme.model import Move
from shared.programme.writing import writing
from tests.builders_world import put_result
from tests.builders_world_rows import add_closing
from tests.db.life import Life, begin, fill
from tests.db.programme_model import CARRIED, OVER, SHOWN_BY, STAGES, TRIGGERS, Model

ASKS_OF_ROWS = ("i1_", "i2_demanded", "i7_", "i8_", "i9_")
"""Rules that hold although this test writes the results itself, as no job would."""


class ProgrammeLife(RuleBasedStateMachine):
    """One programme of a municipality of its own."""

    dsns: ClassVar[dict[str, str]]

    def __init__(self) -> None:
        super().__init__()
        self.life: Life = begin(self.dsns, uuid.uuid4().hex)
        self.life.held = {}
        self.model = Model(history=[("create", None, "conditions", self.life.curator.principal_id)])

    def teardown(self) -> None:
        self.life.close()

    @initialize(steps=st.sampled_from([None, 0, 1, 2, 3, 4, 5, 6, 7]))
    def start(self, steps: int | None) -> None:
        """Begin empty, or with all facts and some stages behind; after seven moves the programme is completed."""
        if steps is None:
            return
        self.enter_everything()
        if steps > 5:
            self.compute_and_close()
        for _ in range(steps):
            self.go_on(by_methodist=False)

    @precondition(lambda self: not self.model.is_filled and self.model.stage not in OVER)
    @rule()
    def enter_everything(self) -> None:
        fill(self.life)
        self.model.is_filled = True

    @rule(fact=st.sampled_from([*SHOWN_BY, CARRIED]))
    @precondition(lambda self: self.model.is_filled)
    def take_away_or_give_back(self, fact: str) -> None:
        is_missing = fact in self.model.missing
        column, gone, there = (
            ("completed_on", None, "2020-12-21") if fact == CARRIED else ("ended_at", "2021-05-19", None)
        )
        try:
            with self.life.transaction() as conn, writing(conn, self.life.programme.id, feeds=True):
                self.life.world.change(fact, **{column: there if is_missing else gone})
        except ReadOnly:
            assert self.model.stage in OVER
            return
        assert self.model.stage not in OVER
        self.model.missing ^= {fact}
        with self.life.transaction() as conn:
            grown = store.get(conn, self.life.programme.id).inputs_version
        assert grown - self.model.inputs in (1, 2), "the fact, and activities dated by it"
        self.model.inputs = grown

    @precondition(lambda self: self.model.is_filled and self.model.stage not in OVER)
    @rule()
    def compute_and_close(self) -> None:
        """Write the three results as the jobs would, and what people then make of them."""
        world = self.life.world
        with self.life.transaction("engine"):
            summary = put_result(world, "feedback_summary", inputs_version=self.model.inputs)
            score = put_result(world, "effectiveness", inputs_version=self.model.inputs, based_on=summary)
            put_result(world, "reward_list", inputs_version=self.model.inputs, based_on=score)
        with self.life.transaction():
            if self.model.is_closed:
                world.put("reward_approval", result_id=world.id("reward_list"), approved_on="2021-05-16")
            else:
                add_closing(world)
                world.end_last_pair()
        self.model.is_closed, self.model.computed = True, self.model.inputs

    @rule(by_methodist=st.booleans())
    def go_on(self, by_methodist: bool) -> None:
        """The move that a programme lives by; without it few would get far."""
        trigger = {"closing": "complete", "suspended": "resume"}.get(self.model.stage, "advance")
        self._attempt(self.life.methodist if by_methodist else self.life.curator, trigger)

    @rule(
        trigger=st.sampled_from([*TRIGGERS, "reopen", "resume"]),
        to=st.sampled_from(STAGES),
        by_methodist=st.booleans(),
        is_stale=st.sampled_from([False, False, False, True]),
        has_reason=st.sampled_from([True, True, True, False]),
    )
    def ask_for_anything(self, trigger: str, to: str, by_methodist: bool, is_stale: bool, has_reason: bool) -> None:
        actor = self.life.methodist if by_methodist else self.life.curator
        self._attempt(actor, trigger, to if trigger == "reopen" else None, is_stale=is_stale, has_reason=has_reason)

    def _attempt(
        self, actor: Actor, trigger: str, to: str | None = None, *, is_stale: bool = False, has_reason: bool = True
    ) -> None:
        expected = self.model.version - is_stale
        asked = Move(trigger, to, "причина" if has_reason else None)
        may_be = self.model.outcomes(trigger, to, actor, is_stale=is_stale, has_reason=has_reason)
        before, refusal = self._everything(), None
        with self.life.transaction() as conn:
            try:
                moved, report = actions.move(conn, actor, self.life.programme.id, asked, expected=expected)
                audit.record(conn, actor, f"programme.{trigger}", "programme", moved.id, programme_id=moved.id)
            except NastavnikError as error:
                refusal = error  # and the transaction is committed: a refusal has written nothing
        assert type(refusal) in may_be, (trigger, to, self.model)
        if refusal is None:
            dst = self.model.destination(trigger, to)
            assert (moved.stage, report.unmet) == (dst, ())
            self.model.move(trigger, moved.stage, actor)
            self.model.reasons += has_reason
            return
        assert self._everything() == before
        if isinstance(refusal, VersionMismatch):
            assert refusal.extra("en") == {"current": self.model.version}
        if isinstance(refusal, GuardsUnmet):
            assert refusal.blockers["ru"], "a refusal names what is missing"

    @invariant()
    def what_is_kept_is_what_was_done(self) -> None:
        model = self.model
        with self.life.transaction() as conn:
            programme = store.get(conn, self.life.programme.id)
            events = [item.event for item in store.all_events(conn, programme.id)]
            jobs = conn.execute("SELECT cause, kind FROM job_run WHERE starts_with(cause, 'event:') ORDER BY 1, 2")
            assert [(row["cause"], row["kind"]) for row in jobs] == sorted(model.jobs)
            counts = conn.execute(
                "SELECT (SELECT count(*) FROM event_reason) AS reasons, (SELECT count(*) FROM outbox) AS messages"
            ).fetchone()
        kept = (programme.stage, programme.resume_stage, programme.version, programme.inputs_version)
        assert kept == (model.stage, model.resume_stage, model.version, model.inputs)
        assert [event.seq for event in events] == list(range(1, model.version + 1))
        assert [(event.trigger, event.src, event.dst, event.actor_id) for event in events] == model.history
        assert verify(events) is None
        assert not [event.seq for event in events if '"status":"unmet"' in event.body]
        assert counts == {"reasons": model.reasons, "messages": len(model.jobs)}

    def _everything(self) -> list[dict[str, Any]]:
        """Return what a refusal must leave alone."""
        with self.life.transaction() as conn:
            return conn.execute(
                "SELECT p.*, (SELECT count(*) FROM programme_event) AS events,"
                " (SELECT count(*) FROM event_reason) AS reasons, (SELECT count(*) FROM job_run) AS jobs,"
                " (SELECT count(*) FROM outbox) AS messages, (SELECT count(*) FROM audit) AS deeds,"
                " (SELECT count(*) FROM fulfilment) AS fulfilled FROM programme p"
            ).fetchall()


@pytest.fixture(scope="module")
def stateful_dsns(server: PostgresServer, template: str) -> Iterator[dict[str, str]]:
    yield clone_database(server, template, "t_stateful")
    drop_database(server, "t_stateful")


def test_programmes_driven_at_random_are_what_the_model_says(stateful_dsns: dict[str, str]) -> None:
    run_state_machine_as_test(
        type("Driven", (ProgrammeLife,), {"dsns": stateful_dsns}),
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
        ),
    )
    reached = {violation.rule for violation in violations(stateful_dsns["nastavnik_auditor"])}
    assert [name for name in sorted(reached) if name.startswith(ASKS_OF_ROWS)] == []
