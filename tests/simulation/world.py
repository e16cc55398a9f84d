"""A municipality for one seed: its people and a programme that may move at once; made by plain rows, not by steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
import yaml
from psycopg.rows import dict_row

from shared.access import account_tokens, principals
from shared.access.model import Actor, Role
from shared.db.pool import Conn
from shared.db.tenancy import Tenant, enter
from shared.pack.library import FOLDER
from shared.pack.load import load_pack
from shared.programme import actions, packs
from tests.builders_world_rows import World as Rows

JOBS_OF_A_STAGE = ["aggregate_feedback", "score_effectiveness"]


@dataclass(frozen=True, slots=True)
class Place:
    """What the clients of a seed know: tokens by role, programmes of one school."""

    municipality_id: int
    school_id: int
    programmes: tuple[int, ...]
    tokens: Mapping[str, str]


@lru_cache(maxsize=1)
def pack_text() -> str:
    """Return a pack whose every stage starts two jobs and asks for one thing that is there from the beginning."""
    tree = yaml.load((FOLDER / "order_428.v1.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506
    tree["code"], tree["notes"] = "simulated", []
    for stage in tree["stages"]:
        guard = {"name": "audiences_informed", "params": {"audiences": ["staff"]}, "provenance": "local"}
        stage["activities"] = [{**stage["activities"][0], "guards": [guard]}]
        stage["deadline"].pop("stands_in", None)
        stage["on_enter"] = list(JOBS_OF_A_STAGE)
    return str(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))


def make_place(api_url: str, name: str) -> Place:
    """Write the municipality of a seed and commit it."""
    pack = load_pack(pack_text())
    with psycopg.connect(api_url, row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        enter(conn, Tenant(0))
        municipality = _id(conn, "INSERT INTO municipality (name) VALUES (%s) RETURNING id", name)
        enter(conn, Tenant(municipality))
        school = _id(
            conn, "INSERT INTO school (municipality_id, name) VALUES (%s, %s) RETURNING id", municipality, name
        )
        admin = Actor(1, Role.ADMIN, Tenant(municipality))
        packs.upload(conn, admin, pack_text())
        tokens = {role: _token(conn, admin, role, school if role == "curator" else None) for role in _ROLES}
        curator = Actor(1, Role.CURATOR, Tenant(municipality, school))
        made = []
        for year in (2020, 2021):
            programme = actions.create(conn, curator, school_id=school, school_year=year, pack=pack)
            rows = Rows(conn, municipality, school, programme.id)
            rows.put("information", audience="staff", informed_on="2020-11-05", way="собрание")
            made.append(programme.id)
    return Place(municipality, school, tuple(made), tokens)


_ROLES = ("curator", "methodist")


def _token(conn: Conn, admin: Actor, role: str, school_id: int | None) -> str:
    principal = principals.create(conn, admin, {"name": role, "role": role, "school_id": school_id})
    return account_tokens.grant(conn, principal, label="simulation")[1]


def _id(conn: Conn, query: str, *args: Any) -> int:
    row = conn.execute(query.encode(), args).fetchone()
    assert row is not None
    return int(row["id"])
