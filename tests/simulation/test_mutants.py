"""The simulation finds what it is for: with one safeguard taken away some of the first seeds fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from shared.access import idempotency
from shared.db.pool import Conn
from shared.db.tenancy import Tenant, enter
from shared.jobs import actions as jobs
from shared.jobs import work
from shared.jobs.model import Claim, Computed
from shared.programme import actions as programmes
from tests.simulation.connections import SteppedDatabase
from tests.simulation.engine import Parts
from tests.simulation.simulation import Played, Simulation, Stage
from tests.simulation.weather import Weather

SEEDS = 100


def first_failure(stage: Stage, parts: Parts | None = None) -> Played:
    """Return the first seed that fails."""
    for seed in range(SEEDS):
        played = Simulation(stage, seed, parts or Parts()).play()
        if played.problems:
            return played
    raise AssertionError(f"none of {SEEDS} seeds noticed")


def nothing(*_args: Any, **_more: Any) -> list[Any]:
    """Leave a duty undone."""
    return []


def test_a_result_written_without_looking_at_the_fence_is_noticed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finish(conn: Conn, held: Claim, computed: Computed) -> int | None:
        conn.execute(
            "UPDATE job_run SET status = 'done', progress = 1, lease_until = NULL, finished_at = clock_timestamp(),"
            " inputs_version = %s WHERE id = %s",
            (computed.inputs_version, held.id),
        )
        return work._insert_result(conn, held, computed)

    monkeypatch.setattr(work, "finish", finish)
    found = "\n".join(first_failure(stage).problems)
    assert "i4_fence_is_the_finishers" in found or "a cancelled job is done" in found


def test_a_job_left_with_its_silent_worker_is_noticed(stage: Stage) -> None:
    played = first_failure(stage, Parts(take_back=nothing))
    assert any(problem.startswith("i5_nothing_is_open") for problem in played.problems)


def test_a_lost_message_that_nobody_sends_again_is_noticed(stage: Stage) -> None:
    played = first_failure(stage, Parts(wake_unanswered=nothing, recover_flush=nothing))
    assert any(problem.startswith("i5_nothing_is_open") for problem in played.problems)


def test_an_answer_that_is_not_kept_under_its_key_is_noticed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "store", nothing)
    assert "under one key" in "\n".join(first_failure(stage).problems)


def test_a_job_written_outside_the_transaction_of_its_cause_is_noticed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = stage.settings
    database = SteppedDatabase(settings.need("database_url"), settings, connections=stage.connections)

    def enqueue(_conn: Conn, *, programme: Any = None, owner: Any = None, **more: Mapping[str, Any]) -> Any:
        of = {"programme": programme} if owner is None else {"owner": owner}
        with database.transaction() as conn:
            enter(conn, Tenant((programme or owner).municipality_id))
            return jobs.enqueue(conn, **of, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(programmes, "enqueue", enqueue)
    monkeypatch.setattr(Weather, "kills", (0.04, 0.08))  # only a kill between the two commits tells
    assert "i2_demanded_jobs_are_there" in "\n".join(first_failure(stage).problems)
