"""The check for vulnerabilities is loud when it cannot check: against a real OSV server that knows what a test says."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy.advisories import CANARY, FILES, FOUND, UNCHECKED
from tests.deploy.deploy_files import ROOT

CANARY_NAME, CANARY_VERSION = CANARY.split("==")
ADVISORY = {"id": "GHSA-462w-v97r-4m45", "summary": "x", "modified": "2019-04-10T14:30:24Z", "affected": []}


@contextmanager
def osv(known: Mapping[str, list[dict[str, Any]]] | None) -> Iterator[str]:
    """Serve advisories by package; None: a server that fails. Returns its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = [] if known is None else known.get(asked["package"]["name"], [])
            body = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(500 if known is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


def audit(tmp_path: Path, address: str, requirement: str = "flask==3.1.0") -> subprocess.CompletedProcess[str]:
    """Check one requirement at a server, as `make audit` does all of them at the world's."""
    path = tmp_path / "requirements.txt"
    path.write_text(f"{requirement}\n", encoding="ascii")
    command = [sys.executable, "-m", "deploy.advisories", "--osv-url", address, str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("known", [{}, None], ids=["a source without data", "a source that fails"])
def test_a_source_that_cannot_tell_is_no_clean_bill(
    tmp_path: Path, known: Mapping[str, list[dict[str, Any]]] | None
) -> None:
    with osv(known) as address:
        done = audit(tmp_path, address)
    assert done.returncode == UNCHECKED
    assert "NOT CHECKED" in done.stderr
    assert done.stdout == ""


def test_a_source_that_is_away_is_no_clean_bill(tmp_path: Path) -> None:
    with osv({}) as address:
        pass
    assert audit(tmp_path, address).returncode == UNCHECKED


def test_where_the_canary_sings_a_clean_file_is_clean_and_a_vulnerable_one_is_named(tmp_path: Path) -> None:
    with osv({CANARY_NAME: [ADVISORY]}) as address:
        clean = audit(tmp_path, address)
        found = audit(tmp_path, address, CANARY)
    assert (clean.returncode, clean.stderr) == (0, "")
    assert "0 known" in clean.stdout
    assert found.returncode == FOUND
    assert f"{CANARY_NAME} {CANARY_VERSION}: {ADVISORY['id']}" in found.stdout


def test_every_requirement_file_is_asked_about() -> None:
    written = {str(path.relative_to(ROOT)) for path in (*ROOT.glob("requirements*.txt"), *ROOT.glob("deploy/*.txt"))}
    assert set(FILES) == written
