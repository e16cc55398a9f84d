"""The served API under hostile bodies: cut off at its limit however they are sent, memory bounded, its name unsaid."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psutil
import pytest

from deploy.embedded import children
from deploy.embedded.databases import settings_of
from tests.api.beginnings import begin
from tests.api.hostile_files import UNPACKED, no_csv
from tests.conftest import ConnAs
from tests.deploy.deploy_files import ROOT
from tests.http import Api

LIMIT = 8 * 1024 * 1024
GROWTH = 120 * 1024 * 1024
"""Bytes that a process may grow by over all of this; its share of the container's memory is 512 MiB."""


@dataclass(frozen=True, slots=True)
class Served:
    """One gunicorn with one process; ``path`` is the import of a programme's mentees."""

    port: int
    process: psutil.Process
    token: str
    path: str

    def send(self, body: Any, *, chunked: bool = False, **headers: str) -> http.client.HTTPResponse:
        """Send a body; an iterable goes in chunks, without Content-Length."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "text/csv", **headers}
        connection.request("POST", self.path, body=body, headers=sent, encode_chunked=chunked)
        answer = connection.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined]
        connection.close()
        return answer

    def peak(self) -> int:
        """The most memory that its working process has had, in bytes."""
        (worker,) = self.process.children()
        with open(f"/proc/{worker.pid}/status", encoding="ascii") as file:  # noqa: PTH123
            (kib,) = [line.split()[1] for line in file if line.startswith("VmHWM:")]
        return int(kib) * 1024


@pytest.fixture
def served(api: Api, dsns: dict[str, str]) -> Iterator[Served]:
    """Gunicorn as it is deployed, on the test's database."""
    beginning = begin(api)
    port = children.free_port()
    env = {
        **settings_of(dsns),
        "PATH": os.defpath,
        "NASTAVNIK_ENVIRONMENT": "test",
        "NASTAVNIK_BIND": f"127.0.0.1:{port}",
        "NASTAVNIK_API_WORKERS": "1",
        "NASTAVNIK_API_THREADS": "2",
        "NASTAVNIK_LOG_LEVEL": "ERROR",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "services.api.wsgi:app"]
    with subprocess.Popen(command, cwd=ROOT, env=env) as process:
        try:
            assert children.wait_until(lambda: answers(port), seconds=60)
            path = f"/api/v1{beginning.path}/mentees:import"
            yield Served(port, psutil.Process(process.pid), beginning.curator.token, path)
        finally:
            process.terminate()


def answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False


def endless(first: bytes) -> Iterator[bytes]:
    """More than the limit, in pieces."""
    yield first
    for _ in range(LIMIT // 65536 + 4):
        yield b"x" * 65536


def people(conn_as: ConnAs) -> int:
    conn = conn_as("owner", None)
    conn.execute("ALTER TABLE person NO FORCE ROW LEVEL SECURITY")
    row = conn.execute("SELECT count(*) AS n FROM person").fetchone()
    conn.rollback()
    assert row is not None
    return int(row["n"])


def test_hostile_bodies_are_cut_off_and_cost_bounded_memory(served: Served, conn_as: ConnAs) -> None:
    before, had = served.peak(), people(conn_as)
    for name, (body, code) in no_csv().items():
        answer = served.send(body)
        told = json.loads(answer.body)  # type: ignore[attr-defined]
        assert (answer.status, [one["code"] for one in told["errors"]]) == (422, [code]), name
        assert answer.headers["Server"] == "nastavnik", "the server's software and version are nobody's business"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for announced in (str(LIMIT + 1), "99999999999999"):
        status = refused_at_once(served, announced)
        assert status == 413
    for first in (b"PK\x03\x04", "ФИО\n".encode()):
        try:
            answer = served.send(endless(first), chunked=True, **{"Transfer-Encoding": "chunked"})
        except (BrokenPipeError, ConnectionResetError):
            continue  # cut off while it was still being sent
        assert answer.status == 413
        assert json.loads(answer.body)["code"] == "body.too_large"  # type: ignore[attr-defined]
    assert answers(served.port)
    assert people(conn_as) == had
    assert served.peak() - before < GROWTH
    assert GROWTH < UNPACKED, "had the bomb been unpacked, it would show"


def refused_at_once(served: Served, announced: str) -> int:
    """Announce a body and send none of it; return the status that comes nevertheless."""
    head = (
        f"POST {served.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {served.token}\r\n"
        f"Content-Type: text/csv\r\nContent-Length: {announced}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        connection.sendall(head.encode())
        return int(connection.recv(4096).split(b" ", 2)[1])
