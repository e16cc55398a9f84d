"""The stack as a whole, with small real programs in the place of our own, which have their own tests."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import psycopg
import pytest

from deploy.embedded.children import free_port, wait_until
from deploy.embedded.console import Watch, restart_delay
from deploy.embedded.errors import AlreadyRunningError, EmbeddedError, StartFailedError
from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.stack import ROOT, Stack

FAST = {"fsync": "off"}
Make = Callable[..., Stack]


def programs(port: int, **changed: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    serve = ("http.server", "--bind", "127.0.0.1", "--directory", "/var/empty")
    standing = {"api": (*serve, str(port)), "worker": (*serve, "0"), "migrate": ("platform",)}
    return {**standing, **changed}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    port = free_port()
    with (
        temporary_data_folder() as folder,
        Stack(
            folder / "all of it",
            bind=f"127.0.0.1:{port}",
            environment={"NASTAVNIK_LOG_LEVEL": "DEBUG"},
            postgres_settings=FAST,
            start=("api", "worker"),
            commands=programs(port),
        ) as running,
    ):
        yield running


def environment_of(stack: Stack, name: str) -> dict[str, str]:
    return psutil.Process(stack.processes[name].pid).environ()


def test_processes_get_the_settings_but_not_the_owners_address(stack: Stack) -> None:
    env = environment_of(stack, "api")
    assert env["NASTAVNIK_LOG_LEVEL"] == "DEBUG"
    assert env["NASTAVNIK_VALKEY_URL"] == stack.valkey.url
    assert env["NASTAVNIK_BIND"] == stack.bind
    assert "NASTAVNIK_OWNER_DATABASE_URL" in stack.env
    assert "NASTAVNIK_OWNER_DATABASE_URL" not in env
    with psycopg.connect(env["NASTAVNIK_DATABASE_URL"]) as conn:
        assert conn.execute("SELECT current_user, current_database()").fetchone() == (
            "nastavnik_api",
            "nastavnik",
        )
    assert stat.S_IMODE((stack.data_dir / "stack.env").stat().st_mode) == 0o600


def test_a_killed_process_stays_dead_until_it_is_started_again(stack: Stack) -> None:
    first = stack.processes["worker"].pid
    stack.kill_process("worker")
    assert not stack.is_running("worker")
    stack.start_process("worker", env={"NASTAVNIK_FAILPOINT": "after_commit"})
    assert stack.processes["worker"].pid != first
    assert environment_of(stack, "worker")["NASTAVNIK_FAILPOINT"] == "after_commit"
    stack.start_process("worker-2")
    assert stack.is_running("worker-2")
    stack.stop_process("worker-2")
    assert not stack.is_running("worker-2")


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_killed_server_comes_back_at_its_old_address(stack: Stack, name: str) -> None:
    before = (stack.postgres.superuser_dsn, stack.valkey.url)
    stack.kill_process(name)
    assert not stack.is_running(name)
    stack.start_process(name)
    assert stack.is_running(name)
    assert (stack.postgres.superuser_dsn, stack.valkey.url) == before


def test_the_watch_restarts_what_died_and_waits_longer_each_time(stack: Stack) -> None:
    watch = Watch(stack)
    now = time.monotonic()
    stack.kill_process("worker")
    watch.look(now)
    assert stack.is_running("worker")
    stack.kill_process("worker")
    watch.look(now + 1)
    assert not stack.is_running("worker")
    watch.look(now + 2.1)
    assert stack.is_running("worker")
    assert [restart_delay(n) for n in (1, 2, 3, 4, 9)] == [0, 1, 2, 4, 30]


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_the_watch_brings_back_a_server_that_somebody_killed_with_its_data(stack: Stack, name: str) -> None:
    watch = Watch(stack)
    with psycopg.connect(stack.postgres.superuser_dsn, autocommit=True) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        conn.execute("INSERT INTO kept VALUES (%s)", [name])
    first = psutil.Process((stack.postgres if name == "postgres" else stack.valkey).pid)
    first.kill()
    assert wait_until(lambda: not stack.is_running(name), seconds=30)
    watch.look(time.monotonic())
    assert stack.is_running(name)
    assert (stack.postgres if name == "postgres" else stack.valkey).pid != first.pid
    with psycopg.connect(stack.postgres.superuser_dsn) as conn:
        assert conn.execute("SELECT FROM kept WHERE word = %s", [name]).fetchone() == ()


def test_a_second_stack_on_the_same_folder_is_refused(stack: Stack) -> None:
    with pytest.raises(AlreadyRunningError, match=f"Nastavnik in .* under process {os.getpid()}"):
        Stack(stack.data_dir).__enter__()
    assert stack.is_running("api")


def test_a_taken_port_is_refused_before_anything_starts(stack: Stack, data: Path) -> None:
    with pytest.raises(EmbeddedError, match=f"Port {stack.bind[10:]} is taken"):
        Stack(data, bind=stack.bind).__enter__()
    assert not (data / "postgres").exists()


def console(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.embedded.stack", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_a_command_gets_the_settings_of_the_running_stack(stack: Stack, data: Path) -> None:
    show = [sys.executable, "-c", "import os; print(os.environ['NASTAVNIK_BIND'])"]
    done = console("exec", "--data", str(stack.data_dir), "--", *show)
    assert (done.returncode, done.stdout) == (0, f"{stack.bind}\n")
    refused = console("exec", "--data", str(data), "--", *show)
    assert refused.returncode == 1
    assert "Nothing is running on the data in" in refused.stderr


@pytest.mark.parametrize("broken", ["migrate", "worker"])
def test_a_failing_part_is_shown_with_its_words_and_leaves_nothing_running(data: Path, broken: str) -> None:
    port = free_port()
    stack = Stack(
        data,
        bind=f"127.0.0.1:{port}",
        postgres_settings=FAST,
        start=("worker", "api"),
        commands=programs(port, **{broken: ("no_such_module_428",)}),
    )
    with pytest.raises(StartFailedError, match="No module named no_such_module_428"):
        stack.__enter__()
    assert not stack.postgres.is_running
    assert not stack.valkey.is_running
    assert stack.processes == {}


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_a_killed_owner_leaves_nothing_and_the_next_takes_over(data: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from deploy.embedded.stack import Stack\n"
        "from tests.embedded.test_stack import programs\n"
        "stack = Stack(Path(sys.argv[1]), bind='127.0.0.1:' + sys.argv[2], start=('api', 'worker'),\n"
        "    commands=programs(int(sys.argv[2])), postgres_settings={'fsync': 'off'}).__enter__()\n"
        "print('up', flush=True); sys.stdin.read()"
    )
    port = free_port()
    owner = subprocess.Popen(
        [sys.executable, "-c", script, str(data), str(port)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "up\n"
    family = psutil.Process(owner.pid).children(recursive=True)
    assert {process.name() for process in family} >= {"postgres", "valkey-server"}
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    assert wait_until(lambda: not any(process.is_running() for process in family), seconds=15)
    with Stack(
        data,
        bind=f"127.0.0.1:{port}",
        start=("api",),
        commands=programs(port),
        postgres_settings=FAST,
    ) as again:
        assert again.is_running("api")
        with psycopg.connect(again.env["NASTAVNIK_DATABASE_URL"]) as conn:
            assert conn.execute("SELECT current_user").fetchone() == ("nastavnik_api",)
