"""`python -m bench`: runs everything and writes docs/performance.md; `python -m bench engine` renews its part."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime

from bench import demo, engine, engine_page, facts, limit, machine, recovery, transitions
from bench.page import Run, page
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.stack import DATABASE, ROOT, Stack

PAGE = ROOT / "docs" / "performance.md"


def main(argv: list[str] | None = None) -> int:
    """Measure and write; returns the exit status. A missed target is written down, it is no failure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("all", "engine"), default="all")
    part = parser.parse_args(argv).part
    try:
        text = PAGE.read_text(encoding="utf-8") if part == "engine" else _page()
        text = engine_page.merged(text, _engine())
    except EmbeddedError as error:
        print(f"nastavnik: {error}", file=sys.stderr)
        return 1
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    return 0


def _page() -> str:
    about = machine.look()
    with temporary_data_folder() as folder, Stack(folder / "data") as stack:
        flushes = limit.flushes(stack.postgres)
        print("facts and guards …", flush=True)
        facts_figures = facts.measure(stack.env, stack.postgres.dsn(DATABASE, "postgres"))
        print("transitions and L …", flush=True)
        moves = transitions.measure(stack)
    print("make demo …", flush=True)
    demo_seconds = demo.measure()
    return page(Run(datetime.now(UTC), about, flushes, moves, facts_figures, demo_seconds, os.getloadavg()[0]))


def _engine() -> str:
    about = machine.look()
    with temporary_data_folder() as folder:
        print("job engine …", flush=True)
        figures = engine.measure(folder)
        print(figures, flush=True)
        print("recovery …", flush=True)
        recoveries = recovery.measure(folder)
    return engine_page.section(engine_page.EngineRun(datetime.now(UTC), about, figures, recoveries))


if __name__ == "__main__":
    sys.exit(main())
