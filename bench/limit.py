"""Measures L, the limit: a transition as one function call, by pgbench, on the server that the API uses too."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import psycopg

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.postgres import PostgresServer

DATABASE = "nastavnik_limit"
CLIENTS = 16
_SCRIPT = """\\set programme :client_id * 1000 + 1000 + random(1, 200)
SELECT transition(:client_id + 1, :programme, gen_random_uuid()::text);
"""


def prepare(server: PostgresServer) -> None:
    """Make the database of limit.sql."""
    with psycopg.connect(server.superuser_dsn, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {DATABASE}")
    with psycopg.connect(server.dsn(DATABASE, "postgres"), autocommit=True) as conn:
        conn.execute(Path(__file__).with_name("limit.sql").read_bytes())
        conn.execute("VACUUM ANALYZE")


def measure(server: PostgresServer, *, seconds: int) -> float:
    """Return transitions a second of 16 clients, each with programmes of its own. Raises EmbeddedError."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "transition.sql"
        script.write_text(_SCRIPT, encoding="ascii")
        command = [_program(server, "pgbench"), "-n", "-c", str(CLIENTS), "-j", "2", "-M", "prepared"]
        command += ["-T", str(seconds), "-f", str(script), server.dsn(DATABASE, "nastavnik_api")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 60)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None or done.returncode != 0:
        raise EmbeddedError(f"pgbench failed: {done.stderr[-2000:]}")
    return float(found[1])


def count_events(server: PostgresServer) -> int:
    """Return how many transitions the limit's programmes have made: what was measured really happened."""
    with psycopg.connect(server.dsn(DATABASE, "postgres")) as conn:
        row = conn.execute("SELECT count(*) FROM event WHERE seq > 1").fetchone()
    return 0 if row is None else int(row[0])


def flushes(server: PostgresServer) -> dict[str, float]:
    """Return pg_test_fsync's operations a second by method, one 8 kB write each, on the server's file system."""
    file = server.data_dir / "pg_test_fsync"
    command = [_program(server, "pg_test_fsync"), "-s", "1", "-f", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    file.unlink(missing_ok=True)
    one_write = done.stdout.partition("two 8kB")[0]
    return {name: float(rate) for name, rate in re.findall(r"^\s+(\w+)\s+([\d.]+) ops/sec", one_write, re.MULTILINE)}


def _program(server: PostgresServer, name: str) -> str:
    if server.binaries is None:
        raise EmbeddedError("The server is not ours: its programs are needed (unset EMBEDDED_POSTGRES_URL).")
    return server.binaries.program(name)
