"""The documents say what is so: links lead somewhere, targets and tables that they name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.readme import MarkerMissingError, filled

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert named <= targets


def test_the_glossary_names_tables_that_exist() -> None:
    migrations = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "shared/db/migrations").glob("*.sql"))
    tables = set(re.findall(r"CREATE TABLE (\w+)", migrations))
    cells = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = {
        name for cell in cells for group in re.findall(r"\((`[^)]+)\)", cell) for name in re.findall(r"`(\w+)`", group)
    }
    assert named - {"dry_run"} <= tables
    internal = {"idempotency", "audit", "worker", "outbox", "schedule_tick", "calendar_day", "person_grade"}
    assert tables - named - internal - {"record_template", "programme_record_template"} == set()


def test_a_page_without_its_markers_is_told_so() -> None:
    assert filled("a <!-- begin generated: x -->old<!-- end generated: x --> b", "x", "new") == (
        "a <!-- begin generated: x -->\nnew\n<!-- end generated: x --> b"
    )
    with pytest.raises(MarkerMissingError, match="'settings'"):
        filled("# A page", "settings", "| a |")
