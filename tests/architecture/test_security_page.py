"""The page about security names nothing that is not there, and no threat without what shows that it is met."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
THREATS = PAGE[PAGE.index("## Threats") : PAGE.index("## Figures")]


def test_every_test_that_is_named_exists_and_tests_something() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE))
    assert len(named) > 30
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []
    assert [path for path in sorted(named) if "def test_" not in (ROOT / path).read_text(encoding="utf-8")] == []


def test_every_command_that_is_named_exists() -> None:
    modules = set(re.findall(r"python -m ([\w.]+)", PAGE))
    assert modules
    assert [name for name in sorted(modules) if importlib.util.find_spec(name) is None] == []
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", PAGE)) <= targets


def rows() -> list[str]:
    return [line for line in THREATS.splitlines() if line.startswith("| ") and not line.startswith("| threat ")]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.split("|")[1].strip())
def test_every_threat_has_an_answer_and_a_proof(row: str) -> None:
    _, threat, answer, proof, _ = row.split("|")
    assert threat.strip()
    assert len(answer.split()) >= 3
    assert re.search(r"`(tests/|make |python -m )", proof)
