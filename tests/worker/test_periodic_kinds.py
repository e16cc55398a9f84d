"""What the schedule's jobs tell and remove, on real rows and a fixed day."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.jobs.kinds import FIND_STALE_RESULTS, KEEP_RETENTION, REMIND_OF_DEADLINES, WATCH_OPEN_CASES
from shared.notices import actions, store
from shared.notices.model import Reader
from shared.programme import store as programmes
from shared.programme.agenda import Agenda
from shared.programme.views import agenda
from tests.worker.letters import account, ask, letter_jobs, methodist, notice, tell
from tests.worker.machinery import Engine
from tests.worker.test_kinds import Closing, closing  # noqa: F401 - a fixture

START = date(2020, 10, 1)


class Days:
    """The engine on a day that a test sets."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.path = engine, folder / "day"

    def run(self, kind: str, on: date, **changes: Any) -> dict[str, Any]:
        """Run a job of the kind on the day; return its result."""
        self.path.write_text(f"{on.isoformat()}T07:00:00+03:00", encoding="ascii")
        job = ask(self.engine, kind)
        self.engine.run(job, clock_file=str(self.path), **changes)
        assert self.engine.status(job) == "done", self.engine.job(job)
        (result,) = self.engine.results(job)
        body: dict[str, Any] = result["body"]
        return body

    def told(self) -> list[tuple[str, str]]:
        """Return code and key of every notice, oldest first."""
        rows = self.engine.rows("SELECT code, once FROM notice ORDER BY id")
        return [(row["code"], row["once"]) for row in rows]


@pytest.fixture
def days(engine: Engine, tmp_path: Path) -> Days:
    return Days(engine, tmp_path)


def agenda_of(engine: Engine) -> Agenda:
    with engine.conn() as conn:
        conn.execute("SELECT set_config('app.now', %s, true)", (f"{START.isoformat()}T10:00:00+03:00",))
        return agenda(conn, programmes.get(conn, engine.programme.id))


def first_due(engine: Engine) -> tuple[str, date]:
    """Return key and due date of the line that is due first."""
    item = min(agenda_of(engine).remaining, key=lambda line: line.due_on)
    return item.key, item.due_on


def told_of(days: Days, key: str) -> list[str]:
    """Return what was told of a line: the codes, with the threshold of those that have one."""
    found = []
    for code, once in days.told():
        parts = once.split(":")
        if len(parts) >= 4 and parts[2] == key:
            found.append(code if code == "deadline.overdue" else f"{code} {parts[-1]}")
    return found


def test_a_deadline_is_told_of_14_7_and_2_days_before_and_when_it_has_passed(engine: Engine, days: Days) -> None:
    key, due_on = first_due(engine)
    for before in (15, 14, 13, 8, 7, 6, 3, 2, 1, 0, -1, -2):
        days.run(REMIND_OF_DEADLINES, due_on - timedelta(days=before))
    expected = ["deadline.soon 14", "deadline.soon 7", "deadline.soon 2", "deadline.overdue"]
    assert told_of(days, key) == expected


def test_however_often_the_job_runs_the_same_is_told_once(engine: Engine, days: Days) -> None:
    _, due_on = first_due(engine)
    on = due_on - timedelta(days=7)
    first = days.run(REMIND_OF_DEADLINES, on)
    told = days.told()
    assert len(told) == sum(first["found"].values()) > 0
    assert days.run(REMIND_OF_DEADLINES, on) == first
    assert days.told() == told


def test_after_an_outage_only_the_nearest_threshold_is_told(engine: Engine, days: Days) -> None:
    key, due_on = first_due(engine)
    days.run(REMIND_OF_DEADLINES, due_on - timedelta(days=5))
    assert told_of(days, key) == ["deadline.soon 7"]


def test_a_suspended_programme_is_reminded_of_nothing(engine: Engine, days: Days) -> None:
    _, due_on = first_due(engine)
    with engine.conn() as conn:
        conn.execute("UPDATE programme SET stage = 'suspended', resume_stage = stage")
    assert days.run(REMIND_OF_DEADLINES, due_on) == {"looked_at": 0, "found": {}}
    with engine.conn() as conn:
        conn.execute("UPDATE programme SET stage = resume_stage, resume_stage = NULL")


def test_the_methodist_hears_once_a_week_how_many_are_late(engine: Engine, days: Days) -> None:
    engine.another_programme(in_municipality=engine.programme.municipality_id)
    _, due_on = first_due(engine)
    monday = due_on + timedelta(days=7 - due_on.weekday())
    for day in range(8):
        days.run(REMIND_OF_DEADLINES, monday + timedelta(days=day))
    rows = engine.rows("SELECT ru, school_id, link FROM notice WHERE to_role = 'methodist' ORDER BY id")
    assert len(rows) == 2
    assert rows[0]["ru"].startswith("Есть просроченные пункты: программ — 2")
    assert (rows[0]["school_id"], rows[0]["link"]) == (None, "/")


def test_a_school_reads_its_own_notices_alone_and_puts_them_away(engine: Engine, days: Days) -> None:
    other = engine.another_programme(in_municipality=engine.programme.municipality_id)
    _, due_on = first_due(engine)
    days.run(REMIND_OF_DEADLINES, due_on + timedelta(days=1))
    with engine.conn(school_id=other.school_id) as conn:
        seen = store.page(conn)
        assert seen
        assert {item.school_id for item in seen} == {other.school_id}
        before = store.count_unseen(conn, Reader.CURATOR)
        assert actions.mark_seen(conn, methodist(engine), seen[0].id) is True
        assert actions.mark_seen(conn, methodist(engine), seen[0].id) is False
        assert store.count_unseen(conn, Reader.CURATOR) == before - 1
        assert [item.id for item in store.page(conn, is_unseen=True, limit=1)] == [seen[1].id]


def test_with_mail_on_a_run_gives_a_curator_one_letter(engine: Engine, days: Days) -> None:
    account(engine)
    _, due_on = first_due(engine)
    address = "smtp://127.0.0.1:1?from=a@b.example&tls=none"
    days.run(REMIND_OF_DEADLINES, due_on + timedelta(days=1), smtp_url=address)
    days.run(REMIND_OF_DEADLINES, due_on + timedelta(days=1), smtp_url=address)
    assert len(letter_jobs(engine)) == 1


def test_an_approved_list_that_facts_have_overtaken_is_told_of_once(closing: Closing, tmp_path: Path) -> None:  # noqa: F811
    days = Days(closing.engine, tmp_path)
    closing.world.conn.commit()
    on = date(2021, 5, 20)
    days.run(FIND_STALE_RESULTS, on)
    told = days.told()
    with closing.engine.conn() as conn:
        programmes.bump_inputs(conn, closing.world.programme_id)
    first = days.run(FIND_STALE_RESULTS, on)
    assert first["found"]["result.stale"] == len(days.told())
    new = closing.engine.rows("SELECT ru FROM notice WHERE code = 'result.stale' ORDER BY id")[len(told) :]
    assert any(row["ru"].startswith("Список на поощрение (утверждён") for row in new)
    days.run(FIND_STALE_RESULTS, on)
    assert first["found"]["result.stale"] == len(days.told())


def test_what_waits_too_long_is_told_of_by_count_and_day(closing: Closing, tmp_path: Path) -> None:  # noqa: F811
    days, world = Days(closing.engine, tmp_path), closing.world
    mentee = world.conn.execute("SELECT min(id) AS id FROM mentee").fetchone()
    assert mentee is not None
    world.conn.execute("UPDATE survey SET closed_at = NULL, scheduled_on = '2021-01-10', closes_on = '2021-02-01'")
    world.conn.execute("UPDATE pair SET starts_on = '2020-12-15' WHERE closed_on IS NULL")
    world.conn.execute("UPDATE meeting SET ended_at = now()")
    world.put("waiting_entry", "waits", mentee_id=mentee["id"], reason="нет наставника", since_on="2021-03-01")
    world.put("safety_case", "case", mentee_id=mentee["id"], origin="report", opened_on="2021-05-01", text="слова")
    world.conn.commit()
    body = days.run(WATCH_OPEN_CASES, date(2021, 5, 20))
    assert {code for code, number in body["found"].items() if number} >= {"case.safety", "case.survey", "case.waiting"}
    texts = {row["code"]: row["ru"] for row in closing.engine.rows("SELECT code, ru FROM notice")}
    assert texts["case.waiting"].endswith(": 2; самый давний — с 09.12.2020.")
    assert texts["case.safety"].endswith(": 1; самый давний открыт 01.05.2021.")
    assert not any("слова" in text or "нет наставника" in text for text in texts.values())
    days.run(WATCH_OPEN_CASES, date(2021, 5, 21))
    assert len(days.told()) == sum(body["found"].values())
    days.run(WATCH_OPEN_CASES, date(2021, 5, 27))
    assert Counter(code for code, _ in days.told())["case.safety"] == 2


def test_dead_work_that_nobody_repeated_is_told_to_the_methodist(engine: Engine, days: Days) -> None:
    job = engine.ask()
    engine.execute("UPDATE job_run SET status = 'dead', finished_at = clock_timestamp() WHERE id = %s", job)
    days.run(WATCH_OPEN_CASES, START)
    days.run(WATCH_OPEN_CASES, START)
    assert engine.rows("SELECT code, to_role, link FROM notice") == [
        {"code": "case.dead_jobs", "to_role": "methodist", "link": "/jobs?show=failed"}
    ]


def test_what_has_served_is_removed_and_nothing_else(engine: Engine, days: Days) -> None:
    account(engine)
    tell(engine, notice(engine, "old"))
    open_job: UUID = engine.ask()
    with engine.conn() as conn:
        (old,) = store.page(conn)
        actions.mark_seen(conn, methodist(engine), old.id)
    tell(engine, notice(engine, "unseen"), is_mail_on=False)
    engine.relay()
    engine.execute("UPDATE outbox SET sent_at = sent_at - interval '31 days'")
    with engine.conn("engine") as conn:
        (row,) = conn.execute("SELECT id FROM delivery").fetchall()
        conn.execute("UPDATE delivery SET status = 'failed'")
        conn.execute(
            "INSERT INTO delivery_attempt (municipality_id, delivery_id, outcome, at)"
            " VALUES (%s, %s, 'failed', clock_timestamp() - interval '200 days'),"
            " (%s, %s, 'failed', clock_timestamp())",
            (engine.programme.municipality_id, row["id"]) * 2,
        )
    (letter,) = letter_jobs(engine)
    body = days.run(KEEP_RETENTION, date(2026, 11, 24))
    assert body == {"outbox": 2, "attempts": 1, "notices": 1, "erasures": 0, "acts": 0}
    left = {row["job_run_id"] for row in engine.rows("SELECT job_run_id FROM outbox WHERE sent_at IS NOT NULL")}
    assert left == {open_job, letter}
    assert len(engine.rows("SELECT id FROM delivery_attempt")) == 1
    assert engine.rows("SELECT once FROM notice") == [{"once": "unseen"}]
    assert engine.rows("SELECT notice_id FROM delivery") == [{"notice_id": None}]
    assert engine.broken() == []


def test_notices_of_this_school_year_stay_though_seen(engine: Engine, days: Days) -> None:
    tell(engine, notice(engine, "this year"), is_mail_on=False)
    with engine.conn() as conn:
        (told,) = store.page(conn)
        actions.mark_seen(conn, methodist(engine), told.id)
    assert days.run(KEEP_RETENTION, date(2021, 8, 31))["notices"] == 0
    assert days.run(KEEP_RETENTION, date(2021, 9, 1))["notices"] == 1
