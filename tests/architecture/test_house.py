"""The house keeps its shape: sizes, rights, guards, settings, generated files."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest
from flask import Flask

from services.generated import stale_files
from services.worker.handlers import HANDLERS
from shared.access.model import Role
from shared.access.rights import RIGHTS
from shared.jobs.kinds import KINDS
from shared.pack.guard_names import GUARDS as NAMED
from shared.pack.library import shipped
from shared.programme.guards.registry import GUARDS as DECIDED
from shared.programme.guards.verdict import WAIVERS
from shared.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
CODE = [path for folder in ("services", "shared", "deploy", "bench") for path in sorted((ROOT / folder).rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BANNED = {"utils.py", "helpers.py", "common.py", "manager.py"}
OPEN_RULES = {"/api/v1/openapi.json"}


@pytest.mark.parametrize("path", [*CODE, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_has_at_most_300_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_no_module_is_called_by_an_empty_word() -> None:
    assert [path for path in [*CODE, *TESTS] if path.name in BANNED] == []


def test_a_package_file_holds_a_docstring_and_nothing_to_run() -> None:
    for path in CODE:
        if path.name == "__init__.py":
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert all(isinstance(node, (ast.Expr, ast.ImportFrom, ast.Assign)) for node in body), path


def test_only_settings_reads_the_environment() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for path in CODE
        if re.search(r"os\.environ|os\.getenv", path.read_text(encoding="utf-8"))
    }
    allowed = {"shared/settings.py"}
    assert {name for name in readers if not name.startswith(("deploy/", "bench/"))} <= allowed


def test_every_route_of_the_api_declares_a_right(app: Flask) -> None:
    missing = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/") or rule.rule in OPEN_RULES:
            continue
        right = getattr(app.view_functions[rule.endpoint], "right", None)
        if right not in RIGHTS:
            missing.append((rule.rule, rule.endpoint, right))
    assert missing == []


def test_every_right_is_somebodys_and_every_role_exists() -> None:
    assert all(RIGHTS.values())
    assert {role for roles in RIGHTS.values() for role in roles} == set(Role)


def test_the_guards_a_pack_may_name_are_the_guards_that_are_decided() -> None:
    assert set(NAMED) == set(DECIDED)


def test_a_waiver_has_one_word_in_the_pack_and_in_the_guards() -> None:
    assert [item.key for item in shipped("order_428", 1).catalogues["waivers"].items] == list(WAIVERS)


def test_every_job_kind_has_its_handler() -> None:
    assert set(HANDLERS) == set(KINDS)


def test_there_are_at_most_forty_settings_and_the_readme_lists_them_all() -> None:
    names = {PREFIX + field.name.upper() for field in fields(Settings)}
    assert len(names) <= 40
    table = set(
        re.findall(r"^\| `(NASTAVNIK_[A-Z_]+)`", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert table == names


def test_generated_files_are_fresh() -> None:
    assert stale_files() == []
