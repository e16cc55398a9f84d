"""`python -m services.worker dispatcher|worker`: the entry point of the engine's processes."""

from __future__ import annotations

import argparse
import sys

from services.worker import metrics
from services.worker.logs import configure
from services.worker.wakeups import QUEUE
from shared.settings import SettingInvalid, load_settings


def main(argv: list[str] | None = None) -> int:
    """Run one process until it is told to stop; 2 for a setting that is missing or wrong."""
    parser = argparse.ArgumentParser(prog="python -m services.worker", description=__doc__)
    parser.add_argument("duty", choices=("dispatcher", "worker"))
    parser.add_argument("--queue", default=QUEUE, help=f"name of the queue (default: {QUEUE})")
    parser.add_argument("--burst", action="store_true", help="worker: end when the queue is empty")
    asked = parser.parse_args(argv)
    try:
        settings = load_settings()
        log = configure(settings, asked.duty)
        metrics.begin(settings, asked.duty, log)
        # Imported late: a dispatcher needs none of the libraries that the kinds of jobs compute with.
        if asked.duty == "dispatcher":
            from services.worker.dispatcher import Dispatcher
            from services.worker.engine import Runtime, new_name

            Dispatcher(Runtime(settings, new_name("dispatcher"), log), queue=asked.queue).run()
        else:
            from services.worker.worker import WorkerProcess

            WorkerProcess(settings, log, queue=asked.queue, burst=asked.burst).run()
    except SettingInvalid as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
