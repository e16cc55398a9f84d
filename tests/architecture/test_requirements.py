"""What is installed is what was resolved: every line a version and its hashes, from no place but the index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*ROOT.glob("requirements*.txt"), *(ROOT / "deploy").glob("requirements*.txt")])
LINE = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9._-]*)(\[[a-z0-9,_-]+\])?==[0-9][0-9a-z.+!]*( ; [^\\@]+)?( --hash=sha256:[0-9a-f]{64})+"
)
ELSEWHERE = re.compile(r"(?:^|\s)(?:-e|-f|-i|--(?!hash)[a-z-]+)\b|@|://|\bgit\+")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_requirement_is_a_version_with_its_hashes_and_from_nowhere_else(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.replace(" \\\n   ", "").splitlines() if line and not line.lstrip().startswith("#")]
    assert lines
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert [line for line in lines if ELSEWHERE.search(line)] == []
    names = [match["name"] for line in lines if " ; " not in line and (match := LINE.fullmatch(line))]
    assert len(set(names)) == len(names), "one version of each"


def test_floors_name_packages_and_no_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    groups += project["dependency-groups"].values()
    named = [line for group in groups for line in group]
    assert len(named) > 30
    assert [line for line in named if not re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?>=[0-9.]+", line)] == []
    assert "uv" not in project.get("tool", {}), "sources and indexes are settings of uv"


def test_the_files_are_those_that_the_makefile_resolves() -> None:
    resolved = set(re.findall(r"-o (\S+\.txt)", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert {str(path.relative_to(ROOT)) for path in FILES} == resolved
