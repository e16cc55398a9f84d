"""The state machine against the table of PRODUCT's workflow and against a small model of it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from threading import Thread

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.errors import FieldsInvalid, UnknownTrigger, WrongState
from shared.pack.library import shipped
from shared.programme.machine import TRIGGERS, TransitionSpec, Workflow, roles_for

PACK = shipped("order_428", 1)
STAGES = ["conditions", "mentees", "mentors", "training", "pairing", "work", "closing"]
WORKFLOW = Workflow(PACK)


def moves_from(state: str, resume_stage: str | None = None) -> set[tuple[str, str]]:
    return {(spec.trigger, spec.dst) for spec in WORKFLOW.triggers_from(state, resume_stage)}


def test_the_states_are_the_stages_in_list_order_and_three_more() -> None:
    assert WORKFLOW.states == (*STAGES, "completed", "cancelled", "suspended")
    assert WORKFLOW.initial == "conditions"


def test_the_first_stage_can_advance_be_suspended_and_be_cancelled() -> None:
    assert moves_from("conditions") == {
        ("advance", "mentees"),
        ("suspend", "suspended"),
        ("cancel", "cancelled"),
    }


def test_the_last_stage_completes_and_reopens_every_earlier_one() -> None:
    reopened = {("reopen", stage) for stage in STAGES[:-1]}
    assert moves_from("closing") == reopened | {
        ("complete", "completed"),
        ("suspend", "suspended"),
        ("cancel", "cancelled"),
    }


def test_a_completed_programme_reopens_into_the_last_stage_only() -> None:
    assert moves_from("completed") == {("reopen", "closing")}


def test_a_cancelled_programme_goes_nowhere() -> None:
    assert moves_from("cancelled") == set()


def test_a_suspended_programme_resumes_where_it_was_or_is_cancelled() -> None:
    assert moves_from("suspended", "training") == {("resume", "training"), ("cancel", "cancelled")}
    assert moves_from("suspended") == {("cancel", "cancelled")}


def test_the_whole_definition_has_exactly_the_moves_of_the_table() -> None:
    counted = Counter(spec.trigger for spec in WORKFLOW.transitions())
    assert counted == {"advance": 6, "complete": 1, "reopen": 22, "suspend": 7, "resume": 7, "cancel": 8}


def test_the_library_makes_no_transitions_of_its_own() -> None:
    with pytest.raises(UnknownTrigger):
        WORKFLOW.destination("conditions", "to_completed")


@pytest.mark.parametrize(
    ("state", "trigger"), [("mentees", "complete"), ("closing", "advance"), ("cancelled", "reopen")]
)
def test_a_move_that_does_not_exist_from_here_is_a_wrong_state_that_names_what_does(state: str, trigger: str) -> None:
    with pytest.raises(WrongState) as refused:
        WORKFLOW.destination(state, trigger)
    allowed = dict.fromkeys(spec.trigger for spec in WORKFLOW.triggers_from(state))
    assert list(refused.value.params["allowed"]) == list(allowed)
    assert WORKFLOW.state_name(state).ru in refused.value.text("ru")


def test_reopening_from_a_stage_needs_its_destination() -> None:
    with pytest.raises(FieldsInvalid) as invalid:
        WORKFLOW.destination("work", "reopen")
    assert [(error.path, error.code) for error in invalid.value.errors] == [("to", "required")]


def test_reopening_forwards_or_to_the_same_stage_is_a_wrong_state() -> None:
    for target in ("work", "closing", "completed"):
        with pytest.raises(WrongState):
            WORKFLOW.destination("work", "reopen", to=target)


def test_an_unknown_destination_is_a_mistake_of_the_request() -> None:
    with pytest.raises(FieldsInvalid) as invalid:
        WORKFLOW.destination("work", "reopen", to="mentes")
    assert invalid.value.errors[0].code == "unknown"


def test_a_trigger_that_does_not_choose_refuses_another_destination() -> None:
    assert WORKFLOW.destination("mentees", "advance", to="mentors") == "mentors"
    with pytest.raises(FieldsInvalid) as invalid:
        WORKFLOW.destination("mentees", "advance", to="work")
    assert invalid.value.errors[0].code == "not_chosen"


def test_a_state_of_another_pack_is_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="no state"):
        WORKFLOW.triggers_from("stage_two")


def test_roles_are_those_of_the_table() -> None:
    assert roles_for("advance", "work") == {"curator", "methodist"}
    assert roles_for("complete", "closing") == {"curator", "methodist"}
    assert roles_for("reopen", "work") == {"curator"}
    assert roles_for("reopen", "completed") == {"methodist"}
    for trigger in ("suspend", "resume", "cancel"):
        assert roles_for(trigger, "work") == {"methodist"}


def test_reasons_are_asked_for_everything_but_going_on() -> None:
    needed = {spec.trigger: spec.needs_reason for spec in WORKFLOW.transitions()}
    assert {trigger for trigger, is_needed in needed.items() if not is_needed} == {"advance", "complete"}
    assert set(needed) == set(TRIGGERS)


def test_buttons_name_the_stage_by_its_numeral_and_the_last_one_by_its_name() -> None:
    names = {spec: WORKFLOW.trigger_name(spec) for spec in WORKFLOW.transitions()}
    assert names[TransitionSpec("advance", "conditions", "mentees")].ru == "Перейти к этапу II"
    assert names[TransitionSpec("advance", "work", "closing")].ru == "Перейти к этапу «Завершение наставничества»"
    assert names[TransitionSpec("reopen", "work", "conditions")].en == "Reopen stage I"
    assert names[TransitionSpec("cancel", "work", "cancelled")].ru == "Прекратить"


def test_one_definition_serves_many_threads_at_once() -> None:
    wrong: list[str] = []

    def walk() -> None:
        workflow = Workflow(PACK)
        for _ in range(200):
            for src, dst in pairwise(STAGES):
                if workflow.destination(src, "advance") != dst:
                    wrong.append(src)

    threads = [Thread(target=walk) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


class ProgrammeLife(RuleBasedStateMachine):
    """Fires any trigger from any reached state and compares with an eight-line model of the table."""

    def __init__(self) -> None:
        super().__init__()
        self.state = "conditions"
        self.resume_stage: str | None = None

    def model(self, trigger: str, to: str) -> str | None:
        """Return where the table leads, None where it leads nowhere."""
        if self.state in STAGES:
            place = STAGES.index(self.state)
            following = STAGES[place + 1] if place < 6 else None
            earlier = to if to in STAGES[:place] else None
            completed = "completed" if place == 6 else None
            return {
                "advance": following, "complete": completed, "reopen": earlier,
                "suspend": "suspended", "cancel": "cancelled", "resume": None,
            }[trigger]  # fmt: skip
        if self.state == "suspended":
            return {"resume": self.resume_stage, "cancel": "cancelled"}.get(trigger)
        return "closing" if (self.state, trigger, to) == ("completed", "reopen", "closing") else None

    @rule(trigger=st.sampled_from(TRIGGERS), to=st.sampled_from(STAGES))
    def fire(self, trigger: str, to: str) -> None:
        expected = self.model(trigger, to)
        asked = to if trigger == "reopen" else None
        try:
            reached = WORKFLOW.destination(self.state, trigger, to=asked, resume_stage=self.resume_stage)
        except (WrongState, FieldsInvalid):
            assert expected is None
            return
        assert reached == expected
        self.resume_stage = self.state if trigger == "suspend" else None
        self.state = reached

    @rule(stage=st.sampled_from(STAGES))
    def begin_anew(self, stage: str) -> None:
        self.state, self.resume_stage = stage, None

    @invariant()
    def listed_moves_are_the_ones_that_can_be_fired(self) -> None:
        for spec in WORKFLOW.triggers_from(self.state, self.resume_stage):
            reached = WORKFLOW.destination(self.state, spec.trigger, to=spec.dst, resume_stage=self.resume_stage)
            assert reached == spec.dst


ProgrammeLife.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestProgrammeLife = ProgrammeLife.TestCase
