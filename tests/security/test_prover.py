"""The tenancy proof can fail: holes made on purpose are found, each by its own sign."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from flask import Response

from deploy.embedded.postgres import PostgresServer
from services.api.app import create_app
from services.api.request_scope import state
from shared.settings import Settings
from tests.security.conftest import SCENE
from tests.security.probes import Operation, Prober, operations
from tests.security.scene import SCHOOL, Scene, Walker
from tests.security.test_tenancy import walk
from tests.security.twins import Twins, twins, with_databases

HINT = Operation("GET", "/api/v1/hint/{person_id}", "getHint", "people.read", leaf="person")
PEEK = """
CREATE FUNCTION peek(person_id bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
AS $$ SELECT EXISTS (SELECT FROM person WHERE id = person_id) $$;
CREATE POLICY peeks ON person FOR SELECT TO nastavnik_owner USING (true);
ALTER POLICY tenant_school ON person TO nastavnik_api;
ALTER FUNCTION peek(bigint) OWNER TO nastavnik_owner;
"""


def hint(person_id: int) -> tuple[str, int]:
    """A route without a right that shows no row and still tells that there is one."""
    with state().database.transaction() as conn:
        row = conn.execute("SELECT peek(%s) AS is_there", (person_id,)).fetchone()
    return ("", 403) if row and row["is_there"] else ("", 404)


@pytest.fixture(scope="module")
def holed(server: PostgresServer, scene: Scene, plain: Settings) -> Iterator[Twins]:
    """An application with a hole, on worlds of its own."""
    app = create_app(with_databases(plain, {"nastavnik_api": "unused", "nastavnik_respondent": "unused"}))
    app.add_url_rule("/api/v1/hint/<id:person_id>", "hint", hint)
    with ExitStack() as stack:
        made = stack.enter_context(twins(server, SCENE, scene, SCHOOL, app, plain))
        everywhere(made, PEEK)
        yield made


@pytest.fixture
def neighbour(scene: Scene) -> Walker:
    """The curator of another school of the victim's municipality."""
    return next(walker for walker in scene.walkers if (walker.side, walker.role) == (SCHOOL, "curator"))


def leaks(holed: Twins, neighbour: Walker, scene: Scene, *labels: str) -> list[str]:
    """Walk some operations and return what leaked."""
    document: Any = holed.app.test_client().get("/api/v1/openapi.json").get_json()
    prober = Prober(scene, holed.app, document["components"]["schemas"], is_long=False)
    found: list[str] = []
    trodden = [one for one in [*operations(document), HINT] if one.label in labels]
    assert {one.label for one in trodden} == set(labels)
    walk(holed, prober, neighbour, trodden, found)
    return found


def everywhere(holed: Twins, statement: str) -> None:
    """Change both worlds' schema as a superuser."""
    for world in (holed.world, holed.shadow):
        with psycopg.connect(world.dsn, autocommit=True) as conn:
            conn.execute(statement.encode())


def test_a_route_without_a_right_that_only_hints_is_found(holed: Twins, neighbour: Walker, scene: Scene) -> None:
    found = leaks(holed, neighbour, scene, "getHint")
    assert [line.partition(": ")[2] for line in found] == ["status 403, 404 without the victim"]


def test_a_table_without_its_policies_is_found_by_rows_counts_and_changes(
    holed: Twins, neighbour: Walker, scene: Scene
) -> None:
    labels = ("getPerson", "listPeople", "endPerson", "createMentee")
    assert leaks(holed, neighbour, scene, *labels) == []
    for table in ("person", "school"):
        everywhere(holed, f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    found = leaks(holed, neighbour, scene, *labels)
    for label, sign in (
        ("getPerson", "status 200, 404"),
        ("getPerson", "shows"),
        ("listPeople", "another body"),
        ("", "changed a row of the victim"),
    ):
        assert [line for line in found if label in line and sign in line], (label, sign, found)


def test_a_difference_in_the_number_of_statements_is_found(holed: Twins, neighbour: Walker, scene: Scene) -> None:
    """What a clock could tell: the answer is the same, more was done for it."""

    def slow(person_id: int) -> Response:
        with state().database.transaction() as conn:
            row = conn.execute("SELECT peek(%s) AS is_there", (person_id,)).fetchone()
            for _ in range(3 if row and row["is_there"] else 0):
                conn.execute("SELECT 1")
        return Response("", 404)

    view = holed.app.view_functions["hint"]
    holed.app.view_functions["hint"] = slow
    found = leaks(holed, neighbour, scene, "getHint")
    holed.app.view_functions["hint"] = view
    assert [line.partition(": ")[2] for line in found] == ["5 statements, 2 without the victim"]


def test_every_role_walks_from_another_school_and_from_another_municipality(scene: Scene) -> None:
    roles = {(walker.side, walker.role) for walker in scene.walkers}
    school = {("school", role) for role in ("curator", "director", "psychologist")}
    place = {("municipality", role) for role in ("curator", "director", "psychologist", "methodist", "admin")}
    assert roles == school | place | {("outside", None)}
    assert len(scene.walkers) == len({walker.name for walker in scene.walkers})
