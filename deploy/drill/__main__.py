"""The drill itself: what is done in which order, what must hold, how long it took; exit status 1 when it does not.

Knows the stack and the operators' commands; must not know how rows are copied.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from deploy.drill.load import Listener, Load, Told
from deploy.embedded.children import wait_until
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.stack import DATABASE, ROOT, SERVERS, Stack
from services.demo.client import Client, UnexpectedAnswerError
from services.seed.plan import TO_END
from shared.access.principals import bootstrap
from shared.privacy import erasure_log

_PATIENCE = 120.0
_LATER = 1_000_000


class DrillFailedError(Exception):
    """Something that must hold does not; the message says what."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long the load runs before the backup, by how many schools; settings of PostgreSQL for both servers.

    ``steps``: how far a programme is walked on the restored system; all of them lead to completion.
    """

    seconds: float
    schools: int
    postgres_settings: Mapping[str, str] = field(default_factory=dict)
    steps: int = len(TO_END)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the drill in folders that are removed at the end; prints each step with its seconds."""
    parser = argparse.ArgumentParser(prog="python -m deploy.drill", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="load before the backup begins")
    parser.add_argument("--schools", type=int, default=4, help="schools that work at the same time")
    parser.add_argument("--no-fsync", action="store_true", help="quicker, and no proof against a power cut")
    options = parser.parse_args(arguments)
    settings = {"fsync": "off"} if options.no_fsync else {}
    begun = time.monotonic()
    try:
        with temporary_data_folder() as folder:
            drill(folder, Plan(options.seconds, options.schools, settings))
    except (DrillFailedError, EmbeddedError, UnexpectedAnswerError, psycopg.Error, OSError) as error:
        print(f"nastavnik: the drill failed: {error}", file=sys.stderr)
        return 1
    print(f"nastavnik: the drill passed in {time.monotonic() - begun:.1f} s")
    return 0


def drill(folder: Path, plan: Plan) -> None:
    """Load, back up, kill, restore, check, go on. Raises DrillFailedError and whatever a step raises."""
    log = folder / "backups" / erasure_log.NAME
    with Stack(
        folder / "first",
        postgres_settings=plan.postgres_settings,
        environment={"NASTAVNIK_ERASURE_LOG": str(log)},
    ) as first:
        token = bootstrap(first.env["NASTAVNIK_OWNER_DATABASE_URL"], name="Администратор")
        admin = Listener(first.url, token)
        admin.municipality_id = admin.post("/municipalities", {"name": "Район учения"})["id"]
        load = Load(admin, schools=plan.schools, today=datetime.now(UTC).date())
        curator, pupil = load.enter_somebody()
        with _step("load"):
            load.start()
            time.sleep(plan.seconds)
            _must(wait_until(lambda: bool(admin.told) or bool(load.errors), seconds=_PATIENCE), "nobody got anywhere")
            first.kill_process("worker", whole=True)  # so that the backup finds jobs open
            asked = len(admin.jobs)
            _must(wait_until(lambda: len(admin.jobs) > asked + 2, seconds=_PATIENCE), "nobody asked for a job")
        told = tuple(admin.told)
        with _step("backup"):
            _run("deploy.backup", str(folder / "backups"), BACKUP_DATABASE_URL=first.postgres.dsn(DATABASE, "postgres"))
        load.end()
        _must(not load.errors, f"the backup was felt: {load.errors[:1]}")
        with _step("erase somebody who is in the backup"):
            first.start_process("worker")
            _erase(curator, pupil)
        with _step("kill everything"):
            for name in ("api", "dispatcher", *reversed(SERVERS)):
                first.kill_process(name, whole=True)
        load.join()
    (backup,) = (folder / "backups").glob("*.zip")
    with _step("restore"):
        _run("deploy.restore", "--data", str(folder / "second"), str(backup))
    with Stack(folder / "second", postgres_settings=plan.postgres_settings) as second:
        _must(_name_of(second.url, curator, pupil) == "Удалено", "who was erased after the backup is back")
        _check(second, told, before=len(told), after=len(admin.told))
        with _step(f"one programme more, {plan.steps} of {len(TO_END)} steps to completion"):
            again = Listener(second.url, token, municipality_id=admin.municipality_id)
            Load(again, schools=0, today=datetime.now(UTC).date(), first=_LATER).walk_one(plan.steps)
        _settle(second)


def _erase(curator: Client, pupil: str) -> None:
    asked = curator.post(f"{pupil}/erasure")
    curator.post(f"/erasures/{asked['id']}:run", status=202)
    is_done = wait_until(lambda: curator.get(f"/erasures/{asked['id']}")["status"] == "done", seconds=_PATIENCE)
    _must(is_done, "nobody was erased")


def _name_of(url: str, curator: Client, pupil: str) -> str:
    return str(replace(curator, url=url).get(pupil)["family_name"])


def _check(stack: Stack, told: Sequence[Told], *, before: int, after: int) -> None:
    with psycopg.connect(stack.postgres.dsn(DATABASE, "postgres"), autocommit=True) as conn:
        there = Counter(
            Told(*row) for row in conn.execute("SELECT programme_id, trigger, dst FROM programme_event").fetchall()
        )
        row = conn.execute(
            "SELECT count(*), count(*) FILTER (WHERE finished_at IS NULL OR finished_at > pg_postmaster_start_time())"
            " FROM job_run"
        ).fetchone()
    lost = Counter(told) - there
    _must(not lost, f"acknowledged before the backup and not there: {lost}")
    jobs = row or (0, 0)
    _must(jobs[1] > 0, "no job was open in the backup, so nothing is shown about open jobs")
    print(
        f"  transitions acknowledged before the backup: {before}, lost: 0 (then {after - before} more until the kill)"
    )
    print(f"  jobs in the backup: {jobs[0]}, of them open when it was made: {jobs[1]}")
    with _step("open jobs end, rules and chains hold"):
        _settle(stack)


def _settle(stack: Stack) -> None:
    """Wait until no job is open and every audit row has its link, then ask the operators' questions."""
    with psycopg.connect(stack.postgres.dsn(DATABASE, "postgres"), autocommit=True) as conn:

        def is_still() -> bool:
            row = conn.execute(
                "SELECT (SELECT count(*) FROM job_run WHERE status IN ('queued', 'running')),"
                " (SELECT count(*) FROM outbox WHERE sent_at IS NULL), (SELECT count(*) FROM audit_unchained)"
            ).fetchone()
            return row == (0, 0, 0)

        _must(wait_until(is_still, seconds=_PATIENCE, every=0.2), "jobs stay open after the restore")
    for words in (("invariants", "--quiescent"), ("audit", "verify")):
        print("  " + stack.run_to_end(("services.cli", *words)).strip().replace("\n", "\n  "))


@contextmanager
def _step(name: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    print(f"{name}: {time.monotonic() - begun:.1f} s", flush=True)


def _run(module: str, *words: str, **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print("  " + done.stdout.strip().replace("\n", "\n  "), flush=True)
    _must(done.returncode == 0, f"{module} ended with {done.returncode}")


def _must(holds: bool, sentence: str) -> None:
    if not holds:
        raise DrillFailedError(sentence)


if __name__ == "__main__":
    sys.exit(main())
