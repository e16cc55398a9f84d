"""The dispatcher's duty `schedule`: any number may look at any time, each tick gets its one job."""

from __future__ import annotations

from collections.abc import Mapping

from services.worker.logs import Log
from shared.db.pool import Database
from shared.db.tenancy import PLATFORM, Tenant, enter
from shared.failpoint import failpoint
from shared.jobs import schedule
from shared.jobs.periodic import PERIODIC, Periodic

SCHEDULE_SECONDS = 10.0
"""How often a dispatcher looks; a tick is so much late at most."""


def tick_all(
    database: Database, log: Log, *, periodic: Mapping[str, Periodic] = PERIODIC, armed: str = ""
) -> list[schedule.Ticked]:
    """Write the ticks that have come in every municipality, a transaction each. Unavailable without PostgreSQL."""
    with database.transaction() as conn:
        enter(conn, Tenant(PLATFORM))
        standings = schedule.standings(conn, periodic)
    written: list[schedule.Ticked] = []
    for standing in standings:
        entry = periodic[standing.name]
        try:
            is_due = schedule.is_due(standing, entry)
        except (KeyError, ValueError):  # ZoneInfoNotFoundError is a KeyError; the others are not kept waiting
            log.error("zone_unknown", municipality=standing.municipality_id)
            continue
        if is_due:
            written += _settle(database, standing, entry, armed)
    for ticked in written:
        log.info("ticked", municipality=ticked.municipality_id, name=ticked.name, job=str(ticked.job_run_id))
    return written


def _settle(database: Database, standing: schedule.Standing, entry: Periodic, armed: str) -> list[schedule.Ticked]:
    with database.transaction() as conn:
        enter(conn, Tenant(standing.municipality_id))
        written = schedule.settle(conn, standing, entry)
        failpoint("scheduler_before_commit", armed)
    failpoint("scheduler_after_commit", armed)
    return written
