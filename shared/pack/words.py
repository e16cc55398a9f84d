"""The two words every item of a pack carries: its text in both languages and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar


class Provenance(StrEnum):
    """Where an item comes from."""

    ORDER = "order"
    """printed in the order"""
    MEMORY = "memory"
    """from the federal target model, not yet compared with its official text"""
    LOCAL = "local"
    """our own rule or reading"""


@dataclass(frozen=True, slots=True)
class LocalText:
    """One sentence or name in both languages; Russian is what users see first."""

    ru: str
    en: str

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.ru

    def as_json(self) -> dict[str, str]:
        return {"ru": self.ru, "en": self.en}


class Keyed(Protocol):
    """An item found by its key."""

    @property
    def key(self) -> str: ...


KeyedT = TypeVar("KeyedT", bound=Keyed)


def pick(items: Iterable[KeyedT], key: str) -> KeyedT:
    """Return the item with the key; KeyError for a foreign one."""
    for item in items:
        if item.key == key:
            return item
    raise KeyError(key)
