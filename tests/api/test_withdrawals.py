"""What the withdrawal of a consent stops at once, everywhere, and what takes it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.db.tenancy import Tenant
from tests.api.beginnings import begin
from tests.api.surveyed import WHOLE_ANSWER, compute, invited, survey
from tests.api.withdrawing import consent_of, export, people_of, waiting, withdraw
from tests.conftest import ConnAs
from tests.http import Account, Api


def test_a_withdrawal_stops_exports_surveys_and_links_at_once(api: Api) -> None:
    beginning = begin(api)
    curator, pair = beginning.curator, beginning.pair(1)
    _, child = people_of(beginning, pair)
    (holder,) = invited(beginning, survey(beginning))
    (member,) = curator.get(f"/pairs/{pair}/members")["items"]
    for path, body in ((f"/pairs/{pair}/links", {}), (f"/pair-members/{member['id']}/links", {"as": "guardian"})):
        curator.post(path, body)
    assert "Ученик" in export(curator, f"{beginning.path}/mentees:export?names=true")
    withdraw(curator, child)
    assert "Ученик" not in export(curator, f"{beginning.path}/mentees:export?names=true")
    assert holder.get("answers").status_code == 401
    assert holder.post("answers", {"answers": WHOLE_ANSWER}).status_code == 401
    links = curator.get("/personal-links")["items"]
    assert len(links) == 3
    assert all(link["ended_at"] for link in links)
    after = survey(beginning, moment="before")
    assert invited(beginning, after) == []
    invitation = curator.get(f"/surveys/{curator.get(f'{beginning.path}/surveys')['items'][0]['id']}/invitations")
    for path, body in (
        (f"/pair-members/{member['id']}/links", {"as": "guardian"}),
        (f"/invitations/{invitation['items'][0]['id']}:renew-link", {}),
    ):
        refused = curator.call("POST", path, body)
        assert (refused.status_code, refused.get_json()["code"]) == (409, "consent.missing")


def test_a_mentors_withdrawal_stops_what_the_mentor_does(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    curator, pair = beginning.curator, beginning.pair(1)
    mentor, _ = people_of(beginning, pair)
    consent = {"kind": "publication", "given_by": "self", "given_on": "2020-09-01", "document": "Лист 3"}
    curator.post(f"/people/{mentor}/consents", consent)
    mentor_id = str(curator.get(f"{beginning.path}/pairs/{pair}")["mentor_id"])
    named = {"algorithm": "1", "teachers": [{"mentor": mentor_id, "place": 1}], "pupils": []}
    compute(beginning, conn_as, "reward_list", {"school": {"lists": []}, "outside": named, "others": []})
    assert curator.get(f"{beginning.path}/reward-list")["body"]["outside"] == named
    withdraw(curator, mentor)
    shown = curator.get(f"{beginning.path}/reward-list")
    assert shown["body"]["outside"]["teachers"] == []
    assert shown["stale"], "what was computed with the consent cannot be approved without it"
    assert "Учитель" not in export(curator, f"{beginning.path}/mentors:export?names=true")
    refused = curator.call("POST", f"/pairs/{pair}/links", {})
    assert refused.get_json()["code"] == "consent.missing"
    plan = {"pair_ids": [pair], "plan_events": [{"title": "Экскурсия", "planned_on": "2020-12-01"}], "support": None}
    refused = curator.call("POST", f"{beginning.path}/pairs:bulk", plan)
    assert [error["code"] for error in refused.get_json()["errors"]] == ["consent"]


def test_the_withdrawal_of_a_publication_stops_the_publication_alone(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    curator, pair = beginning.curator, beginning.pair(1)
    mentor, _ = people_of(beginning, pair)
    consent = {"kind": "publication", "given_by": "self", "given_on": "2020-09-01", "document": "Лист 3"}
    curator.post(f"/people/{mentor}/consents", consent)
    named = {
        "algorithm": "1",
        "teachers": [{"mentor": str(curator.get(f"{beginning.path}/pairs/{pair}")["mentor_id"]), "place": 1}],
        "pupils": [],
    }
    compute(beginning, conn_as, "reward_list", {"school": {"lists": []}, "outside": named, "others": []})
    withdraw(curator, mentor, "publication")
    assert curator.get(f"{beginning.path}/reward-list")["body"]["outside"]["teachers"] == []
    assert waiting(curator) == []
    assert "Учитель" in export(curator, f"{beginning.path}/mentors:export?names=true")
    curator.post(f"/pairs/{pair}/links", {})


def give(curator: Account, person: int, kind: str) -> None:
    consent = {"given_by": "representative", "representative": "Мать", "given_on": "2020-09-01", "document": "Лист 3"}
    curator.post(f"/people/{person}/consents", {"kind": kind, **consent})


def test_other_withdrawals_erase_nothing_and_no_consent_outlives_the_one_to_processing(api: Api) -> None:
    beginning = begin(api)
    curator, pair = beginning.curator, beginning.pair(1)
    _, child = people_of(beginning, pair)
    for kind in ("photo", "transfer", "psych"):
        give(curator, child, kind)
    note = {"noted_on": "2020-12-20", "text": "Тревожится"}
    curator.post(f"/pairs/{pair}/support-notes", note)
    for kind in ("photo", "transfer"):
        withdraw(curator, child, kind)
    curator.post(f"/pairs/{pair}/support-notes", note)
    assert curator.get("/erasures")["items"] == []
    withdraw(curator, child)
    refused = curator.call("POST", f"/pairs/{pair}/support-notes", note)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "consent.missing")


def test_an_import_brings_nothing_of_the_withdrawn_but_a_new_consent(api: Api) -> None:
    beginning = begin(api)
    curator, (_, child) = beginning.curator, people_of(beginning, beginning.pair(1))
    withdraw(curator, child)
    path, headers = f"{beginning.path}/mentees:import", {"Content-Type": "text/csv"}
    plain = "ФИО;Класс;Контактные данные\r\nУченик Имя1;5А;+7 900 000-00-00\r\n".encode()
    report = curator.call("POST", path, data=plain, headers=headers).get_json()
    assert (report["skipped"], report["warnings"][0]["code"]) == (1, "person.blocked")
    assert curator.get(f"/people/{child}")["contact"] is None
    assert curator.get(f"/people/{child}/grades")["items"] == []
    assert len(waiting(curator)) == 1


def test_a_withdrawal_of_the_wrong_person_is_undone_by_ending_it(api: Api) -> None:
    beginning = begin(api)
    curator, (_, child) = beginning.curator, people_of(beginning, beginning.pair(1))
    withdraw(curator, child)
    curator.end(consent_of(curator, child), reason="mistake")
    (found,) = curator.get("/erasures")["items"]
    assert found["why_cancelled"] == "undone"


def test_a_sheet_of_consents_cancels_too_and_a_withdrawal_taken_back_does(api: Api) -> None:
    beginning = begin(api)
    curator = beginning.curator
    children = [people_of(beginning, beginning.pair(number))[1] for number in (1, 2)]
    for child in children:
        withdraw(curator, child)
    assert len(waiting(curator)) == 2
    sheet = {"kind": "processing", "given_by": "representative", "given_on": "2020-10-06", "document": "Лист класса"}
    entries = [{"person_id": children[0], "representative": "Мать"}]
    curator.post("/consents:bulk", {**sheet, "entries": entries})
    withdraw(curator, children[1], on=None)
    assert waiting(curator) == []
    found = curator.get("/erasures")["items"]
    assert [item["why_cancelled"] for item in found] == ["consented", "consented"]


def test_the_laws_days_are_counted_from_the_withdrawal_however_late_it_is_entered(api: Api) -> None:
    beginning = begin(api)
    curator, now = beginning.curator, datetime.now(UTC)
    today = now.astimezone(ZoneInfo("Europe/Moscow")).date()
    for number, days, planned in ((1, 0, 7), (2, 25, 5), (3, 200, 1)):
        _, child = people_of(beginning, beginning.pair(number))
        withdraw(curator, child, on=(today - timedelta(days=days)).isoformat())
        asked = waiting(curator)[-1]
        due = datetime.fromisoformat(asked["due_at"]).astimezone(ZoneInfo("Europe/Moscow"))
        assert (asked["person_id"], due.date()) == (child, today + timedelta(days=30 - days))
        waits = datetime.fromisoformat(asked["planned_at"]) - now
        assert timedelta(days=planned - 1) < waits < timedelta(days=planned, minutes=5)


def test_data_that_were_kept_once_are_destroyed_after_another_withdrawal(api: Api, conn_as: ConnAs) -> None:
    beginning = begin(api)
    curator, (_, child) = beginning.curator, people_of(beginning, beginning.pair(1))
    asked = curator.post(f"/people/{child}/erasure")
    curator.post(f"/erasures/{asked['id']}:cancel", {"reason": "Остаётся в школе"}, status=200)
    withdraw(curator, child)
    (begun,) = waiting(curator)
    assert begun["reason"] == "withdrawn"
    curator.post(f"/erasures/{begun['id']}:cancel", {"reason": "Проверка"}, status=200)
    conn = conn_as("engine", Tenant(beginning.municipality_id))
    conn.execute("UPDATE erasure SET ended_at = ended_at - interval '7 days'")
    conn.commit()
    withdraw(curator, child, on=None)
    withdraw(curator, child, on=datetime.now(ZoneInfo("Europe/Moscow")).date().isoformat())
    assert [item["person_id"] for item in waiting(curator)] == [child]
