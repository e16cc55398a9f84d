"""Canonical JSON: one value, one text, one digest.

Knows how a computed result is rounded, ordered and spelled so that the same input gives the same bytes.
Must not know what the value means, where it is stored, or the time.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

PLACES = 6

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def canonical(value: object, places: int = PLACES) -> str:
    """The canonical JSON text of `value`: sorted keys, no blanks, numbers rounded to `places` decimals.

    Raises TypeError for what JSON cannot hold and ValueError for NaN and infinity.
    """
    return json.dumps(plain(value, places), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(value: object) -> str:
    """SHA-256 of the canonical text in UTF-8: 64 hexadecimal characters."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def plain(value: object, places: int = PLACES) -> Json:
    """`value` as dicts, lists, strings and rounded numbers only.

    Dataclasses become objects, tuples lists, mapping keys strings; whole floats become integers (as RFC 8785
    spells them), so a text survives a store that does not tell 1 from 1.0. Instants are spelled in UTC.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value, places)
    if isinstance(value, str | int):
        return str(value) if isinstance(value, str) else int(value)
    if isinstance(value, float | Decimal):
        return _number(float(value), places)
    if isinstance(value, list | tuple):
        return [plain(item, places) for item in value]
    if isinstance(value, Mapping):
        return _object(value, places)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), places) for field in fields(value)}
    return _named(value)


def _number(value: float, places: int) -> int | float:
    if not math.isfinite(value):
        raise ValueError("canonical JSON holds finite numbers only")
    rounded = round(value, places)
    return int(rounded) if rounded.is_integer() else rounded


def _object(value: Mapping[object, object], places: int) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for key, item in value.items():
        if isinstance(key, bool) or not isinstance(key, str | int | UUID):
            raise TypeError(f"canonical JSON has no key of type {type(key).__name__}")
        name = str(key.value) if isinstance(key, Enum) else str(key)
        if name in result:
            raise ValueError(f"two keys are spelled alike: {name!r}")
        result[name] = plain(item, places)
    return result


def _named(value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("canonical JSON needs an instant with its zone")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"canonical JSON has no {type(value).__name__}")
