"""Forms, questionnaires, scoring, rewards and catalogues of a pack; knows no answers and no people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.pack.words import LocalText, Provenance, pick

Side = Literal["mentor", "mentee"]
Moment = Literal["before", "after"]
QuestionKind = Literal["scale", "yes_no", "open"]


@dataclass(frozen=True, slots=True)
class RoleVariant:
    """Who meets whom inside a form: 'лидер - пассивный'."""

    key: str
    name: LocalText


@dataclass(frozen=True, slots=True)
class Form:
    """A form of mentoring. Kinds: pupil, teacher, student, employer."""

    key: str
    name: LocalText
    enabled: bool
    mentor_kind: str
    mentee_kind: str
    role_variants: tuple[RoleVariant, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Question:
    """One question. ``minimum`` and ``maximum`` bound a scale's answer; yes_no has 0 and 1, open 0.

    The same key before and after makes a pair of answers comparable. ``scale`` names the construct whose
    items are summed for reliability. Flags: satisfied, safety, continue, become_mentor.
    """

    key: str
    kind: QuestionKind
    text: LocalText
    flags: tuple[str, ...]
    scale: str | None
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """The questions for one side at one moment; ``form`` None serves every form of mentoring."""

    key: str
    side: Side
    moment: Moment
    form: str | None
    title: LocalText
    questions: tuple[Question, ...]
    provenance: Provenance

    def question(self, key: str) -> Question:
        """Return the question; KeyError for a foreign key."""
        return pick(self.questions, key)


@dataclass(frozen=True, slots=True)
class SatisfactionRule:
    """A person is satisfied when the answer to the side's question is at least ``minimum``."""

    minimum: int
    questions: Mapping[str, str]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class SafetyRule:
    """An answer of at most ``maximum`` to the side's question opens a confidential case."""

    maximum: int
    questions: Mapping[str, str]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Criterion:
    """One quality criterion, rated 0 (not shown), 1 (partly) or 2 (fully)."""

    key: str
    text: LocalText
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Band:
    """A named range of the criteria's sum, both ends inclusive."""

    key: str
    name: LocalText
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Indicator:
    """A component of the composite; ``weight`` is a share of 1."""

    key: str
    name: LocalText
    weight: float
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Scoring:
    """The effectiveness score: criteria, their highest rating, bands of the sum, the composite's weights."""

    criteria: tuple[Criterion, ...]
    rating_maximum: int
    bands: tuple[Band, ...]
    bands_provenance: Provenance
    indicators: tuple[Indicator, ...]

    @property
    def maximum(self) -> int:
        return len(self.criteria) * self.rating_maximum

    def band(self, total: int) -> Band:
        """Return the band of a sum of ratings; ValueError outside of all bands."""
        for band in self.bands:
            if band.minimum <= total <= band.maximum:
                return band
        raise ValueError(f"no band holds {total}")


@dataclass(frozen=True, slots=True)
class RewardComponent:
    """What a mentor is ranked by. ``estimate``: share (k of n, lower bound) or mean (shrunken).

    ``minimum_evidence`` is the least n with which the component counts.
    """

    key: str
    name: LocalText
    weight: float
    estimate: str
    minimum_evidence: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class RewardDefaults:
    """The rules a school starts from before it freezes its own.

    ``groups`` are separate lists. ``tie_rule``: shared_place. ``places`` is the length of a list.
    ``minimum_meetings`` is the number of held meetings below which a mentor is not ranked.
    """

    components: tuple[RewardComponent, ...]
    groups: tuple[str, ...]
    places: int
    minimum_meetings: int
    tie_rule: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One choice of a catalogue."""

    key: str
    name: LocalText


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A short list offered beside own words: topics, strengths, growth_areas, formats, waivers."""

    key: str
    name: LocalText
    items: tuple[CatalogueItem, ...]
    provenance: Provenance

    def keys(self) -> frozenset[str]:
        return frozenset(item.key for item in self.items)


@dataclass(frozen=True, slots=True)
class PlanValue:
    """The district's plan for one calendar year, percent."""

    year: int
    percent: int


@dataclass(frozen=True, slots=True)
class DistrictIndicator:
    """A figure the district is asked for, with its plan by calendar year."""

    key: str
    name: LocalText
    plan: tuple[PlanValue, ...]
    provenance: Provenance

    def percent(self, year: int) -> int | None:
        """Return the plan of a calendar year, None where the plan says nothing."""
        return next((value.percent for value in self.plan if value.year == year), None)
