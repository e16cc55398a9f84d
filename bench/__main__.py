"""`python -m bench`: runs everything and writes docs/performance.md; `engine` or `security` renews that part alone."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime

from bench import (
    demo,
    engine,
    engine_page,
    facts,
    limit,
    machine,
    recovery,
    security,
    security_page,
    transitions,
)
from bench.page import Run, page
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.stack import DATABASE, ROOT, Stack

PAGE = ROOT / "docs" / "performance.md"


def main(argv: list[str] | None = None) -> int:
    """Measure and write; returns the exit status. A missed target is written down, it is no failure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("all", "engine", "security"), default="all")
    part = parser.parse_args(argv).part
    try:
        text = _page() if part == "all" else PAGE.read_text(encoding="utf-8")
        if part in ("all", "security"):
            text = merged(text, _security(), security_page.BEGIN, security_page.END)
        if part in ("all", "engine"):
            text = merged(text, _engine(), engine_page.BEGIN, engine_page.END)
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


def merged(page: str, part: str, begin: str, end: str) -> str:
    """Return the page with the part between two marks replaced, or put at its end."""
    before, found, rest = page.partition(begin)
    if not found:
        return f"{page.rstrip()}\n\n{part}\n"
    return before + part + rest.partition(end)[2]


def _security() -> str:
    about = machine.look()
    print("price of security …", flush=True)
    with temporary_data_folder() as folder, Stack(folder / "data", start=()) as stack:
        costs = security.measure(stack)
    return security_page.section(security_page.SecurityRun(datetime.now(UTC), about, costs))


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
