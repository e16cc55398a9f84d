"""How gunicorn serves the API: processes and threads by the settings, no control socket, one sum of all counters."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from gunicorn.http import wsgi

from services.log_lines import GUNICORN
from shared.settings import load_settings

_settings = load_settings()
bind = _settings.bind
workers = _settings.api_workers
threads = _settings.api_threads
worker_class = "gthread"
control_socket_disable = True
wsgi.SERVER = "nastavnik"  # the header of every answer; not the software's name
keepalive = 30
graceful_timeout = 20
timeout = 60
max_requests = 50_000
max_requests_jitter = 5_000
accesslog = None
errorlog = "-"
logconfig_dict = GUNICORN
preload_app = False

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
if _settings.metrics_token and _FOLDER not in os.environ:
    # The library reads the name when it is imported, which each worker does after its fork.
    os.environ[_FOLDER] = tempfile.mkdtemp(prefix="nastavnik-metrics-")


def child_exit(server: Any, worker: Any) -> None:
    """Keep what a process has counted that is gone, in one file for all of them."""
    if _FOLDER in os.environ:
        from services.api.counter_files import absorb

        living = {process.pid for process in server.WORKERS.values()} - {worker.pid}
        absorb(Path(os.environ[_FOLDER]), living=living)


def on_exit(_server: Any) -> None:
    """Take the counters' files away."""
    if _FOLDER in os.environ:
        shutil.rmtree(os.environ[_FOLDER], ignore_errors=True)
