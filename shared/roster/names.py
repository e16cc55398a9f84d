"""The names behind ids of people, mentees, mentors and pairs; the caller answers for the reader's right to see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.db.pool import Conn


class Base(StrEnum):
    """What an id is of."""

    PERSON = "person"
    MENTEE = "mentee"
    MENTOR = "mentor"
    PAIR = "pair"
    """goes by its mentor's name"""


Key = tuple[Base, int]


def find_names(conn: Conn, keys: Iterable[Key]) -> Mapping[Key, str]:
    """Return «Фамилия Имя Отчество» by key; what the tenant does not see is left out. Asks nothing for no keys."""
    ids: dict[Base, list[int]] = {base: [] for base in Base}
    for base, row_id in set(keys):
        ids[base].append(row_id)
    if not any(ids.values()):
        return {}
    rows = _queries().find_names(
        conn, people=ids[Base.PERSON], mentees=ids[Base.MENTEE], mentors=ids[Base.MENTOR], pairs=ids[Base.PAIR]
    )
    return {(Base(row["base"]), row["id"]): row["name"] for row in rows}


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("names.sql"), "psycopg")
