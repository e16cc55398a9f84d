"""The packs shipped with the product, verified against the lock; knows no uploaded pack and no database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from shared.errors import NotFound
from shared.pack.load import load_pack
from shared.pack.model import Pack

FOLDER = Path(__file__).parent / "library"
LOCK = FOLDER / "checksums.lock"


class PackAlteredError(RuntimeError):
    """A shipped pack differs from its released bytes: the installation is damaged or was edited."""


def shipped_packs() -> tuple[Pack, ...]:
    """Return every released pack. Raises PackAlteredError when a file is not as released."""
    return tuple(shipped(code, version) for code, version in sorted(released()))


@lru_cache(maxsize=64)
def shipped(code: str, version: int) -> Pack:
    """Return one released pack. Raises NotFound for an unknown one, PackAlteredError for changed bytes."""
    locked = released().get((code, version))
    if locked is None:
        raise NotFound
    name, checksum = locked
    data = (FOLDER / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != checksum:
        raise PackAlteredError(f"{name} is not the released file; make a new version instead of editing it")
    pack = load_pack(data)
    if (pack.code, pack.version) != (code, version):
        raise PackAlteredError(f"{name} calls itself {pack.code} version {pack.version}")
    return pack


@lru_cache(maxsize=1)
def released() -> Mapping[tuple[str, int], tuple[str, str]]:
    """Return file name and sha256 by code and version, as the lock lists them ('<sha256>  code.v1.yaml')."""
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for line in LOCK.read_text(encoding="ascii").splitlines():
        checksum, name = line.split()
        code, version = name.removesuffix(".yaml").rsplit(".v", 1)
        found[code, int(version)] = (name, checksum)
    return MappingProxyType(found)
