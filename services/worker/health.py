"""`python -m services.worker.health --duty worker`: whether a process of the engine lives here; for health checks.

Knows the table of workers; must not touch the queue: with Valkey away a worker waits and is as healthy as can be.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys

import psycopg

from services.worker.engine import engine_connection
from shared.db.pool import Conn
from shared.settings import SettingInvalid, load_settings

SILENT_SECONDS = 30.0
"""A process tells of itself every 5 to 10 s; after this long without a word it counts as stuck."""

_SEEN = """
SELECT pid FROM worker
WHERE host = %s AND duty = %s AND seen_at > clock_timestamp() - make_interval(secs => %s)
"""


def main(argv: list[str] | None = None) -> int:
    """0 when a process of the duty on this host was seen lately and still runs; else 1 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m services.worker.health", description=__doc__)
    parser.add_argument("--duty", choices=("dispatcher", "worker"), required=True)
    asked = parser.parse_args(argv)
    try:
        with engine_connection(load_settings(), "health") as conn:
            found = is_alive(conn, host=socket.gethostname(), duty=asked.duty)
    except (psycopg.Error, SettingInvalid) as error:
        sys.stderr.write(f"cannot tell: {type(error).__name__}\n")
        return 1
    if not found:
        sys.stderr.write(f"no living {asked.duty} was seen on this host within {SILENT_SECONDS:g} s\n")
        return 1
    return 0


def is_alive(conn: Conn, *, host: str, duty: str, seconds: float = SILENT_SECONDS) -> bool:
    """Say whether a process of ``host`` wrote within ``seconds`` and its id runs here (the check's own PID space)."""
    rows = conn.execute(_SEEN, (host, duty, seconds)).fetchall()
    return any(_runs(int(row["pid"])) for row in rows)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())
