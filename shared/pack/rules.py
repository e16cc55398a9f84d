"""What must agree between the parts of a pack; works on the raw tree, so that one mistake hides no other.

Each rule takes plain data (str, list, dict), skips what has another shape (schema.py reports that) and yields
places with findings. Stages, guards and deadlines are here, instruments in rules_instruments.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from shared.pack.deadlines import parse_school_year
from shared.pack.guard_names import GUARDS, JOB_KINDS, CountParam, ListParam, Param
from shared.pack.problems import Path

Found = tuple[Path, str]

MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip
RESERVED_STATES = ("completed", "cancelled", "suspended")
_PRINTED_DAY = re.compile(rf"(\d{{1,2}})\s+({'|'.join(MONTHS)})")
_PRINTED_YEAR = re.compile(r"\b(\d{4})\b")
_FIRST_MONTH = 9


def check_stages(pack: dict[str, Any]) -> Iterator[Found]:
    """Stages, activities, their guards, deadlines and jobs, and the guards of completion."""
    stages = list(mappings(pack, "stages"))
    yield from repeated(stages)
    yield from repeated([found for place, stage in stages for found in mappings(stage, "activities", place)])
    for number, (place, stage) in enumerate(stages):
        if stage.get("key") in RESERVED_STATES:
            yield (*place, "key"), f"key.reserved:{stage['key']}"
        yield from _deadline(pack, stage, place)
        yield from _jobs(stage, place)
        for at, activity in mappings(stage, "activities", place):
            yield from _guards(activity, "guards", at, may_carry=number + 1 < len(stages))
            if isinstance(activity.get("deadline"), dict):
                yield from _date(pack, activity["deadline"], (*at, "deadline"))
    yield from _guards(pack, "complete", (), may_carry=False)


def mappings(parent: Any, name: str, place: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the mappings of a list with their places; nothing for another shape."""
    items = parent.get(name) if isinstance(parent, dict) else None
    for number, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield (*place, name, number), item


def strings(parent: dict[str, Any], name: str) -> list[str]:
    """Return the strings of a list; other shapes are left out."""
    items = parent.get(name)
    return [item for item in items if isinstance(item, str)] if isinstance(items, list) else []


def mapping(parent: Any, name: str) -> dict[str, Any]:
    """Return a nested mapping, empty for another shape."""
    item = parent.get(name) if isinstance(parent, dict) else None
    return item if isinstance(item, dict) else {}


def whole(parent: dict[str, Any], name: str) -> int | None:
    """Return a whole number, None for anything else."""
    text = parent.get(name)
    is_whole = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10
    return int(str(text)) if is_whole else None


def word(parent: dict[str, Any], name: str) -> str | None:
    """Return a string, None for anything else."""
    text = parent.get(name)
    return text if isinstance(text, str) else None


def repeated(items: list[tuple[Path, dict[str, Any]]], name: str = "key") -> Iterator[Found]:
    """Find the second and later items with the same key."""
    seen: set[str] = set()
    for place, item in items:
        key = item.get(name)
        if isinstance(key, str) and key in seen:
            yield (*place, name), f"key.repeated:{key}"
        elif isinstance(key, str):
            seen.add(key)


def _jobs(stage: dict[str, Any], place: Path) -> Iterator[Found]:
    kinds = strings(stage, "on_enter")
    for number, kind in enumerate(kinds):
        if kind not in JOB_KINDS:
            yield (*place, "on_enter", number), f"job.unknown:{kind}"
        elif kind in kinds[:number]:
            yield (*place, "on_enter", number), f"key.repeated:{kind}"


def _deadline(pack: dict[str, Any], stage: dict[str, Any], place: Path) -> Iterator[Found]:
    deadline = mapping(stage, "deadline")
    at = (*place, "deadline")
    yield from _date(pack, deadline, at)
    row = deadline.get("stands_in")
    keys = [activity.get("key") for _, activity in mappings(stage, "activities")]
    if isinstance(row, str) and row not in keys:
        yield (*at, "stands_in"), f"deadline.stands_in:{row}"


def _date(pack: dict[str, Any], deadline: dict[str, Any], at: Path) -> Iterator[Found]:
    """A day that does not exist is the order's and no mistake of the pack; numbers that disagree are."""
    day, month, offset = (whole(deadline, name) for name in ("day", "month", "year_offset"))
    if month is not None and offset in (0, 1) and offset != int(month < _FIRST_MONTH):
        yield (*at, "year_offset"), "deadline.offset"
    printed = deadline.get("printed")
    if not isinstance(printed, str):
        return
    words = _PRINTED_DAY.search(printed.lower())
    is_date = day in range(1, 32) and month in range(1, 13)
    if words and is_date and (int(words[1]), MONTHS.index(words[2]) + 1) != (day, month):
        yield (*at, "printed"), f"deadline.printed:{words[0]}"
    year = _PRINTED_YEAR.search(printed)
    first = _first_year(pack)
    if year and first is not None and offset is not None and int(year[1]) != first + offset:
        yield (*at, "printed"), f"deadline.year:{year[1]}"


def _first_year(pack: dict[str, Any]) -> int | None:
    try:
        return parse_school_year(str(pack.get("school_year")))
    except ValueError:
        return None


def _guards(parent: dict[str, Any], name: str, place: Path, *, may_carry: bool) -> Iterator[Found]:
    seen: list[tuple[Any, Any]] = []
    for at, guard in mappings(parent, name, place):
        key = guard.get("name")
        if not isinstance(key, str):
            continue
        identity = (key, guard.get("params") or {})
        if identity in seen:
            yield at, "guard.repeated"
        seen.append(identity)
        spec = GUARDS.get(key)
        if spec is None:
            yield (*at, "name"), f"guard.unknown:{key}"
            continue
        if guard.get("carried") == "true" and not (spec.may_carry and may_carry):
            yield (*at, "carried"), f"guard.carried:{key}"
        yield from _params(key, guard, at)


def _params(key: str, guard: dict[str, Any], at: Path) -> Iterator[Found]:
    given = mapping(guard, "params")
    wanted = GUARDS[key].params
    for name in given:
        if name not in wanted:
            yield (*at, "params", name), f"guard.param_unknown:{key}"
    for name, param in wanted.items():
        if name not in given:
            yield (*at, "params"), f"guard.param_missing:{key}:{name}"
        elif finding := _param(param, given, name):
            yield (*at, "params", name), finding


def _param(param: Param, given: dict[str, Any], name: str) -> str | None:
    value = given[name]
    if isinstance(param, CountParam):
        number = whole(given, name)
        is_right = number is not None and param.minimum <= number <= param.maximum
        return None if is_right else f"number.whole:{param.minimum}:{param.maximum}"
    if isinstance(param, ListParam):
        is_list = isinstance(value, list) and bool(value) and all(isinstance(word, str) for word in value)
        is_right = is_list and len(set(value)) == len(value) and set(value) <= set(param.words)
        return None if is_right else f"guard.param_list:{', '.join(param.words)}"
    return None if isinstance(value, str) and value in param.words else f"choice.unknown:{', '.join(param.words)}"
