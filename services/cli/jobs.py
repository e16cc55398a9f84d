"""`nastavnik jobs`: what waits, what is dead, again and away, for operators when the API is not at hand."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from services.cli.shell import acting
from services.cli.words import Words, add, group
from shared.db.pool import Conn
from shared.db.tenancy import PLATFORM, Tenant, enter
from shared.jobs import actions, overview
from shared.jobs.model import Status
from shared.jobs.overview import JobFilter
from shared.programme import job_retry
from shared.settings import load_settings


def add_commands(words: Words[argparse.ArgumentParser]) -> None:
    """Declare them."""
    jobs = group(words, "jobs", "background jobs")
    for name, text, command in (
        ("summary", "what waits, runs and is dead, by municipality and kind", _summary),
        ("dead", "jobs that were given up and not repeated, with their sentences", _dead),
    ):
        add(jobs, name, text, command).add_argument("--municipality", type=int, action="append", help="only this one")
    retry = add(jobs, "retry", "ask again for one job, or for all that is dead of a kind", _retry)
    cancel = add(jobs, "cancel", "end an open job", _cancel)
    for parser in (retry, cancel):
        parser.add_argument("--municipality", type=int, required=True)
    what = retry.add_mutually_exclusive_group(required=True)
    what.add_argument("--job", type=UUID)
    what.add_argument("--kind", help="at most 100 at once, the oldest first")
    cancel.add_argument("--job", type=UUID, required=True)


def _summary(options: argparse.Namespace) -> int:
    """Print one JSON line a municipality and kind."""
    for municipality_id, conn in _each(options):
        for line in overview.summary(conn):
            print(json.dumps({"municipality": municipality_id, **asdict(line)}, default=str))
    return 0


def _dead(options: argparse.Namespace) -> int:
    """Print one JSON line a job; exit status 1 when there is any."""
    wanted = JobFilter(status=Status.DEAD, is_retried=False)
    found = 0
    for municipality_id, conn in _each(options):
        for seen in overview.page(conn, wanted):
            found += 1
            error = seen.run.error
            line = {"municipality": municipality_id, "job": seen.run.id, "kind": seen.run.kind}
            told = error and {"code": error.code, "ru": error.ru, "en": error.en}
            print(json.dumps({**line, "attempts": seen.run.attempts, "error": told}, default=str, ensure_ascii=False))
    return 1 if found else 0


def _retry(options: argparse.Namespace) -> int:
    """Print what became of each job; exit status 1 when one was refused."""
    with acting(options.municipality) as (conn, actor):
        if options.job:
            print(f"{options.job} -> {job_retry.retry(conn, actor, options.job)}")
            return 0
        done = job_retry.retry_many(conn, actor, kind=options.kind)
        for item in done.items:
            print(f"{item.job.id} -> {item.new_id or (item.refusal and item.refusal.text(options.lang))}")
        print(f"asked again: {sum(item.new_id is not None for item in done.items)}, left: {done.left}")
        return 1 if any(item.refusal for item in done.items) else 0


def _cancel(options: argparse.Namespace) -> int:
    with acting(options.municipality) as (conn, actor):
        actions.cancel(conn, actor, options.job)
    print(f"{options.job} cancelled")
    return 0


def _each(options: argparse.Namespace) -> Iterator[tuple[int, Conn]]:
    """Yield each municipality with a connection that has entered it, as the auditor, who can change nothing."""
    url = load_settings().need("auditor_database_url")
    with psycopg.connect(url, row_factory=dict_row, autocommit=True) as conn:
        every = [PLATFORM, *(row["id"] for row in conn.execute("SELECT id FROM all_municipalities() AS id"))]
        for municipality_id in options.municipality or every:
            with conn.transaction():
                enter(conn, Tenant(municipality_id))
                yield municipality_id, conn
