"""Valkey as a child process, really killed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import redis

from deploy.embedded import valkey
from deploy.embedded.binaries import EmbeddedSettings, Places
from deploy.embedded.children import wait_until
from deploy.embedded.errors import AlreadyRunningError, NoServerFoundError, StartFailedError
from tests.embedded.conftest import Owner, suspend


def put(url: str) -> None:
    """Write a key and wait until it is on disk."""
    with redis.Redis.from_url(url) as client:
        client.set("order", "428")
        client.execute_command("WAITAOF", 1, 0, 5000)


def get(url: str) -> object:
    with redis.Redis.from_url(url) as client:
        return client.get("order")


def test_it_keeps_jobs_safe_and_asks_for_a_password(data: Path) -> None:
    with valkey.start(data) as server:
        with redis.Redis.from_url(server.url) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("appendonly") == {"appendonly": "yes"}
            assert client.config_get("appendfsync") == {"appendfsync": "everysec"}
            assert client.config_get("bind") == {"bind": "127.0.0.1"}
        with pytest.raises(redis.AuthenticationError), redis.Redis(port=server.port) as stranger:
            stranger.ping()
    assert not server.is_running


def test_data_survive_a_stop_and_a_sigkill(data: Path) -> None:
    with valkey.start(data) as server:
        put(server.url)
    server = valkey.start(data)
    assert get(server.url) == b"428"
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert wait_until(lambda: not server.is_running, seconds=30)
    server.kill()
    with valkey.start(data, port=server.port) as server:
        assert get(server.url) == b"428"


def test_without_a_log_nothing_is_kept(data: Path) -> None:
    with valkey.start(data, appendonly=False) as server, redis.Redis.from_url(server.url) as client:
        client.set("order", "428")
    with valkey.start(data, appendonly=False) as server:
        assert get(server.url) is None


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_it_ends_when_its_owner_is_killed(data: Path, own: Callable[..., Owner]) -> None:
    owner, server, _ = own("valkey", data)
    owner.kill()
    owner.wait()
    assert wait_until(lambda: not server.is_running(), seconds=30)


def test_an_orphan_is_stopped_and_its_data_taken_over(data: Path, own: Callable[..., Owner]) -> None:
    owner, orphan, url = own("valkey", data)
    put(url)
    suspend(orphan)
    owner.kill()
    owner.wait()
    assert orphan.status() == psutil.STATUS_STOPPED
    with valkey.start(data) as server:
        assert not orphan.is_running()
        assert get(server.url) == b"428"


def test_a_stale_pid_file_of_a_foreign_process_harms_nobody(data: Path) -> None:
    with valkey.start(data):
        pass
    (data / "valkey.pid").write_text(f"{os.getppid()}\n", encoding="ascii")
    with valkey.start(data) as server:
        assert server.is_running
    assert psutil.pid_exists(os.getppid())


def test_a_second_owner_is_refused_while_the_first_lives(data: Path) -> None:
    with valkey.start(data), pytest.raises(AlreadyRunningError, match=f"process {os.getpid()}"):
        valkey.start(data)


def test_a_port_in_use_is_named_with_the_servers_own_words(data: Path) -> None:
    with valkey.start(data / "one") as server:
        words = rf"port {server.port}[\s\S]*in use"
        with pytest.raises(StartFailedError, match=words):
            valkey.start(data / "two", port=server.port)


def test_nothing_that_fits_gives_one_sentence_naming_the_platform(data: Path) -> None:
    nowhere = Places(path="", system_folders=(), find_package=lambda _name: None)
    with pytest.raises(NoServerFoundError, match=r"No Valkey for \w+ on \w+: .* EMBEDDED_VALKEY_URL"):
        valkey.start(data, settings=EmbeddedSettings(), places=nowhere)
    with pytest.raises(NoServerFoundError, match="EMBEDDED_VALKEY_BIN"):
        valkey.start(data, settings=EmbeddedSettings(valkey_bin=Path(sys.executable)))


def test_a_url_means_a_server_that_is_not_ours_to_stop(data: Path) -> None:
    with valkey.start(data / "theirs") as theirs:
        with valkey.start(data / "ours", settings=EmbeddedSettings(valkey_url=theirs.url)) as joined:
            assert joined.url == theirs.url
            assert joined.pid is None
        assert theirs.is_running
