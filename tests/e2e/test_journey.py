"""The golden journey: one school from stage I to completion over HTTP, with real processes and real servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.stack import Stack
from services.demo.client import Client
from services.demo.journey import Told, run
from services.demo.stage import Journey
from shared.access.principals import bootstrap
from shared.programme.invariants import violations

STAGES = ["conditions", "mentees", "mentors", "training", "pairing", "work", "closing", "completed"]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with temporary_data_folder() as folder:
        clock = folder / "clock"
        clock.write_text("", encoding="ascii")
        environment = {"NASTAVNIK_CLOCK_FILE": str(clock)}
        with Stack(folder / "data", environment=environment, postgres_settings={"fsync": "off"}) as running:
            yield running


@pytest.fixture(scope="module")
def told(stack: Stack) -> Told:
    """Walked once; every refusal on the way is checked by the journey itself."""
    token = bootstrap(stack.env["NASTAVNIK_OWNER_DATABASE_URL"], name="Администратор")
    clock = Path(stack.env["NASTAVNIK_CLOCK_FILE"])
    return run(stack.url, token, set_clock=lambda text: _write(clock, text), say=lambda _text: None)


@pytest.fixture(scope="module")
def journey(told: Told) -> Journey:
    return told.school


def test_the_history_tells_every_stage_once_in_order(journey: Journey) -> None:
    events = journey.curator.get(f"{journey.programme}/events")["items"]
    assert [event["dst"] for event in events] == STAGES
    assert [event["seq"] for event in events] == list(range(1, len(STAGES) + 1))


def test_the_training_was_carried_out_of_stage_four_and_shown_before_the_closing(journey: Journey) -> None:
    bodies = [event["body"] for event in journey.curator.get(f"{journey.programme}/events")["items"]]
    leaving_training = next(body for body in bodies if '"src":"training"' in body)
    leaving_work = next(body for body in bodies if '"src":"work"' in body)
    assert '"guard":"mentors_trained","missing":' in leaving_training.replace(" ", "")
    assert '"status":"carried"' in leaving_training
    assert '"status":"carried"' not in leaving_work


def test_a_completed_programme_is_read_only(journey: Journey) -> None:
    answer = journey.curator.call("POST", f"{journey.programme}/goals", {"kind": "task", "text": "ещё одна"})
    assert (answer.status, answer.body["code"]) == (409, "programme.read_only")


def test_every_activity_of_the_completed_programme_is_shown(journey: Journey) -> None:
    whole = journey.curator.get(journey.programme)
    assert (whole["shown"], whole["of"]) == (22, 22)
    assert {item["status"] for item in whole["activities"]} == {"done"}


def test_the_methodist_sees_masked_feedback_and_no_reward_list(journey: Journey) -> None:
    assert journey.methodist.call("GET", f"{journey.programme}/feedback-summary").status == 200
    assert journey.methodist.call("GET", f"{journey.programme}/reward-list").status == 403


def test_the_other_school_sees_nothing_of_it(told: Told) -> None:
    for path in ("", "/agenda", "/events", "/transitions", "/mentees", "/pairs", "/effectiveness"):
        assert told.late.curator.call("GET", told.school.programme + path).status == 404, path


def test_each_demanded_job_left_exactly_one_result(stack: Stack, journey: Journey) -> None:
    with psycopg.connect(stack.postgres.dsn("nastavnik", "postgres")) as conn:
        rows = conn.execute(
            "SELECT j.kind, j.status, count(r.id) FROM job_run j LEFT JOIN result r ON r.job_run_id = j.id"
            " GROUP BY j.id, j.kind, j.status ORDER BY j.kind"
        ).fetchall()
    assert {row[1] for row in rows} == {"done"}
    assert {row[2] for row in rows} == {1}
    assert len(rows) == 4  # one by entering the closing, three asked for


def test_what_must_always_hold_holds_when_all_work_is_over(stack: Stack, told: Told) -> None:
    assert list(violations(stack.env["NASTAVNIK_AUDITOR_DATABASE_URL"], is_quiescent=True)) == []


def test_an_unauthenticated_client_learns_nothing(journey: Journey) -> None:
    answer = Client(journey.curator.url).call("GET", journey.programme)
    assert (answer.status, answer.body["code"]) == (401, "access.token")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="ascii")
