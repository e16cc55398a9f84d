"""What the engine counts and shows: real processes, real children, a real database."""

from __future__ import annotations

import math
import os
import signal
import socket
import urllib.request
from contextlib import closing

import psycopg
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from deploy.embedded.children import free_port
from services.worker import metrics as counted
from services.worker.gauges import DatabaseGauges
from services.worker.wakeups import QUEUE
from shared.jobs.kinds import AGGREGATE_FEEDBACK
from shared.metrics import TABLE, Kind, Source
from tests.worker.machinery import Engine, wait_until

SECONDS = 120.0
Figures = dict[str, float]


def figures(text: str) -> Figures:
    """Sample as it is written -> value."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def scraped(port: int) -> Figures:
    """Ask a process of the engine; nothing while it does not answer yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            return figures(answer.read().decode())
    except OSError:
        return {}


def asked(engine: Engine, url: str | None = None) -> Figures:
    """The database's figures, as a dispatcher of these settings shows them."""
    registry = CollectorRegistry()
    settings = engine.settings
    registry.register(DatabaseGauges(settings))
    return figures(generate_latest(registry).decode())


@pytest.mark.parametrize("worker_class", ["fork", "simple"])
def test_a_job_is_counted_by_its_worker_also_when_a_child_of_it_did_the_work(engine: Engine, worker_class: str) -> None:
    port = free_port()
    engine.start("worker", METRICS_BIND=f"127.0.0.1:{port}", WORKER_CLASS=worker_class)
    for job in (engine.ask(), engine.ask()):
        engine.relay()
        wait_until(lambda job=job: engine.status(job) == "done", seconds=SECONDS)  # type: ignore[misc]
    name = f'{{kind="{AGGREGATE_FEEDBACK}"}}'
    wait_until(lambda: scraped(port).get(f"job_run_seconds_count{name}") == 2, seconds=SECONDS)
    found = scraped(port)
    assert found[f"job_wait_seconds_count{name}"] == 2
    assert found[f"job_wait_seconds_sum{name}"] > 0
    assert (found["job_dead_total"], found["job_fenced_total"]) == (0, 0)


def test_what_a_child_counted_before_it_was_killed_is_kept() -> None:
    counted.tally.cache_clear()
    tally = counted.tally()
    pid = os.fork()
    if pid == 0:
        counted.count("job_fenced_total")
        counted.count("job_run_seconds", AGGREGATE_FEEDBACK, amount=2.0)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    counted.drain()
    found = figures(generate_latest(tally.registry).decode())
    assert found["job_fenced_total"] == 1
    assert found[f'job_run_seconds_sum{{kind="{AGGREGATE_FEEDBACK}"}}'] == 2.0


def test_a_full_pipe_loses_figures_and_holds_nobody_up() -> None:
    counted.tally.cache_clear()
    tally = counted.tally()
    pid = os.fork()
    if pid == 0:
        for _ in range(100_000):
            counted.count("job_fenced_total")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    counted.drain()
    kept = figures(generate_latest(tally.registry).decode())["job_fenced_total"]
    assert 0 < kept < 100_000
    counted.count("job_fenced_total")
    assert figures(generate_latest(tally.registry).decode())["job_fenced_total"] == kept + 1


def test_an_address_that_is_taken_keeps_no_worker_from_its_work_and_is_tried_again(engine: Engine) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        engine.start("worker", METRICS_BIND=f"127.0.0.1:{port}")
        job = engine.ask()
        engine.relay()
        wait_until(lambda: engine.status(job) == "done", seconds=SECONDS)
    wait_until(lambda: "job_fenced_total" in scraped(port), seconds=SECONDS)


def test_a_refused_message_is_counted(engine: Engine) -> None:
    port = free_port()
    engine.start("worker", METRICS_BIND=f"127.0.0.1:{port}")
    wait_until(lambda: scraped(port).get("message_refused_total") == 0, seconds=SECONDS)
    with engine.client() as client:
        client.hset("rq:job:forged", mapping={"data": b"?", "status": "queued", "origin": QUEUE})
        client.rpush(f"rq:queue:{QUEUE}", "forged")
    wait_until(lambda: scraped(port).get("message_refused_total") == 1, seconds=SECONDS)


def test_a_job_taken_from_a_silent_worker_and_a_dead_one_are_counted(engine: Engine) -> None:
    port = free_port()
    again, last = engine.ask(), engine.ask(max_attempts=1)
    for job in (again, last):
        engine.execute(
            "UPDATE job_run SET status = 'running', fence = 1, attempts = 1, worker = 'gone',"
            " lease_until = clock_timestamp() - interval '1 s' WHERE id = %s",
            job,
        )
    engine.start("dispatcher", METRICS_BIND=f"127.0.0.1:{port}")
    wait_until(lambda: scraped(port).get('job_requeued_total{cause="lease_over"}') == 1, seconds=SECONDS)
    wait_until(lambda: scraped(port).get("job_dead_total") == 1, seconds=SECONDS)


def test_the_database_tells_what_is_open_and_who_lives(engine: Engine) -> None:
    before = asked(engine)
    assert before["database_up"] == 1
    assert (before["outbox_pending"], before["outbox_oldest_seconds"]) == (0, 0)
    assert before['worker_seen_age_seconds{duty="worker"}'] == math.inf
    job, foreign = engine.ask(), engine.ask()
    engine.execute("UPDATE job_run SET kind = 'of_another_release' WHERE id = %s", foreign)
    engine.execute("UPDATE outbox SET not_before = clock_timestamp() - interval '90 s' WHERE job_run_id = %s", job)
    engine.execute(
        "INSERT INTO worker (id, host, pid, duty, seen_at) VALUES"
        " ('a', 'h', 1, 'worker', clock_timestamp() - interval '100 s'), ('b', 'h', 2, 'worker', clock_timestamp())"
    )
    after = asked(engine)
    assert after["outbox_pending"] == 2
    assert after["outbox_oldest_seconds"] >= 90
    assert after[f'job_open{{kind="{AGGREGATE_FEEDBACK}",status="queued"}}'] == 1
    assert after['job_open{kind="unknown",status="queued"}'] == 1
    assert after[f'job_open{{kind="{AGGREGATE_FEEDBACK}",status="running"}}'] == 0
    assert after['worker_alive{duty="worker"}'] == 1
    assert after['worker_seen_age_seconds{duty="worker"}'] < 90
    declared = {spec.name for spec in TABLE if spec.source is Source.DISPATCHER and spec.kind is Kind.GAUGE}
    assert {name.partition("{")[0] for name in after} == declared


def test_without_a_database_no_old_figure_is_shown(engine: Engine) -> None:
    nowhere = Engine(engine.dsns | {"nastavnik_engine": "postgresql://x@127.0.0.1:1/x"}, "redis://x", engine.programme)
    assert asked(nowhere) == {"database_up": 0}


def test_the_figures_are_read_from_indexes_of_what_is_open(engine: Engine) -> None:
    job = engine.ask()
    engine.execute(
        "INSERT INTO outbox (municipality_id, job_run_id, run_no, sent_at)"
        " SELECT municipality_id, id, g, now() FROM job_run, generate_series(2, 20000) AS g WHERE id = %s",
        job,
    )
    with psycopg.connect(engine.dsns["nastavnik_owner"], autocommit=True) as owner:
        owner.execute("ANALYZE outbox")
    plan = engine.rows(
        "EXPLAIN SELECT count(*), min(not_before) FROM outbox WHERE sent_at IS NULL AND not_before <= clock_timestamp()"
    )
    assert "outbox_pending" in str(plan)
    assert "Seq Scan" not in str(plan)
