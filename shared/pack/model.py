"""What a methodology pack is once it has been read; knows no YAML, no files and no facts of any school.

Every value is frozen. Mappings are plain dicts behind a read-only type, so that they can be printed as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.pack.instruments import (
    Band,
    Catalogue,
    CatalogueItem,
    Criterion,
    DistrictIndicator,
    Form,
    Indicator,
    Moment,
    PlanValue,
    Question,
    QuestionKind,
    Questionnaire,
    RewardComponent,
    RewardDefaults,
    RoleVariant,
    SafetyRule,
    SatisfactionRule,
    Scoring,
    Side,
)
from shared.pack.words import LocalText, Provenance, pick

__all__ = [
    "Activity",
    "Band",
    "Catalogue",
    "CatalogueItem",
    "Criterion",
    "Deadline",
    "DistrictIndicator",
    "Form",
    "GuardRef",
    "Indicator",
    "LocalText",
    "Moment",
    "Note",
    "Order",
    "Pack",
    "PlanValue",
    "Provenance",
    "Question",
    "QuestionKind",
    "Questionnaire",
    "RewardComponent",
    "RewardDefaults",
    "RoleVariant",
    "SafetyRule",
    "SatisfactionRule",
    "Scoring",
    "Side",
    "Stage",
]


@dataclass(frozen=True, slots=True)
class GuardRef:
    """A condition by name; ``params`` hold ints and tuples of strings as guard_names.py allows.

    A carried guard does not hold its own stage back: it is asked when its time has come and at completion.
    """

    name: str
    params: Mapping[str, Any]
    carried: bool
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Deadline:
    """A due date as day, month and offset to the school year's first calendar year (0 or 1).

    ``printed`` keeps the words of the order. ``stands_in`` is the key of the only activity in whose row the
    words are printed, when they are not in a cell of the whole stage; that they cover the stage is a reading.
    """

    printed: str
    day: int
    month: int
    year_offset: int
    provenance: Provenance
    stands_in: str | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """One line of the order. ``deadline`` is its own when it differs from its stage's, else None."""

    key: str
    label: str
    text: str
    guards: tuple[GuardRef, ...]
    provenance: Provenance
    short: LocalText
    deadline: Deadline | None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; its place in ``Pack.stages`` is its order, never its label or its date."""

    key: str
    label: str
    title: str
    name: LocalText
    deadline: Deadline
    activities: tuple[Activity, ...]
    on_enter: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Order:
    """The document the pack was made from. ``body_held``: whether we also hold the order's body."""

    number: str
    on: date
    appendix: str
    issuer: str
    body_held: bool


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on the text that cannot be computed from it; ``places`` are stage or activity keys."""

    key: str
    places: tuple[str, ...]
    text: LocalText
    provenance: Provenance


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """A whole methodology; equal and hashed by code, version and checksum.

    ``school_year`` is the first calendar year of the order's own school year. ``text`` is the YAML as it was
    read and ``checksum`` the sha256 of its UTF-8 bytes, in hex.
    """

    code: str
    version: int
    title: LocalText
    order: Order
    school_year: int
    stages: tuple[Stage, ...]
    complete: tuple[GuardRef, ...]
    forms: tuple[Form, ...]
    questionnaires: tuple[Questionnaire, ...]
    satisfaction: SatisfactionRule
    safety: SafetyRule
    scoring: Scoring
    reward: RewardDefaults
    catalogues: Mapping[str, Catalogue]
    district_indicators: tuple[DistrictIndicator, ...]
    notes: tuple[Note, ...]
    checksum: str
    text: str

    @property
    def identity(self) -> tuple[str, int, str]:
        return (self.code, self.version, self.checksum)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pack) and other.identity == self.identity

    def __hash__(self) -> int:
        return hash(self.identity)

    def stage(self, key: str) -> Stage:
        """Return the stage; KeyError for a foreign key."""
        return pick(self.stages, key)

    def index(self, stage_key: str) -> int:
        """Return the stage's place, 0 for the first; KeyError for a foreign key."""
        return self.stages.index(self.stage(stage_key))

    def next_stage(self, key: str) -> Stage | None:
        """Return the stage that follows in list order, None after the last."""
        following = self.index(key) + 1
        return self.stages[following] if following < len(self.stages) else None

    def activities(self) -> Iterator[Activity]:
        """Yield every activity in the order of the text."""
        for stage in self.stages:
            yield from stage.activities

    def activity(self, key: str) -> Activity:
        """Return the activity; KeyError for a foreign key."""
        return pick(self.activities(), key)

    def stage_of(self, activity_key: str) -> Stage:
        """Return the stage that holds the activity; KeyError for a foreign key."""
        for stage in self.stages:
            if any(activity.key == activity_key for activity in stage.activities):
                return stage
        raise KeyError(activity_key)

    def deadline_of(self, activity_key: str) -> Deadline:
        """Return the activity's own deadline, or its stage's."""
        return self.activity(activity_key).deadline or self.stage_of(activity_key).deadline

    def questionnaire(self, side: str, moment: str, form: str | None = None) -> Questionnaire:
        """Return the questionnaire of a form, or the general one; KeyError where there is neither."""
        matching = [q for q in self.questionnaires if (q.side, q.moment) == (side, moment)]
        for wanted in (form, None):
            for questionnaire in matching:
                if questionnaire.form == wanted:
                    return questionnaire
        raise KeyError((side, moment, form))

    def form(self, key: str) -> Form:
        """Return the form of mentoring; KeyError for a foreign key."""
        return pick(self.forms, key)
