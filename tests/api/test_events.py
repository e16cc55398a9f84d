"""The feed over HTTP: read from where one stopped, by whoever may, within what they may see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.worker.stamper import stamp_all
from shared.db.pool import Database
from shared.settings import Settings
from tests.builders import School
from tests.http import Account, Api


def stamp(settings: Settings) -> None:
    """Number what is committed by now, as the dispatcher does."""
    database = Database(settings.engine_database_url, replace(settings, pool_size=1), name="test")
    try:
        stamp_all(database)
    finally:
        database.close()


@pytest.fixture
def schools(api: Api, settings: Settings) -> tuple[School, School]:
    """Two schools of one municipality, a programme each, numbered."""
    first = School.begin(api)
    second = School.begin(api, "Школа № 2", first.municipality_id)
    programme_id, _ = first.programme(), second.programme()
    first.methodist.transition(programme_id, "suspend", reason="Карантин")
    stamp(settings)
    return first, second


def test_the_feed_is_read_from_where_one_stopped(schools: tuple[School, School]) -> None:
    methodist = schools[0].methodist
    first = methodist.get("/events?limit=2")
    assert [(event["feed_no"], event["type"]) for event in first["items"]] == [
        (1, "programme.create"),
        (2, "programme.create"),
    ]
    rest = methodist.get(f"/events?after={first['next']}")
    (event,) = rest["items"]
    assert (event["feed_no"], event["type"], event["seq"]) == (3, "programme.suspend", 2)
    assert (event["school_id"], event["municipality_id"]) == (schools[0].school_id, schools[0].municipality_id)
    assert (event["job_id"], event["result_id"]) == (None, None)
    end = methodist.get(f"/events?after={rest['next']}")
    assert end == {"items": [], "next": 3}


def test_one_type_is_read_alone(schools: tuple[School, School]) -> None:
    only = schools[0].methodist.get("/events?type=programme.suspend")
    assert [event["feed_no"] for event in only["items"]] == [3]


def test_a_school_reads_its_own_events_and_another_municipality_none(api: Api, schools: tuple[School, School]) -> None:
    numbers = [[event["feed_no"] for event in school.curator.get("/events")["items"]] for school in schools]
    assert numbers == [[1, 3], [2]]
    foreign = School.begin(api, "Чужая")
    assert foreign.methodist.get("/events") == {"items": [], "next": 0}


def test_an_administrator_names_the_municipality(api: Api, schools: tuple[School, School]) -> None:
    inside = Account(api.app, api.admin.token, schools[0].municipality_id)
    assert len(inside.get("/events")["items"]) == 3
    answer = api.admin.call("GET", "/events")
    assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, "X-Municipality")


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "limit=0", "limit=501", "type=programme.moved", "wait=5", "after=1&after=2"]
)
def test_a_strange_query_is_refused_with_its_place(schools: tuple[School, School], query: str) -> None:
    answer = schools[0].methodist.call("GET", f"/events?{query}")
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["path"] == f"query.{query.partition('=')[0]}"


def test_a_psychologist_has_no_right_to_the_feed(api: Api, schools: tuple[School, School]) -> None:
    psychologist = api.account(schools[0].municipality_id, "psychologist", schools[0].school_id)
    assert psychologist.call("GET", "/events").status_code == 403
    assert api.account(schools[0].municipality_id, "director", schools[0].school_id).get("/events")["next"] == 3
