"""How a blocking test is written down: one fact taken away, and exactly what turns unmet by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.pack.model import Pack
from tests.builders_world import World
from tests.db.facts.asking import unmet


@dataclass(frozen=True)
class Block:
    """``take`` removes one named fact; ``guard`` (``activity/name``) then says ``code`` and names ``missing``.

    In ``missing`` a ``#name`` stands for the id of the world's row. ``dependents`` turn unmet by the same fact.
    """

    guard: str
    take: Callable[[World], object]
    code: str
    missing: tuple[str, ...] = ()
    of: int | None = None
    dependents: Mapping[str, str] = field(default_factory=dict)


def ended(name: str) -> Callable[[World], object]:
    """Take a row away."""
    return lambda world: world.end(name)


def changed(name: str, **values: Any) -> Callable[[World], object]:
    """Take a part of a row away."""
    return lambda world: world.change(name, **values)


def check(world: World, pack: Pack, block: Block) -> None:
    """Take the fact away and demand exactly the blockers written down."""
    block.take(world)
    found = unmet(world, pack)
    assert {key: verdict.code for key, verdict in found.items()} == {
        block.guard: block.code,
        **block.dependents,
    }
    verdict = found[block.guard]
    assert verdict.missing == tuple(_resolved(world, item) for item in block.missing)
    assert verdict.count == (len(block.missing) or None)
    if block.of is not None:
        assert verdict.of == block.of


def _resolved(world: World, item: str) -> int | str:
    prefix, mark, name = item.partition("#")
    if not mark:
        return item
    return f"{prefix}{world.id(name)}" if prefix else world.id(name)
