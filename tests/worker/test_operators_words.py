"""`nastavnik jobs`: what operators see and do from a shell."""

from __future__ import annotations

import json

import pytest

from services.cli.__main__ import main
from tests.worker.machinery import Engine


@pytest.fixture(autouse=True)
def addresses(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASTAVNIK_DATABASE_URL", engine.dsns["nastavnik_api"])
    monkeypatch.setenv("NASTAVNIK_AUDITOR_DATABASE_URL", engine.dsns["nastavnik_auditor"])


def test_a_dead_job_is_told_with_its_sentence_and_asked_for_again_once(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    municipality = str(engine.programme.municipality_id)
    job = engine.ask(max_attempts=1)
    engine.execute(
        "UPDATE job_run SET status = 'dead', error_code = 'x', error_ru = 'Причина', error_en = 'Reason',"
        " finished_at = now() WHERE id = %s",
        job,
    )
    assert main(["jobs", "dead"]) == 1
    (told,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (told["job"], told["error"]["ru"]) == (str(job), "Причина")
    assert main(["jobs", "retry", "--municipality", municipality, "--kind", "aggregate_feedback"]) == 0
    assert "asked again: 1, left: 0" in capsys.readouterr().out
    assert main(["jobs", "dead"]) == 0
    assert main(["jobs", "retry", "--municipality", municipality, "--job", str(job)]) == 1
    assert engine.rows("SELECT count(*) AS n FROM job_run WHERE cause = %s", f"retry:{job}") == [{"n": 1}]
    deeds = engine.rows("SELECT actor_id, request_id, entity_uuid FROM audit WHERE action = 'job.retry'")
    assert deeds == [{"actor_id": 0, "request_id": "cli", "entity_uuid": job}]


def test_an_open_job_is_counted_and_cancelled_in_its_own_municipality_only(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    municipality = engine.programme.municipality_id
    other = engine.another_programme().municipality_id
    job = engine.ask()
    assert main(["jobs", "summary"]) == 0
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["municipality"], line["kind"], line["waiting"]) == (municipality, "aggregate_feedback", 1)
    assert main(["jobs", "cancel", "--municipality", str(other), "--job", str(job)]) == 1
    assert engine.status(job) == "queued"
    assert main(["jobs", "cancel", "--municipality", str(municipality), "--job", str(job)]) == 0
    assert engine.status(job) == "cancelled"
