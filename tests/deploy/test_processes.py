"""Every command and health check of our services, run as the container would, without a container."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from psycopg.rows import dict_row

from services.worker.health import SILENT_SECONDS, is_alive
from shared.db.tenancy import Tenant, enter
from shared.jobs.actions import enqueue
from shared.jobs.kinds import AGGREGATE_FEEDBACK
from tests.deploy.conftest import Installation, end, listing
from tests.deploy.deploy_files import Service
from tests.worker.machinery import make_programme

LASTING = ("api", "auditor", "dispatcher", "worker")
Services = Mapping[str, Service]
Processes = dict[str, subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def running() -> Iterator[Processes]:
    """What has been started in this module; ended with it."""
    started: Processes = {}
    yield started
    for process in started.values():
        end(process)


@pytest.fixture
def processes(installation: Installation, services: Services, running: Processes) -> Processes:
    """API, dispatcher and worker, healthy: started where they do not run."""
    absent = [name for name in LASTING if name not in running or running[name].poll() is not None]
    for name in absent:
        running[name] = installation.start(services[name])
    for name in absent:
        installation.wait_healthy(services[name], running[name])
    return running


def secret(installation: Installation, name: str) -> str:
    return (installation.secrets / name).read_text(encoding="ascii")


def test_migrating_again_finds_nothing_to_do(installation: Installation, services: Services) -> None:
    done = installation.run(services["migrate"], services["migrate"].command)
    assert (done.returncode, done.stdout) == (0, "up to date\n")


@pytest.fixture(scope="module")
def administrator(installation: Installation, services: Services) -> subprocess.CompletedProcess[str]:
    """What making the first administrator gave; the installation is in use from here on."""
    cli = services["cli"]
    entry = cli.command[: cli.command.index("--help")]
    return installation.run(cli, (*entry, "admin", "bootstrap"))


def test_the_operators_command_makes_the_first_administrator(
    installation: Installation, services: Services, administrator: subprocess.CompletedProcess[str]
) -> None:
    assert installation.run(services["cli"], services["cli"].command).returncode == 0
    assert administrator.returncode == 0, administrator.stderr
    assert administrator.stdout.startswith("nst_")


@pytest.mark.usefixtures("administrator")
def test_the_backup_is_made_and_a_server_that_is_in_use_is_not_restored_over(
    installation: Installation, services: Services, tmp_path: Path
) -> None:
    service = services["backup"]
    done = installation.run(service, tuple(word.replace("/backups", str(tmp_path)) for word in service.command))
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("*.zip")
    entry = services["restore"].command[: services["restore"].command.index("--help")]
    refused = installation.run(services["restore"], (*entry, str(path)))
    assert (refused.returncode, refused.stderr.partition(":")[0]) == (1, "nastavnik")
    assert "the server is not empty" in refused.stderr


def test_the_api_is_ready_with_both_servers(installation: Installation, processes: Processes) -> None:
    with urllib.request.urlopen(f"http://{installation.bind}/readyz") as answer:
        assert json.load(answer) == {"status": "ready", "postgresql": "ok", "valkey": "ok"}


def test_a_job_goes_the_whole_way_and_valkey_refuses_none_of_its_commands(
    installation: Installation, processes: Processes
) -> None:
    with psycopg.connect(secret(installation, "api_database_url"), row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        programme = make_programme(conn, "Калининский район")
        job = enqueue(
            conn,
            owner=programme,
            kind=AGGREGATE_FEEDBACK,
            args={},
            cause="request:1",
            requested_by=1,
            max_attempts=1,
        )
    end = time.monotonic() + 30
    status = ""
    while status != "done" and time.monotonic() < end:
        time.sleep(0.1)
        with psycopg.connect(secret(installation, "engine_database_url"), row_factory=dict_row) as conn:
            conn.execute("SELECT 1")
            enter(conn, Tenant(programme.municipality_id))
            row = conn.execute("SELECT status FROM job_run WHERE id = %s", (job,)).fetchone()
            assert row is not None
            status = row["status"]
    assert status == "done"
    address = secret(installation, "valkey_engine_url").partition("@")[2]
    operator = f"redis://operator:{secret(installation, 'valkey_operator_password')}@{address}"
    with redis.Redis.from_url(operator) as client:
        assert client.acl_log() == []
        with (
            redis.Redis.from_url(secret(installation, "valkey_engine_url")) as engine,
            pytest.raises(redis.exceptions.NoPermissionError),
        ):
            engine.flushall()
        assert [entry["object"] for entry in client.acl_log()] == ["flushall"]


def test_a_process_not_seen_lately_or_not_running_is_not_alive(
    installation: Installation, processes: Processes
) -> None:
    with psycopg.connect(secret(installation, "engine_database_url"), row_factory=dict_row) as conn:
        pid = processes["dispatcher"].pid
        for host, of, seconds in (("here", pid, 5), ("there", pid, SILENT_SECONDS + 5), ("elsewhere", 2**22 + 1, 5)):
            conn.execute(
                "INSERT INTO worker (id, host, pid, duty, seen_at)"
                " VALUES (%s, %s, %s, 'worker', clock_timestamp() - make_interval(secs => %s))",
                (host, host, of, seconds),
            )
        seen = {host: is_alive(conn, host=host, duty="worker") for host in ("here", "there", "elsewhere")}
        assert seen == {"here": True, "there": False, "elsewhere": False}
        assert not is_alive(conn, host="here", duty="dispatcher")
        conn.rollback()


@pytest.mark.parametrize("name", LASTING)
def test_a_process_ends_in_order_when_told_and_is_unhealthy_whenever_it_is_gone(
    installation: Installation, services: Services, processes: Processes, name: str
) -> None:
    service = services[name]
    assert stop(processes[name], service) == 0
    assert not installation.is_healthy(service)
    processes[name] = installation.start(service)
    installation.wait_healthy(service, processes[name])
    end(processes[name])
    assert not installation.is_healthy(service)


def test_a_health_check_that_cannot_tell_says_so_in_one_line_without_the_address(
    installation: Installation, services: Services, tmp_path: Path
) -> None:
    address = tmp_path / "address"
    address.write_text("postgresql://nastavnik_engine:hidden-from-everybody@127.0.0.1:1/nastavnik", encoding="ascii")
    for name in ("dispatcher", "worker"):
        changed = {"NASTAVNIK_ENGINE_DATABASE_URL_FILE": str(address)}
        done = installation.run(services[name], services[name].health, **changed)
        assert (done.returncode, done.stderr) == (1, "cannot tell: OperationalError\n")


def test_no_process_has_a_secret_in_its_arguments(installation: Installation, processes: Processes) -> None:
    kept = {path.name: path.read_text(encoding="ascii").strip() for path in installation.secrets.iterdir()}
    secrets = {text for name, text in kept.items() if name.endswith(("_password", "_token", "_key"))}
    assert len(secrets) > 8
    ports = [kept[name].rpartition(":")[2].partition("/")[0] for name in ("owner_database_url", "valkey_api_url")]
    ours = [psutil.Process(process.pid) for process in processes.values()]
    families = [*ours, *(child for one in ours for child in one.children(recursive=True))]
    lines = [" ".join(process.cmdline()) for process in families]
    servers = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    lines += [line for line in servers if any(port in line for port in ports)]
    assert len(lines) >= len(LASTING) + 2
    assert [line for line in lines if any(secret in line for secret in secrets)] == []


def test_the_processes_write_nothing_into_their_tree(installation: Installation, processes: Processes) -> None:
    assert listing(installation.tree) == (installation.tree.parent / "listing").read_text(encoding="utf-8")


def stop(process: subprocess.Popen[bytes], service: Service) -> int:
    """SIGTERM, as Compose sends it; returns the exit status. Fails when the grace is not enough."""
    process.send_signal(signal.SIGTERM)
    return process.wait(service.grace)
