"""What must agree between forms, questionnaires, scoring, rewards and catalogues; works as rules.py does."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from shared.pack.problems import Path
from shared.pack.rules import Found, mapping, mappings, repeated, strings, whole, word
from shared.pack.schema import MOMENTS, SIDES

CATALOGUES = ("topics", "strengths", "growth_areas", "formats", "waivers")
_Placed = tuple[Path, dict[str, Any]]


def check_forms(pack: dict[str, Any]) -> Iterator[Found]:
    """Forms and role variants are named once, and a form is on."""
    forms = list(mappings(pack, "forms"))
    yield from repeated(forms)
    for place, form in forms:
        yield from repeated(list(mappings(form, "role_variants", place)))
    if forms and all(form.get("enabled") == "false" for _, form in forms):
        yield ("forms",), "forms.disabled"


def check_questionnaires(pack: dict[str, Any]) -> Iterator[Found]:
    """One questionnaire a side, moment and form, a general one each; a question compares with itself."""
    questionnaires = list(mappings(pack, "questionnaires"))
    yield from repeated(questionnaires)
    forms = {word(form, "key") for _, form in mappings(pack, "forms")}
    seen: set[tuple[Any, ...]] = set()
    for place, item in questionnaires:
        form = item.get("form")
        if isinstance(form, str) and form not in forms:
            yield (*place, "form"), f"reference.form:{form}"
        identity = tuple(str(item.get(name)) for name in ("side", "moment", "form"))
        if identity in seen:
            yield place, "questionnaire.repeated"
        seen.add(identity)
        yield from _questions(item, place)
    for side in SIDES:
        for moment in MOMENTS:
            if (side, moment, "None") not in seen:
                yield ("questionnaires",), f"questionnaire.missing:{side}:{moment}"
    yield from _comparable(questionnaires)


def check_rules(pack: dict[str, Any]) -> Iterator[Found]:
    """Satisfaction and safety point to scale questions and to thresholds on them."""
    after = [item for item in mappings(pack, "questionnaires") if item[1].get("moment") == "after"]
    satisfaction = mapping(pack, "satisfaction")
    for side in SIDES:
        if mapping(pack, "satisfaction") and side not in mapping(satisfaction, "questions"):
            yield ("satisfaction", "questions"), f"rule.side:{side}"
    yield from _rule(satisfaction, ("satisfaction",), "minimum", "satisfied", after)
    yield from _rule(mapping(pack, "safety"), ("safety",), "maximum", "safety", after)


def check_scoring(pack: dict[str, Any]) -> Iterator[Found]:
    """Bands cover every sum, weights make one, and the number of criteria is what the guard asks for."""
    scoring = mapping(pack, "scoring")
    criteria, bands, indicators = (
        list(mappings(scoring, name, ("scoring",))) for name in ("criteria", "bands", "indicators")
    )
    for items in (criteria, bands, indicators):
        yield from repeated(items)
    yield from _weights(indicators, ("scoring", "indicators"))
    highest = whole(scoring, "rating_maximum")
    if bands and criteria and highest:
        yield from _bands(bands, len(criteria) * highest)
    for place, guard in _all_guards(pack):
        count = whole(mapping(guard, "params"), "count")
        if guard.get("name") == "criteria_rated" and count is not None and criteria and count != len(criteria):
            yield (*place, "params", "count"), f"criteria.count:{count}:{len(criteria)}"


def check_reward(pack: dict[str, Any]) -> Iterator[Found]:
    """Weights make one; lists and components are named once."""
    reward = mapping(pack, "reward")
    components = list(mappings(reward, "components", ("reward",)))
    yield from repeated(components)
    yield from _weights(components, ("reward", "components"))
    groups = strings(reward, "groups")
    if reward and "groups" in reward and len(set(groups)) != len(groups):
        yield ("reward", "groups"), f"key.repeated:{groups[-1]}"
    if isinstance(reward.get("groups"), list) and not reward["groups"]:
        yield ("reward", "groups"), "field.count:1:2"


def check_catalogues(pack: dict[str, Any]) -> Iterator[Found]:
    """Every catalogue that the product offers is there; keys, years and places are right."""
    catalogues = list(mappings(pack, "catalogues"))
    yield from repeated(catalogues)
    for place, catalogue in catalogues:
        yield from repeated(list(mappings(catalogue, "items", place)))
    present = {word(catalogue, "key") for _, catalogue in catalogues}
    for name in CATALOGUES:
        if catalogues and name not in present:
            yield ("catalogues",), f"catalogue.missing:{name}"
    indicators = list(mappings(pack, "district_indicators"))
    yield from repeated(indicators)
    for place, indicator in indicators:
        yield from repeated(list(mappings(indicator, "plan", place)), "year")
    yield from _notes(pack)


def _notes(pack: dict[str, Any]) -> Iterator[Found]:
    notes = list(mappings(pack, "notes"))
    yield from repeated(notes)
    known: set[str | None] = set()
    for _, stage in mappings(pack, "stages"):
        known.add(word(stage, "key"))
        known.update(word(activity, "key") for _, activity in mappings(stage, "activities"))
    for place, note in notes:
        for number, key in enumerate(strings(note, "places")):
            if key not in known:
                yield (*place, "places", number), f"reference.place:{key}"


def _questions(item: dict[str, Any], place: Path) -> Iterator[Found]:
    questions = list(mappings(item, "questions", place))
    yield from repeated(questions)
    for at, question in questions:
        low, high = whole(question, "minimum"), whole(question, "maximum")
        is_bounded = "minimum" in question or "maximum" in question
        if question.get("kind") == "scale":
            is_wrong = low is None or high is None or low >= high
        else:
            is_wrong = is_bounded and question.get("kind") in ("yes_no", "open")
        if is_wrong:
            yield at, "question.bounds"


def _comparable(questionnaires: list[_Placed]) -> Iterator[Found]:
    first: dict[tuple[str, str], tuple[Any, ...]] = {}
    for place, item in questionnaires:
        for at, question in mappings(item, "questions", place):
            identity = (str(item.get("side")), str(question.get("key")))
            form = tuple(str(question.get(name)) for name in ("kind", "minimum", "maximum", "scale"))
            if first.setdefault(identity, form) != form:
                yield at, f"question.differs:{question.get('key')}"


def _rule(rule: dict[str, Any], at: Path, bound: str, flag: str, after: list[_Placed]) -> Iterator[Found]:
    threshold = whole(rule, bound)
    for side, key in mapping(rule, "questions").items():
        for _, item in after:
            if item.get("side") != side or not isinstance(key, str):
                continue
            found = [q for _, q in mappings(item, "questions") if q.get("key") == key]
            if not found:
                yield (*at, "questions", side), f"reference.question:{key}:{item.get('key')}"
                continue
            for finding in _rule_question(found[0], key, flag, threshold):
                yield (
                    (*at, bound) if finding.startswith("rule.threshold") else (*at, "questions", side),
                    finding,
                )


def _rule_question(question: dict[str, Any], key: str, flag: str, threshold: int | None) -> Iterator[str]:
    if question.get("kind") != "scale":
        yield f"rule.scale:{key}"
        return
    low, high = whole(question, "minimum"), whole(question, "maximum")
    if None not in (low, high, threshold) and not int(low or 0) <= int(threshold or 0) <= int(high or 0):
        yield f"rule.threshold:{key}"
    if flag not in strings(question, "flags"):
        yield f"question.flag:{key}:{flag}"


def _weights(items: list[_Placed], at: Path) -> Iterator[Found]:
    """Sum exactly: 0.1 + 0.2 + 0.7 must be 1. A weight that is no number is the schema's to report."""
    try:
        weights = [Decimal(str(item["weight"])) for _, item in items]
    except (KeyError, InvalidOperation):
        return
    if items and all(weight.is_finite() and 0 <= weight <= 1 for weight in weights) and sum(weights) != 1:
        yield at, f"weights.sum:{sum(weights)}"


def _bands(bands: list[_Placed], maximum: int) -> Iterator[Found]:
    ranges = [(whole(band, "minimum"), whole(band, "maximum")) for _, band in bands]
    if any(low is None or high is None for low, high in ranges):
        return
    following = 0
    for low, high in sorted((int(low or 0), int(high or 0)) for low, high in ranges):
        if low != following or high < low:
            break
        following = high + 1
    if following != maximum + 1:
        yield ("scoring", "bands"), f"bands.cover:{maximum}"


def _all_guards(pack: dict[str, Any]) -> Iterator[_Placed]:
    for place, stage in mappings(pack, "stages"):
        for at, activity in mappings(stage, "activities", place):
            yield from mappings(activity, "guards", at)
    yield from mappings(pack, "complete")
