"""Turns checked data into a pack; knows that the data is right and checks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.pack.guard_names import GUARDS, CountParam
from shared.pack.model import (
    Activity,
    Band,
    Catalogue,
    CatalogueItem,
    Criterion,
    Deadline,
    DistrictIndicator,
    Form,
    GuardRef,
    Indicator,
    LocalText,
    Note,
    Order,
    Pack,
    PlanValue,
    Provenance,
    Question,
    Questionnaire,
    RewardComponent,
    RewardDefaults,
    RoleVariant,
    SafetyRule,
    SatisfactionRule,
    Scoring,
    Stage,
)

Data = Mapping[str, Any]


def build_pack(data: Data, *, text: str, checksum: str) -> Pack:
    """Return the pack of data that schema.py has loaded and the rules have passed."""
    return Pack(
        code=data["code"],
        version=data["version"],
        title=_words(data["title"]),
        order=_order(data["order"]),
        school_year=data["school_year"],
        stages=tuple(_stage(item) for item in data["stages"]),
        complete=tuple(_guard(item) for item in data["complete"]),
        forms=tuple(_form(item) for item in data["forms"]),
        questionnaires=tuple(_questionnaire(item) for item in data["questionnaires"]),
        satisfaction=_satisfaction(data["satisfaction"]),
        safety=_safety(data["safety"]),
        scoring=_scoring(data["scoring"]),
        reward=_reward(data["reward"]),
        catalogues={item["key"]: _catalogue(item) for item in data["catalogues"]},
        district_indicators=tuple(_district(item) for item in data["district_indicators"]),
        notes=tuple(_note(item) for item in data["notes"]),
        checksum=checksum,
        text=text,
    )


def _words(data: Data) -> LocalText:
    return LocalText(data["ru"], data["en"])


def _source(data: Data) -> Provenance:
    return Provenance(data["provenance"])


def _order(data: Data) -> Order:
    return Order(data["number"], data["date"], data["appendix"], data["issuer"], data["body_held"])


def _stage(data: Data) -> Stage:
    return Stage(
        key=data["key"],
        label=data["label"],
        title=data["title"],
        name=_words(data["name"]),
        deadline=_deadline(data["deadline"]),
        activities=tuple(_activity(item) for item in data["activities"]),
        on_enter=tuple(data["on_enter"]),
        provenance=_source(data),
    )


def _activity(data: Data) -> Activity:
    return Activity(
        key=data["key"],
        label=data["label"],
        text=data["text"],
        guards=tuple(_guard(item) for item in data["guards"]),
        provenance=_source(data),
        short=_words(data["short"]),
        deadline=None if data["deadline"] is None else _deadline(data["deadline"]),
    )


def _deadline(data: Data) -> Deadline:
    return Deadline(
        printed=data["printed"],
        day=data["day"],
        month=data["month"],
        year_offset=data["year_offset"],
        provenance=_source(data),
        stands_in=data["stands_in"],
    )


def _guard(data: Data) -> GuardRef:
    specs = GUARDS[data["name"]].params
    params: dict[str, Any] = {}
    for name, value in data["params"].items():
        if isinstance(specs[name], CountParam):
            params[name] = int(value)
        else:
            params[name] = tuple(value) if isinstance(value, list) else value
    return GuardRef(data["name"], params, data["carried"], _source(data))


def _form(data: Data) -> Form:
    return Form(
        key=data["key"],
        name=_words(data["name"]),
        enabled=data["enabled"],
        mentor_kind=data["mentor_kind"],
        mentee_kind=data["mentee_kind"],
        role_variants=tuple(RoleVariant(item["key"], _words(item["name"])) for item in data["role_variants"]),
        provenance=_source(data),
    )


def _questionnaire(data: Data) -> Questionnaire:
    return Questionnaire(
        key=data["key"],
        side=data["side"],
        moment=data["moment"],
        form=data["form"],
        title=_words(data["title"]),
        questions=tuple(_question(item) for item in data["questions"]),
        provenance=_source(data),
    )


def _question(data: Data) -> Question:
    bounds = {"scale": (data["minimum"], data["maximum"]), "yes_no": (0, 1), "open": (0, 0)}
    minimum, maximum = bounds[data["kind"]]
    return Question(
        key=data["key"],
        kind=data["kind"],
        text=_words(data["text"]),
        flags=tuple(data["flags"]),
        scale=data["scale"],
        minimum=minimum,
        maximum=maximum,
    )


def _scoring(data: Data) -> Scoring:
    return Scoring(
        criteria=tuple(Criterion(item["key"], _words(item["text"]), _source(item)) for item in data["criteria"]),
        rating_maximum=data["rating_maximum"],
        bands=tuple(_band(item) for item in data["bands"]),
        bands_provenance=Provenance(data["bands_provenance"]),
        indicators=tuple(
            Indicator(item["key"], _words(item["name"]), item["weight"], _source(item)) for item in data["indicators"]
        ),
    )


def _reward(data: Data) -> RewardDefaults:
    return RewardDefaults(
        components=tuple(
            RewardComponent(
                key=item["key"],
                name=_words(item["name"]),
                weight=item["weight"],
                estimate=item["estimate"],
                minimum_evidence=item["minimum_evidence"],
                provenance=_source(item),
            )
            for item in data["components"]
        ),
        groups=tuple(data["groups"]),
        places=data["places"],
        minimum_meetings=data["minimum_meetings"],
        tie_rule=data["tie_rule"],
        provenance=_source(data),
    )


def _catalogue(data: Data) -> Catalogue:
    items = tuple(CatalogueItem(item["key"], _words(item["name"])) for item in data["items"])
    return Catalogue(data["key"], _words(data["name"]), items, _source(data))


def _district(data: Data) -> DistrictIndicator:
    plan = tuple(PlanValue(item["year"], item["percent"]) for item in data["plan"])
    return DistrictIndicator(data["key"], _words(data["name"]), plan, _source(data))


def _satisfaction(data: Data) -> SatisfactionRule:
    return SatisfactionRule(data["minimum"], dict(data["questions"]), _source(data))


def _safety(data: Data) -> SafetyRule:
    return SafetyRule(data["maximum"], dict(data["questions"]), _source(data))


def _criterion(data: Data) -> Criterion:
    return Criterion(data["key"], _words(data["text"]), _source(data))


def _band(data: Data) -> Band:
    return Band(data["key"], _words(data["name"]), data["minimum"], data["maximum"])


def _note(data: Data) -> Note:
    return Note(data["key"], tuple(data["places"]), _words(data["text"]), _source(data))
