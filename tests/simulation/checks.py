"""What must hold when a seed has come to rest: the invariants, and every answer that a client was given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from shared.programme.invariants import violations
from tests.simulation.clients import Answer, History
from tests.simulation.world import Place

if TYPE_CHECKING:
    from tests.simulation.simulation import Stage

MOVES = frozenset({"advance", "reopen", "suspend", "resume"})


def problems(stage: Stage, place: Place, history: History) -> list[str]:
    """Return what is wrong, in words; empty when all is well."""
    auditor = stage.settings.need("auditor_database_url")
    found = [
        f"{one.rule}: {one.row}"
        for one in violations(auditor, municipalities=[place.municipality_id], is_quiescent=True)
    ]
    found += history.contradictions
    found += _events(stage, place, history)
    found += _jobs(stage, place, history)
    found += _feed(stage, place)
    return found


def ends(stage: Stage, place: Place) -> Iterator[str]:
    """Yield how each job ended, without anything that differs from run to run."""
    query = (
        "SELECT kind, status, fence, attempts, run_no FROM job_run WHERE municipality_id = %s"
        " ORDER BY kind, status, fence, attempts, run_no"
    )
    for row in _rows(stage, query, place):
        yield "job " + " ".join(str(value) for value in row.values())


def _events(stage: Stage, place: Place, history: History) -> Iterator[str]:
    """Every acknowledged move is an event of its own, and there is no other."""
    query = "SELECT programme_id, seq, trigger FROM programme_event WHERE municipality_id = %s AND seq > 1"
    there = {(row["programme_id"], row["seq"]): row["trigger"] for row in _rows(stage, query, place)}
    told: dict[tuple[int, int], str] = {}
    for answer in _accepted(history, MOVES):
        event = (int(answer.asked.path.split("/")[2]), int(answer.etag.strip('"v')))
        if event in told:
            yield f"one event was told to two keys: {event}"
        told[event] = answer.asked.verb
    if there != told:
        yield f"events there {sorted(there.items() - told.items())}, told {sorted(told.items() - there.items())}"


def _jobs(stage: Stage, place: Place, history: History) -> Iterator[str]:
    """Every acknowledged job is there and no other was asked for; what was cancelled stays cancelled."""
    query = "SELECT id::text, cause, status FROM job_run WHERE municipality_id = %s"
    rows = _rows(stage, query, place)
    for verb, cause in (("compute", "request:"), ("retry", "retry:")):
        there = {row["id"] for row in rows if row["cause"].startswith(cause)}
        told = {answer.location.rsplit("/", 1)[1] for answer in _accepted(history, frozenset({verb}))}
        # To ask for what is open already answers with that job, whoever began it.
        known = {row["id"] for row in rows} if verb == "compute" else there
        if there - told or told - known:
            yield f"jobs of {verb}: {len(there - told)} nobody was told of, {len(told - known)} told of are not there"
    status = {row["id"]: row["status"] for row in rows}
    for answer in _accepted(history, frozenset({"cancel"})):
        job = answer.asked.path.split("/")[2].partition(":")[0]
        if status.get(job) != "cancelled":
            yield f"a cancelled job is {status.get(job)}"


def _feed(stage: Stage, place: Place) -> Iterator[str]:
    """Every event of a programme has its one number in the feed, and the numbers are 1, 2, 3 and so on."""
    rows = _rows(stage, "SELECT feed_no, programme_id, seq FROM feed_event WHERE municipality_id = %s", place)
    numbers = sorted(row["feed_no"] or 0 for row in rows)
    if numbers != list(range(1, len(rows) + 1)):
        yield f"the feed is numbered {numbers}"
    query = "SELECT programme_id, seq FROM programme_event WHERE municipality_id = %s"
    there = sorted((row["programme_id"], row["seq"]) for row in _rows(stage, query, place))
    told = sorted((row["programme_id"], row["seq"]) for row in rows if row["seq"] is not None)
    if there != told:
        yield f"the feed tells of {len(told)} events, there are {len(there)}"


def _accepted(history: History, verbs: frozenset[str]) -> Iterator[Answer]:
    for answer in history.answers.values():
        if answer.asked.verb in verbs and answer.status < 300:
            yield answer


def _rows(stage: Stage, query: str, place: Place) -> list[dict[str, Any]]:
    return stage.observer.execute(query.encode(), (place.municipality_id,)).fetchall()
