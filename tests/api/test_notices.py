"""Notices: to whose role and school they are shown, in which order, and how they are put away."""

from __future__ import annotations

import re
from typing import Any

import pytest

from shared.db.tenancy import Tenant
from tests.api.test_job_pages import browser, press, text_of
from tests.api.watched import Watched, watch
from tests.conftest import ConnAs
from tests.http import Account, Api


@pytest.fixture
def watched(api: Api, conn_as: ConnAs) -> Watched:
    return watch(api, conn_as)


def tell(watched: Watched, *codes: str, to_role: str = "curator", about: str = "") -> list[int]:
    """Write a notice for each code, as the schedule does; ``about`` is in its words. Return their ids."""
    (job,) = watched.put("done", kind="remind_of_deadlines", of_municipality=True)
    is_curators = to_role == "curator"
    conn = watched.conn_as("engine", Tenant(watched.beginning.municipality_id))
    ids = []
    for code in codes:
        row = conn.execute(
            "INSERT INTO notice (municipality_id, school_id, programme_id, code, to_role, once, ru, en, link,"
            " school_year, job_run_id) VALUES (%s, %s, %s, %s, %s, gen_random_uuid()::text, %s, %s, %s, 2020, %s)"
            " RETURNING id",
            (
                watched.beginning.municipality_id,
                watched.beginning.school_id if is_curators else None,
                watched.beginning.programme_id if is_curators else None,
                code,
                to_role,
                f"Напоминание {code}{about}.",
                f"Notice {code}.",
                f"{watched.beginning.path}#a-I.1",
                job,
            ),
        ).fetchone()
        assert row is not None
        ids.append(int(row["id"]))
    conn.commit()
    return ids


def _ids(account: Account, query: str = "") -> list[int]:
    return [item["id"] for item in account.get(f"/notices{query}")["items"]]


def test_notices_come_unseen_first_and_newest_first_page_by_page(watched: Watched) -> None:
    first, second, third, fourth = tell(watched, "deadline.soon", "deadline.soon", "deadline.overdue", "case.safety")
    seen = watched.curator.post(f"/notices/{third}:seen", status=200)
    assert (seen["id"], bool(seen["seen_at"]), bool(seen["seen_by"])) == (third, True, True)
    assert _ids(watched.curator) == [fourth, second, first, third]
    assert _ids(watched.curator, "?unseen=true") == [fourth, second, first]
    page: dict[str, Any] = watched.curator.get("/notices?limit=2")
    assert page["unseen"] == 3
    rest = watched.curator.get(f"/notices?limit=2&after={page['next']}")
    assert [item["id"] for item in rest["items"]] == [first, third]
    assert rest["next"] == f"s{third}"
    assert watched.curator.get(f"/notices?limit=2&after={rest['next']}")["next"] is None
    assert watched.curator.call("GET", "/notices?after=7").status_code == 422


def test_a_notice_is_told_in_the_readers_language_with_the_page_where_it_is_mended(watched: Watched) -> None:
    tell(watched, "case.safety")
    (item,) = watched.curator.get("/notices")["items"]
    assert (item["detail"], item["link"]) == ("Напоминание case.safety.", f"{watched.beginning.path}#a-I.1")
    (item,) = watched.curator.get("/notices", headers={"Accept-Language": "en"})["items"]
    assert item["detail"] == "Notice case.safety."


def test_putting_away_twice_changes_nothing_and_up_to_one_leaves_what_came_later(watched: Watched) -> None:
    first, second, later = tell(watched, *["deadline.soon"] * 3)
    once = watched.curator.post(f"/notices/{first}:seen", status=200)
    again = watched.account("curator").post(f"/notices/{first}:seen", status=200)
    assert again == once, "who was first stays"
    assert watched.curator.post("/notices:seen", {"up_to": second}, status=200) == {"seen": 1}
    assert watched.curator.post("/notices:seen", {"up_to": second}, status=200) == {"seen": 0}
    assert _ids(watched.curator, "?unseen=true") == [later]
    assert watched.curator.call("POST", "/notices:seen", {}).status_code == 422


def test_notices_are_for_their_role_and_school_alone(watched: Watched, api: Api) -> None:
    (schools,), (methodists,) = tell(watched, "deadline.soon"), tell(watched, "case.dead_jobs", to_role="methodist")
    municipality = watched.beginning.municipality_id
    neighbour = api.account(municipality, "curator", api.school(municipality, "Школа № 2"))
    foreign = api.account(api.municipality("Другой район"), "methodist")
    methodist = watched.account("methodist")
    assert (_ids(watched.curator), _ids(methodist)) == ([schools], [methodists])
    for account, notice_id in (
        (neighbour, schools),
        (neighbour, methodists),
        (watched.curator, methodists),
        (methodist, schools),
        (foreign, methodists),
    ):
        assert notice_id not in _ids(account)
        assert account.call("POST", f"/notices/{notice_id}:seen").status_code == 404
    for stranger in (neighbour, foreign):
        assert stranger.post("/notices:seen", {"up_to": 10**17}, status=200) == {"seen": 0}
    assert (_ids(watched.curator, "?unseen=true"), _ids(methodist, "?unseen=true")) == ([schools], [methodists])
    for role in ("director", "psychologist"):
        assert watched.account(role).call("GET", "/notices").status_code == 403
    assert watched.admin().call("GET", "/notices").status_code == 403


def test_the_head_counts_unread_notices_and_the_page_groups_them_by_urgency(watched: Watched) -> None:
    tell(watched, "result.stale", "deadline.soon", "deadline.overdue")
    client = browser(watched.curator)
    assert "Уведомления: 3</a>" in text_of(client.get(watched.beginning.path))
    page = text_of(client.get("/notices"))
    places = [page.index(word) for word in ("Срочно", "deadline.overdue", "Скоро срок", "Обратите внимание")]
    assert places == sorted(places)
    assert f'href="{watched.beginning.path}#a-I.1"' in page
    english = text_of(client.get("/notices?lang=en"))
    assert "Urgent" in english
    assert not re.search(r"[а-яё]", re.sub(r'lang="ru".*?</', "", english).lower())


def test_a_notice_is_put_away_on_the_page_and_stays_among_the_read_ones(watched: Watched) -> None:
    one, two = tell(watched, "deadline.soon", "deadline.overdue")
    client = browser(watched.curator)
    page = text_of(client.get("/notices"))
    assert press(client, page, f"/notices/{one}/seen").headers["Location"] == "/notices"
    after = text_of(client.get("/notices"))
    assert f"/notices/{one}/seen" not in after
    assert "Прочитанные" in after
    assert "прочитано" in after
    (later,) = tell(watched, "case.survey")
    press(client, after, "/notices/seen")
    assert _ids(watched.curator, "?unseen=true") == [later], "it came after the page was opened"
    press(client, text_of(client.get("/notices")), "/notices/seen")
    assert "Непрочитанных уведомлений нет." in text_of(client.get("/notices"))
    assert client.post(f"/notices/{two}/seen").status_code == 403, "a form without its mark"


def test_words_of_a_notice_are_never_markup(watched: Watched) -> None:
    tell(watched, "case.survey", about=" <script>alert(1)</script>")
    raw = browser(watched.curator).get("/notices").get_data(as_text=True)
    assert "&lt;script&gt;" in raw
    assert "<script" not in raw
