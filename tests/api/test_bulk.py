"""Many pairs, or the consents of a class, change by one request: all of them or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.db.tenancy import Tenant
from tests.api.beginnings import Beginning, begin
from tests.conftest import ConnAs
from tests.http import Api

NOW = "2020-12-10T10:00:00+03:00"


@pytest.fixture
def school(api: Api, clock: Callable[[str], None]) -> Beginning:
    clock(NOW)
    return begin(api)


@pytest.fixture
def pairs(school: Beginning) -> list[int]:
    return [school.pair(number) for number in range(3)]


def change(school: Beginning, body: dict[str, Any], status: int = 200) -> Any:
    return school.curator.post(f"{school.path}/pairs:bulk", body, status=status)


def places(problem: Any) -> list[tuple[str, str]]:
    return [(error["path"], error["code"]) for error in problem["errors"]]


def versions(school: Beginning) -> list[int]:
    return [pair["version"] for pair in school.curator.get(f"{school.path}/pairs")["items"]]


def test_format_and_period_are_set_at_every_pair_named(school: Beginning, pairs: list[int]) -> None:
    fields = {"format": "очно", "starts_on": "2020-12-15", "ends_on": "2021-05-20", "mentor_agreed_on": "2020-12-09"}
    answer = change(school, {"pair_ids": pairs[:2], **fields})
    assert answer == {"items": [{"id": pairs[0], "version": 2}, {"id": pairs[1], "version": 2}]}
    found = school.curator.get(f"{school.path}/pairs")["items"]
    assert [{name: pair[name] for name in fields} for pair in found] == [fields, fields, dict.fromkeys(fields)]
    assert [pair["version"] for pair in found] == [2, 2, 1]


def test_what_is_left_out_stays_and_null_empties(school: Beginning, pairs: list[int]) -> None:
    change(school, {"pair_ids": pairs, "format": "очно", "starts_on": "2020-12-15"})
    change(school, {"pair_ids": pairs, "format": None})
    pair = school.curator.get(f"{school.path}/pairs")["items"][0]
    assert (pair["format"], pair["starts_on"], pair["version"]) == (None, "2020-12-15", 3)


def test_a_plan_template_comes_to_every_pair_once(school: Beginning, pairs: list[int]) -> None:
    events = [{"title": "Знакомство", "planned_on": "2020-12-16"}, {"title": "Итоги", "planned_on": "2021-05-14"}]
    for _ in range(2):
        change(school, {"pair_ids": pairs, "plan_events": events})
    plans = [school.curator.get(f"/pairs/{pair_id}/plan")["items"] for pair_id in pairs]
    titles = [[(event["title"], event["planned_on"]) for event in plan] for plan in plans]
    assert titles == [[("Знакомство", "2020-12-16"), ("Итоги", "2021-05-14")]] * 3


def test_support_is_made_or_changed(school: Beginning, pairs: list[int]) -> None:
    specialist = school.curator.post(
        f"{school.path}/specialists", {"outside_organisation": "Центр помощи", "schedule": "по средам"}
    )
    support = {"mode": "on_request", "specialist_id": None, "decided_on": "2020-12-01"}
    change(school, {"pair_ids": pairs[:1], "support": support})
    support |= {"mode": "planned", "specialist_id": specialist["id"]}
    change(school, {"pair_ids": pairs, "support": support})
    for pair_id, version in zip(pairs, (2, 1, 1), strict=True):
        records = school.curator.get(f"/pairs/{pair_id}/support")["items"]
        assert [(r["mode"], r["specialist_id"], r["version"]) for r in records] == [
            ("planned", specialist["id"], version)
        ]


def test_pairs_are_closed_together(school: Beginning, pairs: list[int]) -> None:
    change(school, {"pair_ids": pairs, "closed_on": "2020-12-09", "outcome": "completed", "goal_attained": "partly"})
    found = school.curator.get(f"{school.path}/pairs")["items"]
    assert {(pair["closed_on"], pair["outcome"], pair["goal_attained"]) for pair in found} == {
        ("2020-12-09", "completed", "partly")
    }


def test_foreign_ended_and_repeated_pairs_are_told_by_place(school: Beginning, pairs: list[int], api: Api) -> None:
    foreign = begin(api, school="Школа № 2", municipality_id=school.municipality_id).pair(9)
    school.curator.end(f"{school.path}/pairs/{pairs[2]}", "error")
    body = {"pair_ids": [pairs[0], foreign, pairs[2], 10**17, pairs[0]], "format": "очно"}
    assert places(change(school, body, 422)) == [
        ("pair_ids.1", "reference"),
        ("pair_ids.2", "ended"),
        ("pair_ids.3", "reference"),
        ("pair_ids.4", "duplicate"),
    ]
    assert versions(school) == [1, 1]


def test_the_rules_of_a_single_edit_hold(school: Beginning, pairs: list[int]) -> None:
    support = {"mode": "planned", "decided_on": "2020-12-01"}
    at_each = [f"pair_ids.{place}" for place in range(3)]
    cases: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
        ({}, [("body", "empty")]),
        ({"closed_on": "2020-12-11", "outcome": "completed"}, [("closed_on", "future")]),
        ({"mentor_agreed_on": "2020-12-11"}, [("mentor_agreed_on", "future")]),
        ({"closed_on": "2020-12-01"}, [(place, "rule.pair_outcome") for place in at_each]),
        ({"starts_on": "2021-02-01", "ends_on": "2021-01-01"}, [(place, "rule.pair_period") for place in at_each]),
        ({"support": support}, [("support.specialist_id", "required")]),
        ({"support": {**support, "specialist_id": 77}}, [("support.specialist_id", "reference")]),
        ({"support": {"mode": "on_request", "decided_on": "2020-12-11"}}, [("support.decided_on", "future")]),
        ({"support": {"mode": "declined", "decided_on": "2020-12-01"}}, [("support.mode", "choice")]),
        ({"kind": "group"}, [("kind", "unknown")]),
    ]
    for fields, expected in cases:
        assert places(change(school, {"pair_ids": pairs, **fields}, 422)) == expected
    assert versions(school) == [1, 1, 1]


def test_a_period_is_judged_with_what_the_pair_has_already(school: Beginning, pairs: list[int]) -> None:
    change(school, {"pair_ids": pairs[1:2], "starts_on": "2021-02-01"})
    body = {"pair_ids": pairs, "ends_on": "2021-01-15", "plan_events": [{"title": "Старт", "planned_on": "2021-01-11"}]}
    assert places(change(school, body, 422)) == [("pair_ids.1", "rule.pair_period")]
    assert school.curator.get(f"/pairs/{pairs[0]}/plan")["items"] == []


def test_the_list_of_pairs_is_bounded(school: Beginning) -> None:
    for pair_ids in ([], list(range(1, 502))):
        assert places(change(school, {"pair_ids": pair_ids, "format": "очно"}, 422))[0][0] == "pair_ids"


def test_every_pair_of_a_change_is_audited(school: Beginning, pairs: list[int], conn_as: ConnAs) -> None:
    change(school, {"pair_ids": pairs, "format": "очно"})
    conn = conn_as("api", Tenant(school.municipality_id))
    rows = conn.execute("SELECT entity_id FROM audit WHERE action = 'pair.update' ORDER BY 1").fetchall()
    assert [row["entity_id"] for row in rows] == sorted(pairs)


def test_a_change_makes_computed_results_stale(school: Beginning, pairs: list[int], conn_as: ConnAs) -> None:
    def inputs_version() -> int:
        conn = conn_as("api", Tenant(school.municipality_id))
        row = conn.execute("SELECT inputs_version FROM programme WHERE id = %s", (school.programme_id,)).fetchone()
        assert row is not None
        return int(row["inputs_version"])

    before = inputs_version()
    change(school, {"pair_ids": pairs, "format": "очно"})
    assert inputs_version() > before


def sheet(**changes: Any) -> dict[str, Any]:
    fields = {"kind": "processing", "given_by": "representative", "given_on": "2020-12-01", "document": "Лист 5А"}
    return {**fields, "valid_until": "2021-08-31", **changes}


def test_a_class_sheet_gives_everybody_a_consent(school: Beginning) -> None:
    people = [school.person("Ученик", f"Имя{n}", with_consent=False) for n in range(3)]
    entries = [{"person_id": person_id, "representative": f"Мать {n}"} for n, person_id in enumerate(people)]
    answer = school.curator.post("/consents:bulk", sheet(entries=entries))
    assert [item["person_id"] for item in answer["items"]] == people
    assert answer["already_given"] == 0
    for number, person_id in enumerate(people):
        consents = school.curator.get(f"/people/{person_id}/consents")["items"]
        assert [(c["representative"], c["document"], c["valid_until"]) for c in consents] == [
            (f"Мать {number}", "Лист 5А", "2021-08-31")
        ]
    again = school.curator.post("/consents:bulk", sheet(entries=entries))
    assert again == {"items": [], "already_given": 3}


def test_a_sheet_takes_the_representative_written_at_the_person(school: Beginning) -> None:
    person_id = school.person("Ученик", "Имя")
    school.curator.patch(f"/people/{person_id}", {"representative": "Отец"})
    school.curator.post("/consents:bulk", sheet(kind="photo", entries=[{"person_id": person_id}]))
    consents = school.curator.get(f"/people/{person_id}/consents?kind=photo")["items"]
    assert [consent["representative"] for consent in consents] == ["Отец"]


def test_one_wrong_line_stops_the_sheet(school: Beginning, api: Api) -> None:
    mine = school.person("Ученик", "Имя", with_consent=False)
    foreign = begin(api, school="Школа № 2", municipality_id=school.municipality_id).person("Чужой", "Имя")
    named = {"person_id": mine, "representative": "Мать"}
    cases: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
        (sheet(entries=[named, {"person_id": foreign}]), [("entries.1.person_id", "reference")]),
        (sheet(entries=[named, {"person_id": mine, "representative": "М"}]), [("entries.1.person_id", "duplicate")]),
        (sheet(entries=[{"person_id": mine}]), [("entries.0.representative", "required")]),
        (sheet(entries=[named], given_by="self"), [("entries.0.person_id", "minor")]),
        (sheet(entries=[named], given_on="2020-12-11"), [("given_on", "future")]),
        (sheet(entries=[named], valid_until="2020-11-30"), [("valid_until", "rule.consent_term")]),
    ]
    for body, expected in cases:
        assert places(school.curator.post("/consents:bulk", body, status=422)) == expected
    assert school.curator.get(f"/people/{mine}/consents")["items"] == []


def test_a_sheet_belongs_to_the_curator(school: Beginning, api: Api) -> None:
    director = api.account(school.municipality_id, "director", school.school_id)
    body = sheet(entries=[{"person_id": school.person("Ученик", "Имя"), "representative": "Мать"}])
    assert director.call("POST", "/consents:bulk", body).status_code == 403
