"""What leaves the house goes through one door for each form: files for spreadsheets, markup, processes."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = [path for folder in ("services", "shared") for path in sorted((ROOT / folder).rglob("*.py"))]
TEMPLATES = sorted((ROOT / "services/api/console/templates").glob("*.html"))


def places(pattern: str, among: list[Path]) -> set[str]:
    """Return the files in which something matches."""
    found = re.compile(pattern, re.MULTILINE)
    return {str(path.relative_to(ROOT)) for path in among if found.search(path.read_text(encoding="utf-8"))}


def test_one_module_writes_files_for_spreadsheets_and_it_disarms_formulas() -> None:
    assert places(r"csv\.(writer|DictWriter)|xlsxwriter|openpyxl", CODE) == {"shared/roster/exports.py"}
    assert "disarmed" in (ROOT / "shared/roster/exports.py").read_text(encoding="utf-8")


def test_no_code_makes_markup_out_of_text() -> None:
    assert places(r"\bMarkup\(|render_template_string|autoescape|mark_safe", CODE) == set()


def test_a_template_trusts_nothing_but_our_own_drawings() -> None:
    trusted = {
        f"{path.name}: {match.split('|')[0].strip()}"
        for path in TEMPLATES
        for match in re.findall(r"\{\{([^}]*\|\s*safe[^}]*)\}\}", path.read_text(encoding="utf-8"))
    }
    assert trusted <= {"programme.html: page.diagram", "factor.html: picture"}


def test_nothing_unpacks_or_parses_what_was_uploaded_but_csv_json_and_plain_yaml() -> None:
    assert places(r"^\s*(import|from) (zipfile|tarfile|pickle|marshal|shelve|xml|lxml|calamine)\b", CODE) == set()
    assert places(r"yaml\.(load|unsafe_load|full_load|Loader)\b", CODE) == set()
