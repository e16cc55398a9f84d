"""Asks every guard of the pack in one go, for the tests of facts."""

from __future__ import annotations

from shared.pack.model import Pack
from shared.programme.facts import load_facts
from shared.programme.guards.verdict import Verdict
from shared.programme.machine import COMPLETE
from shared.programme.report import activity_status, carried_statuses, evaluate
from tests.builders_world import World

LIVE = "complete/pairs_finished"
"""The one guard that is unmet in the whole world: one pair still works."""


def ask(world: World, pack: Pack) -> dict[str, Verdict]:
    """Return each guard's verdict by ``activity/guard``, those of completion by ``complete/guard``."""
    facts = load_facts(world.conn, world.programme_id)
    found = {
        f"{line.activity}/{line.guard}": line.verdict
        for status in (*activity_status(pack, facts), *carried_statuses(pack, facts))
        for line in status.lines
    }
    names = [ref.name for ref in pack.complete]
    report = evaluate(pack, facts, leaving=None, trigger=COMPLETE)
    for line in report.lines[len(report.lines) - len(names) :]:
        found[f"complete/{line.guard}"] = line.verdict
    return found


def unmet(world: World, pack: Pack) -> dict[str, Verdict]:
    """Return the unmet guards but for the one that the world leaves open."""
    return {key: verdict for key, verdict in ask(world, pack).items() if not verdict.met and key != LIVE}
