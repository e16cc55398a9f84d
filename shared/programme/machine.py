"""The finite state machine of one programme; knows states, triggers and roles, no guards, facts or rows.

Built once per pack on the `transitions` library, without automatic transitions. The library decides which
move exists; it is fired on a throw-away holder, so the definition keeps no state and serves all threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from transitions import EventData, Machine, MachineError

from shared.errors import FieldError, FieldsInvalid, UnknownTrigger, WrongState
from shared.pack.model import LocalText, Pack

COMPLETED = "completed"
CANCELLED = "cancelled"
SUSPENDED = "suspended"
RESERVED_STATES = (COMPLETED, CANCELLED, SUSPENDED)

ADVANCE = "advance"
COMPLETE = "complete"
REOPEN = "reopen"
SUSPEND = "suspend"
RESUME = "resume"
CANCEL = "cancel"
TRIGGERS = (ADVANCE, COMPLETE, REOPEN, SUSPEND, RESUME, CANCEL)
REASON_NEEDED = frozenset({REOPEN, SUSPEND, RESUME, CANCEL})

CURATOR = "curator"
METHODIST = "methodist"
ROLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        ADVANCE: frozenset({CURATOR, METHODIST}),
        COMPLETE: frozenset({CURATOR, METHODIST}),
        REOPEN: frozenset({CURATOR}),
        SUSPEND: frozenset({METHODIST}),
        RESUME: frozenset({METHODIST}),
        CANCEL: frozenset({METHODIST}),
    }
)
"""Who may use a trigger; a reopen from completed is the methodist's alone, see `roles_for`."""

STATE_NAMES: Mapping[str, LocalText] = MappingProxyType(
    {
        COMPLETED: LocalText("Завершена", "Completed"),
        CANCELLED: LocalText("Прекращена", "Cancelled"),
        SUSPENDED: LocalText("Приостановлена", "Suspended"),
    }
)
TRIGGER_NAMES: Mapping[str, LocalText] = MappingProxyType(
    {
        ADVANCE: LocalText("Перейти к этапу", "Go on to stage"),
        COMPLETE: LocalText("Завершить программу", "Complete the programme"),
        REOPEN: LocalText("Вернуть на этап", "Reopen stage"),
        SUSPEND: LocalText("Приостановить", "Suspend"),
        RESUME: LocalText("Возобновить", "Resume"),
        CANCEL: LocalText("Прекратить", "Cancel"),
    }
)


@dataclass(frozen=True, slots=True)
class TransitionSpec:
    """One move that exists in the definition, whatever the guards say."""

    trigger: str
    src: str
    dst: str

    @property
    def roles(self) -> frozenset[str]:
        return roles_for(self.trigger, self.src)

    @property
    def needs_reason(self) -> bool:
        return self.trigger in REASON_NEEDED


class Workflow:
    """The machine of a pack; cheap to make: its definition is built once per code, version and checksum."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._machine, self._moves = _definition(pack)

    @property
    def states(self) -> tuple[str, ...]:
        """Every state: the stages in list order, then completed, cancelled and suspended."""
        return tuple(self._moves)

    @property
    def initial(self) -> str:
        """The state a programme begins in: the first stage."""
        return self._pack.stages[0].key

    def transitions(self) -> tuple[TransitionSpec, ...]:
        """Return every move of the definition, by source state and trigger."""
        return tuple(spec for state in self.states for spec in self._leaving(state))

    def triggers_from(self, state: str, resume_stage: str | None = None) -> tuple[TransitionSpec, ...]:
        """Return the moves that exist from ``state``; a suspended programme resumes to ``resume_stage`` only.

        Raises ValueError for a state that the pack does not have.
        """
        specs = self._leaving(state)
        return tuple(spec for spec in specs if spec.trigger != RESUME or spec.dst == resume_stage)

    def destination(self, state: str, trigger: str, *, to: str | None = None, resume_stage: str | None = None) -> str:
        """Return the state that ``trigger`` leads to.

        Raises UnknownTrigger; FieldsInvalid when ``to`` is missing, no stage, or given to a trigger that does
        not choose; WrongState when the move does not exist from here.
        """
        if trigger not in TRIGGERS:
            raise UnknownTrigger(trigger=trigger)
        specs = [spec for spec in self.triggers_from(state, resume_stage) if spec.trigger == trigger]
        if not specs:
            raise self._wrong_state(state, trigger, resume_stage)
        target = self._target(trigger, to, specs)
        holder = _Holder(state)
        try:
            is_moved = self._machine.events[trigger].trigger(holder, to=target)
        except MachineError:
            is_moved = False
        if not is_moved:
            raise self._wrong_state(state, trigger, resume_stage)
        return holder.state

    def state_name(self, state: str) -> LocalText:
        """Return the screen name of a state; KeyError for a foreign one."""
        return STATE_NAMES[state] if state in STATE_NAMES else self._pack.stage(state).name

    def trigger_name(self, spec: TransitionSpec) -> LocalText:
        """Return the button's words: «Перейти к этапу II», «Вернуть на этап I», «Приостановить»."""
        name = TRIGGER_NAMES[spec.trigger]
        if spec.trigger not in (ADVANCE, REOPEN):
            return name
        stage = self._pack.stage(spec.dst)
        label = stage.label.rstrip(".")
        if label.isascii() and label.isdigit():  # «6.» after «VI.»: the label alone would name the wrong stage
            return LocalText(f"{name.ru} «{stage.name.ru}»", f"{name.en} “{stage.name.en}”")
        return LocalText(f"{name.ru} {label}", f"{name.en} {label}")

    def _leaving(self, state: str) -> tuple[TransitionSpec, ...]:
        if state not in self._moves:
            raise ValueError(f"pack {self._pack.code} has no state {state!r}")
        return self._moves[state]

    def _target(self, trigger: str, to: str | None, specs: list[TransitionSpec]) -> str:
        if to is None and len(specs) > 1:
            raise _to_invalid("required", "Укажите этап, на который вернуть.", "Name the stage to reopen.")
        if to is None:
            return specs[0].dst
        if to not in self._moves:
            raise _to_invalid("unknown", f"Этапа «{to[:40]}» нет.", f"There is no stage {to[:40]}.")
        if trigger != REOPEN and to != specs[0].dst:
            ru = f"Это действие ведёт только в «{self.state_name(specs[0].dst).ru}»."
            raise _to_invalid("not_chosen", ru, f"This trigger leads to {specs[0].dst} only.")
        return to

    def _wrong_state(self, state: str, trigger: str, resume_stage: str | None) -> WrongState:
        allowed = dict.fromkeys(spec.trigger for spec in self.triggers_from(state, resume_stage))
        return WrongState(
            trigger=TRIGGER_NAMES[trigger].as_json(),
            state=self.state_name(state).as_json(),
            allowed=tuple(allowed),
            state_key=state,
        )


def roles_for(trigger: str, src: str) -> frozenset[str]:
    """Return the roles that may use ``trigger`` from ``src``; KeyError for an unknown trigger."""
    if trigger == REOPEN and src == COMPLETED:
        return frozenset({METHODIST})
    return ROLES[trigger]


@dataclass(slots=True)
class _Holder:
    """What the library moves: one state, thrown away after the call."""

    state: str


def _is_wanted(event: EventData) -> bool:
    """Pick, among moves with the same trigger and source, the one whose destination was asked for."""
    return event.transition is not None and bool(event.transition.dest == event.kwargs["to"])


@lru_cache(maxsize=256)
def _definition(pack: Pack) -> tuple[Machine, Mapping[str, tuple[TransitionSpec, ...]]]:
    stages = [stage.key for stage in pack.stages]
    moves: list[dict[str, Any]] = [_move(ADVANCE, src, dst) for src, dst in pairwise(stages)]
    moves.append(_move(COMPLETE, stages[-1], COMPLETED))
    moves += [_move(REOPEN, src, dst) for place, src in enumerate(stages) for dst in stages[:place]]
    moves.append(_move(REOPEN, COMPLETED, stages[-1]))
    moves += [_move(SUSPEND, stage, SUSPENDED) for stage in stages]
    moves += [_move(RESUME, SUSPENDED, stage) for stage in stages]
    moves += [_move(CANCEL, state, CANCELLED) for state in (*stages, SUSPENDED)]
    machine = Machine(
        model=None,
        states=[*stages, *RESERVED_STATES],
        transitions=moves,
        initial=stages[0],
        auto_transitions=False,
        send_event=True,
    )
    return machine, MappingProxyType({state: _moves_from(machine, state) for state in machine.states})


def _moves_from(machine: Machine, state: str) -> tuple[TransitionSpec, ...]:
    """Read the moves back from the library, so that what is listed is what it fires."""
    return tuple(
        TransitionSpec(trigger, state, str(transition.dest))
        for trigger in TRIGGERS
        for transition in machine.get_transitions(trigger, state)
    )


def _move(trigger: str, src: str, dst: str) -> dict[str, Any]:
    return {"trigger": trigger, "source": src, "dest": dst, "conditions": _is_wanted}


def _to_invalid(code: str, ru: str, en: str) -> FieldsInvalid:
    return FieldsInvalid([FieldError("to", code, ru, en)])
