"""A small HTTP server that shows a registry at /metrics from a thread; knows no metric and keeps no connection.

It is for the private network of the installation: it asks for no token and says nothing about anybody.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from services.worker.logs import Log
from shared.settings import SettingInvalid

_AGAIN_SECONDS = 5.0


def serve(bind: str, registry: CollectorRegistry, log: Log, *, before: Callable[[], None] = lambda: None) -> None:
    """Show the registry on host:port until the process ends; ``before`` runs ahead of every answer.

    An address that is taken is told once and tried again. SettingInvalid when it is not of the form host:port.
    """
    host, _, port = bind.rpartition(":")
    if not (host and port.isdigit() and 0 < int(port) < 65536):
        raise SettingInvalid("NASTAVNIK_METRICS_BIND: host:port is needed")
    address = (host.strip("[]"), int(port))
    handler = _handler(registry, before)
    threading.Thread(target=_run, args=(address, handler, log), name="metrics", daemon=True).start()


def _run(address: tuple[str, int], handler: type[BaseHTTPRequestHandler], log: Log) -> None:
    is_told = False
    while True:
        try:
            with ThreadingHTTPServer(address, handler) as server:
                server.serve_forever()
        except OSError as error:
            if not is_told:
                log.warning("metrics_address_taken", port=address[1], error=type(error).__name__)
            is_told = True
            time.sleep(_AGAIN_SECONDS)


def _handler(registry: CollectorRegistry, before: Callable[[], None]) -> type[BaseHTTPRequestHandler]:
    class Shown(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self.send_error(404)
                return
            before()
            content = generate_latest(registry)
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE_LATEST)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """A scrape every few seconds is no event."""

    return Shown
