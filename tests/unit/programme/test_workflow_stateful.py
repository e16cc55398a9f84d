"""The machine alone, driven at random over packs of any length beside a model of the order's table."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared.errors import FieldsInvalid, UnknownTrigger, WrongState
from shared.pack.library import shipped
from shared.pack.model import Pack
from shared.programme.machine import TRIGGERS, Workflow, roles_for

ORDER = shipped("order_428", 1)
LENGTHS = st.integers(min_value=1, max_value=12)
TABLE_ROLES = {
    "advance": {"curator", "methodist"},
    "complete": {"curator", "methodist"},
    "reopen": {"curator"},
    "suspend": {"methodist"},
    "resume": {"methodist"},
    "cancel": {"methodist"},
}


def pack_of(length: int) -> Pack:
    """Return a pack with that many stages, s1 first."""
    stages = tuple(replace(ORDER.stages[0], key=f"s{number}") for number in range(1, length + 1))
    return replace(ORDER, code=f"of_{length}", stages=stages, checksum=f"{length:064}")


class WorkflowLife(RuleBasedStateMachine):
    """Fires any trigger from any reached state, with any destination, by the right and by the wrong name."""

    def __init__(self) -> None:
        super().__init__()
        self.stages: list[str] = []
        self.state = ""
        self.resume_stage: str | None = None
        self.path: list[tuple[str, str, str]] = []

    @initialize(length=LENGTHS)
    def begin(self, length: int) -> None:
        self.workflow = Workflow(pack_of(length))
        self.stages = [f"s{number}" for number in range(1, length + 1)]
        self.state = self.workflow.initial

    def model(self, trigger: str, to: str | None) -> str | None:
        """Where the table leads, None where it leads nowhere."""
        if self.state in self.stages:
            place = self.stages.index(self.state)
            is_last = place == len(self.stages) - 1
            return {
                "advance": None if is_last else self.stages[place + 1],
                "complete": "completed" if is_last else None,
                "reopen": to if to in self.stages[:place] else self.stages[0] if to is None and place == 1 else None,
                "suspend": "suspended",
                "cancel": "cancelled",
                "resume": None,
            }[trigger]
        if self.state == "suspended":
            return {"resume": self.resume_stage, "cancel": "cancelled"}.get(trigger)
        is_reopened = (self.state, trigger) == ("completed", "reopen") and to in (None, self.stages[-1])
        return self.stages[-1] if is_reopened else None

    @rule(trigger=st.sampled_from(TRIGGERS), place=st.none() | st.integers(min_value=1, max_value=13))
    def fire(self, trigger: str, place: int | None) -> None:
        to = f"s{place}" if place is not None and trigger == "reopen" else None
        expected = self.model(trigger, to)
        try:
            reached = self.workflow.destination(self.state, trigger, to=to, resume_stage=self.resume_stage)
        except (WrongState, FieldsInvalid):
            assert expected is None, (self.state, trigger, to)
            return
        assert reached == expected
        self.path.append((trigger, self.state, reached))
        self.resume_stage = self.state if trigger == "suspend" else None
        self.state = reached

    @rule()
    def go_on(self) -> None:
        self.fire("complete" if self.state == self.stages[-1] else "advance", None)

    @rule(name=st.text(max_size=12).filter(lambda name: name not in TRIGGERS))
    def fire_what_is_no_trigger(self, name: str) -> None:
        try:
            self.workflow.destination(self.state, name)
        except UnknownTrigger:
            return
        raise AssertionError(name)

    @rule(
        trigger=st.sampled_from([trigger for trigger in TRIGGERS if trigger != "reopen"]), wrong=st.sampled_from("sx")
    )
    def a_move_that_does_not_choose_goes_nowhere_else(self, trigger: str, wrong: str) -> None:
        try:
            self.workflow.destination(self.state, trigger, to=f"{wrong}99", resume_stage=self.resume_stage)
        except (WrongState, FieldsInvalid):
            return
        raise AssertionError(trigger)

    @invariant()
    def what_is_listed_is_what_can_be_fired(self) -> None:
        if not self.stages:
            return
        listed = {(spec.trigger, spec.dst) for spec in self.workflow.triggers_from(self.state, self.resume_stage)}
        fired = {
            (trigger, dst)
            for trigger in TRIGGERS
            for to in (self.stages if trigger == "reopen" else [None])
            if (dst := self.model(trigger, to)) is not None
        }
        assert listed == fired

    @invariant()
    def the_path_is_one_walk_and_its_roles_are_those_of_the_table(self) -> None:
        assert all(before[2] == after[1] for before, after in pairwise(self.path))
        for trigger, src, _ in self.path[-1:]:
            table = {"methodist"} if (trigger, src) == ("reopen", "completed") else TABLE_ROLES[trigger]
            assert roles_for(trigger, src) == table

    @invariant()
    def a_programme_that_is_suspended_knows_where_it_was(self) -> None:
        assert (self.state == "suspended") == (self.resume_stage is not None)


WorkflowLife.TestCase.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
TestWorkflowLife = WorkflowLife.TestCase


@given(length=LENGTHS)
def test_a_pack_of_n_stages_has_the_moves_of_the_table(length: int) -> None:
    counted = Counter(spec.trigger for spec in Workflow(pack_of(length)).transitions())
    assert counted == {
        trigger: number
        for trigger, number in {
            "advance": length - 1,
            "complete": 1,
            "reopen": length * (length - 1) // 2 + 1,
            "suspend": length,
            "resume": length,
            "cancel": length + 1,
        }.items()
        if number
    }
