"""The questions about what must always hold: silent on a lived programme, and each hears exactly what it asks about."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from deploy.embedded.databases import clone_database, drop_database
from deploy.embedded.postgres import PostgresServer
from services.cli.__main__ import main
from shared.db.invariants import rules
from shared.programme.history import GENESIS, chain_hash
from shared.programme.invariants import PACK_MISSING, violations
from tests.db.life import Life, begin, live_whole

LIVED = "t_lived"


@pytest.fixture(scope="module")
def lived(server: PostgresServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """A programme from its first stage to completion, and one of another municipality that only began."""
    dsns = clone_database(server, template, LIVED)
    life = live_whole(dsns, tmp_path_factory.mktemp("lived") / "clock")
    begin(dsns, "соседи")
    yield life
    drop_database(server, LIVED)


@pytest.fixture
def broken(server: PostgresServer, lived: Life) -> Iterator[Life]:
    """A copy of it that a test may break, as the superuser."""
    name = "t_broken"
    dsns = clone_database(server, LIVED, name)
    dsns["superuser"] = server.dsn(name, "postgres")
    yield Life(dsns, lived.world, lived.programme, lived.curator, lived.methodist)
    drop_database(server, name)


def broken_rules(life: Life, *, is_quiescent: bool = True) -> list[str]:
    found = violations(life.dsns["nastavnik_auditor"], is_quiescent=is_quiescent)
    return sorted({violation.rule for violation in found})


def spoil(life: Life, statements: str) -> None:
    """Do what none of our roles may."""
    with psycopg.connect(life.dsns["superuser"]) as conn:
        conn.execute("SET session_replication_role = replica")  # foreign keys and triggers look away
        for statement in statements.split(";"):
            cursor = conn.execute(statement.encode())
            assert cursor.rowcount != 0, statement


def rehash(life: Life) -> None:
    """Chain every history anew, as somebody who rewrites all of it would."""
    with psycopg.connect(life.dsns["superuser"]) as conn:
        previous: dict[int, str] = {}
        rows = conn.execute("SELECT programme_id, seq, body FROM programme_event ORDER BY programme_id, seq").fetchall()
        for programme_id, seq, body in rows:
            before = previous.get(programme_id, GENESIS)
            previous[programme_id] = chain_hash(before, body)
            conn.execute(
                "UPDATE programme_event SET prev_hash = %s, hash = %s WHERE programme_id = %s AND seq = %s",
                (before, previous[programme_id], programme_id, seq),
            )


def test_a_lived_programme_breaks_nothing(lived: Life) -> None:
    assert list(violations(lived.dsns["nastavnik_auditor"], is_quiescent=True)) == []


def test_the_lived_programme_has_something_to_ask_about(lived: Life) -> None:
    with lived.transaction("auditor") as conn:
        counts = conn.execute(
            "SELECT (SELECT count(*) FROM programme_event) AS events, (SELECT count(*) FROM result) AS results,"
            " (SELECT count(*) FROM reward_approval) AS approvals, (SELECT stage FROM programme) AS stage"
        ).fetchone()
    assert counts == {"events": 13, "results": 3, "approvals": 1, "stage": "completed"}


STORED = (
    "INSERT INTO idempotency (municipality_id, principal_id, method, path, key, request_hash, status, headers)"
    " VALUES ({municipality}, 2, 'POST', '/api/v1/programmes/{programme}{verb}', 'k', '', {status}, '{headers}')"
)
BREAKS = {
    "i1_state_is_last_event": "UPDATE programme SET version = version + 1 WHERE id = {programme}",
    "i1_history_is_gapless": (
        "DELETE FROM programme_event WHERE programme_id = {programme} AND seq = 6;"
        "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit WHERE action = 'programme.resume')"
    ),
    "i1_history_chains": "UPDATE programme_event SET body = body || ' ' WHERE programme_id = {programme} AND seq = 4",
    "i1_columns_are_as_hashed": "UPDATE programme_event SET at = at - interval '1 day' WHERE seq = 3",
    "i2_demanded_jobs_are_there": "UPDATE job_run SET cause = 'request:2' WHERE starts_with(cause, 'event:')",
    "i2_no_job_without_cause": (
        "UPDATE job_run SET cause = 'retry:' || gen_random_uuid() WHERE kind = 'score_effectiveness'"
    ),
    "i2_open_job_has_its_wakeup": (
        "INSERT INTO job_run (municipality_id, school_id, programme_id, kind, cause)"
        " SELECT municipality_id, school_id, id, 'aggregate_feedback', 'request:2'"
        " FROM programme WHERE id = {programme}"
    ),
    "i2_tick_has_its_job": (
        "INSERT INTO schedule_tick (municipality_id, name, tick, job_run_id)"
        " VALUES ({municipality}, 'remind_of_deadlines', now(), gen_random_uuid())"
    ),
    "i2_delivery_has_its_job": (
        "INSERT INTO delivery (municipality_id, channel, principal_id) VALUES ({municipality}, 'mail', 2)"
    ),
    "i3_done_has_its_one_result": "UPDATE job_run SET status = 'dead' WHERE kind = 'score_effectiveness'",
    "i4_fence_is_the_finishers": "UPDATE job_run SET fence = fence + 1 WHERE kind = 'score_effectiveness'",
    "i6_what_was_acknowledged_is_there": (
        STORED.replace("{verb}", "/transitions")
        .replace("{status}", "200")
        .replace("{headers}", '{{"ETag": "\\"v99\\""}}')
    ),
    "i6_feed_has_no_gap": "UPDATE feed_event SET feed_no = 2 WHERE type = 'reward_list.approved'",
    "i7_one_deed_one_event": (
        "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit WHERE action = 'programme.advance')"
    ),
    "i8_no_unmet_guard_was_passed": (
        """UPDATE programme_event SET body = regexp_replace(body, '"status":"met"', '"status":"unmet"')"""
        " WHERE programme_id = {programme} AND seq = 2"
    ),
    "i9_policies_are_in_force": "ALTER TABLE goal NO FORCE ROW LEVEL SECURITY",
    "i9_no_foreign_row_is_seen": "CREATE POLICY leak ON school FOR SELECT USING (true)",
    "i10_list_names_its_score": (
        "UPDATE result SET based_on = (SELECT id FROM result WHERE kind = 'feedback_summary')"
        " WHERE kind = 'reward_list'"
    ),
    "i10_results_are_as_computed": "UPDATE result SET body = body || '{{\"others\": [1]}}' WHERE kind = 'reward_list'",
    "i11_no_policy_tells_roles_apart": "CREATE POLICY less ON goal AS RESTRICTIVE TO nastavnik_engine USING (true)",
}
REHASHED = {"i1_history_is_gapless", "i8_no_unmet_guard_was_passed"}
"""Broken by somebody who chains the history anew: the chain alone would not tell."""


@pytest.mark.parametrize("rule", BREAKS)
def test_what_breaks_one_rule_is_reported_by_it_and_by_no_other(broken: Life, rule: str) -> None:
    names = {"programme": broken.programme.id, "municipality": broken.world.municipality_id}
    spoil(broken, BREAKS[rule].format(**names))
    if rule in REHASHED:
        rehash(broken)
    assert broken_rules(broken, is_quiescent=False) == [rule]


def test_an_open_job_is_wrong_only_when_all_work_should_be_over(broken: Life) -> None:
    broken.ask("aggregate_feedback")
    assert broken_rules(broken, is_quiescent=False) == []
    assert broken_rules(broken) == ["i5_nothing_is_open"]


def test_a_running_job_whose_result_is_there_is_reported(broken: Life) -> None:
    spoil(broken, "UPDATE job_run SET status = 'running' WHERE kind = 'build_reward_list'")
    assert broken_rules(broken, is_quiescent=False) == ["i3_done_has_its_one_result"]


def test_a_job_that_was_accepted_and_is_gone_is_reported(broken: Life) -> None:
    location = {"Location": "/api/v1/jobs/00000000-0000-4000-8000-000000000000"}
    statement = STORED.format(
        municipality=broken.world.municipality_id,
        programme=broken.programme.id,
        verb="/effectiveness",
        status=202,
        headers=json.dumps(location),
    )
    spoil(broken, statement)
    assert broken_rules(broken) == ["i6_what_was_acknowledged_is_there"]


def test_a_tail_cut_off_is_seen_as_long_as_the_programme_says_its_version(broken: Life) -> None:
    spoil(broken, f"DELETE FROM programme_event WHERE programme_id = {broken.programme.id} AND trigger = 'complete'")
    assert broken_rules(broken) == ["i1_state_is_last_event", "i7_one_deed_one_event"]


def test_a_pack_that_is_nowhere_is_reported(broken: Life) -> None:
    spoil(broken, f"UPDATE programme SET pack_version = 9 WHERE id = {broken.programme.id}")
    assert broken_rules(broken) == ["i2_demanded_jobs_are_there", PACK_MISSING]


def test_every_rule_has_its_break() -> None:
    assert set(rules()) == set(BREAKS) | {"i5_nothing_is_open"}


def test_the_auditor_can_change_nothing(lived: Life) -> None:
    with lived.transaction("auditor") as conn:
        may = conn.execute(
            "SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
            " AND c.relkind = 'r' AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"
        ).fetchall()
        seen = conn.execute("SELECT has_column_privilege('idempotency', 'answer', 'SELECT') AS answer").fetchone()
    assert (may, seen) == ([], {"answer": False})


def test_the_command_prints_a_line_a_violation_and_fails(
    broken: Life, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NASTAVNIK_AUDITOR_DATABASE_URL", broken.dsns["nastavnik_auditor"])
    assert main(["invariants", "--quiescent"]) == 0
    assert capsys.readouterr().out == f"rules: {len(rules())}, violations: 0\n"
    spoil(broken, f"UPDATE programme SET version = 99 WHERE id = {broken.programme.id}")
    assert main(["invariants", "--municipality", str(broken.world.municipality_id)]) == 1
    first, summary = capsys.readouterr().out.splitlines()
    assert json.loads(first) == {
        "invariant": "I1",
        "rule": "i1_state_is_last_event",
        "municipality_id": broken.world.municipality_id,
        "row": {"programme_id": broken.programme.id, "version": 99, "last_seq": 13},
    }
    assert summary.endswith("violations: 1")
