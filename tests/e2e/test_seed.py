"""`make seed`: six schools at the stages of the plan, ways in that open them, and a second run that changes nothing."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator

import psycopg
import pytest

from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.stack import Stack
from services.demo.client import Client
from services.seed.plan import SCHOOLS

COUNTED = ("municipality", "school", "principal", "programme", "programme_event", "person", "pair", "result")
LIVE_TOKENS = "SELECT count(*) FROM token WHERE revoked_at IS NULL"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with temporary_data_folder() as folder, Stack(folder / "data", postgres_settings={"fsync": "off"}) as running:
        yield running


@pytest.fixture(scope="module")
def output(stack: Stack) -> str:
    """What the first run printed."""
    return stack.run_to_end(["services.seed"])


def test_each_school_is_where_the_plan_ends(stack: Stack, output: str) -> None:
    methodist = Client(stack.url, _tokens(output)[1])
    names = {row["id"]: row["name"] for row in methodist.get("/schools")["items"]}
    stages = {names[row["school_id"]]: row["stage"] for row in methodist.get("/programmes")["items"]}
    assert stages == {one.name: one.stage for one in SCHOOLS}


def test_every_way_in_opens_its_programme(stack: Stack, output: str) -> None:
    doors = re.findall(r"/enter\?token=(nst_\S+?)&programme=(\d+)", output)
    assert len(doors) == len(SCHOOLS)
    for token, programme_id in doors:
        assert Client(stack.url, token).get(f"/programmes/{programme_id}")["id"] == int(programme_id)
        assert _entered(stack, f"/enter?token={token}&programme={programme_id}") == 303


def test_the_schools_show_what_is_late_carried_extended_and_complete(stack: Stack, output: str) -> None:
    methodist = Client(stack.url, _tokens(output)[1])
    ids = dict(zip((one.name for one in SCHOOLS), range(1, len(SCHOOLS) + 1), strict=True))
    assert methodist.get(f"/programmes/{ids['Школа № 1']}")["shown"] == 22
    assert methodist.get(f"/programmes/{ids['Школа № 4']}/agenda")["overdue"] > 0
    assert methodist.get(f"/programmes/{ids['Школа № 6']}/extensions")["items"]
    left = methodist.get(f"/programmes/{ids['Лицей № 3']}/events")["items"][-1]
    assert '"status":"carried"' in left["body"]


def test_a_second_run_says_so_and_changes_nothing(stack: Stack, output: str) -> None:
    before = _counts(stack)
    said = stack.run_to_end(["services.seed"])
    assert "Уже есть и не изменены: " + ", ".join(one.name for one in SCHOOLS) in said
    assert _tokens(said) == []
    assert _counts(stack) == before


def _entered(stack: Stack, link: str) -> int:
    """Follow a link as a browser would; returns the status of the first answer."""
    connection = http.client.HTTPConnection(stack.bind, timeout=30)
    try:
        connection.request("GET", link)
        return connection.getresponse().status
    finally:
        connection.close()


def _tokens(output: str) -> list[str]:
    """The administrator's first, then the methodist's, then the curators'."""
    return re.findall(r"nst_\d+_[\w-]+", output)


def _counts(stack: Stack) -> list[int]:
    with psycopg.connect(stack.postgres.dsn("nastavnik", "postgres")) as conn:
        queries = [f"SELECT count(*) FROM {table}" for table in COUNTED]
        rows = [conn.execute(query.encode()).fetchone() for query in (*queries, LIVE_TOKENS)]
    return [row[0] for row in rows if row is not None]
