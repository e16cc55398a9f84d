"""Released packs stay as they were released."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.errors import NotFound
from shared.pack import library
from shared.pack.library import FOLDER, LOCK, PackAlteredError, released, shipped, shipped_packs


@pytest.fixture
def copied_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A library of its own in a temporary folder, with the caches emptied around the test."""
    for file in (LOCK, FOLDER / "order_428.v1.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    monkeypatch.setattr(library, "LOCK", tmp_path / LOCK.name)
    shipped.cache_clear()
    released.cache_clear()
    yield tmp_path
    shipped.cache_clear()
    released.cache_clear()


def test_every_pack_file_is_locked_and_every_locked_pack_is_unchanged() -> None:
    locked = dict(released().values())
    assert set(locked) == {file.name for file in FOLDER.glob("*.yaml")}
    for name, checksum in locked.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == checksum, f"{name} was edited"


def test_the_shipped_pack_is_read_once_and_keeps_its_bytes() -> None:
    pack = shipped("order_428", 1)
    assert pack is shipped("order_428", 1)
    assert pack.text.encode() == (FOLDER / "order_428.v1.yaml").read_bytes()
    assert pack.checksum == released()["order_428", 1][1]
    assert pack in shipped_packs()


def test_an_unknown_pack_is_not_found() -> None:
    with pytest.raises(NotFound):
        shipped("order_428", 2)


def test_an_edited_pack_is_refused(copied_library: Path) -> None:
    file = copied_library / "order_428.v1.yaml"
    file.write_bytes(file.read_bytes().replace("до 31 ноября".encode(), "до 30 ноября".encode()))
    with pytest.raises(PackAlteredError, match=r"order_428\.v1\.yaml"):
        shipped("order_428", 1)


def test_a_pack_that_calls_itself_otherwise_is_refused(copied_library: Path) -> None:
    text = (copied_library / "order_428.v1.yaml").read_bytes()
    (copied_library / "order_428.v2.yaml").write_bytes(text)
    checksum = hashlib.sha256(text).hexdigest()
    (copied_library / LOCK.name).write_text(f"{checksum}  order_428.v2.yaml\n", encoding="ascii")
    with pytest.raises(PackAlteredError, match="version 1"):
        shipped("order_428", 2)
