"""`python -m bench`: runs everything in one go and writes docs/performance.md."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from bench import demo, facts, limit, machine, transitions
from bench.page import Run, page
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.stack import DATABASE, ROOT, Stack


def main() -> int:
    """Measure and write; returns the exit status. A missed target is written down, it is no failure."""
    about = machine.look()
    try:
        with temporary_data_folder() as folder, Stack(folder / "data") as stack:
            flushes = limit.flushes(stack.postgres)
            print("facts and guards …", flush=True)
            facts_figures = facts.measure(stack.env, stack.postgres.dsn(DATABASE, "postgres"))
            print("transitions and L …", flush=True)
            moves = transitions.measure(stack)
        print("make demo …", flush=True)
        demo_seconds = demo.measure()
    except EmbeddedError as error:
        print(f"nastavnik: {error}", file=sys.stderr)
        return 1
    text = page(Run(datetime.now(UTC), about, flushes, moves, facts_figures, demo_seconds, os.getloadavg()[0]))
    path = ROOT / "docs" / "performance.md"
    path.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
