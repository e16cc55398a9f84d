"""The files of the repository that are made from code: written here, and told apart from stale ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from services.api.app import create_app
from services.readme import decisions_page, readme
from services.rights_page import rights_page
from shared.pack.library import shipped
from shared.programme.workflow_page import workflow_page
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


def contents() -> Mapping[Path, str]:
    """Return path -> text of every generated file."""
    pack = shipped("order_428", 1)
    app = create_app(Settings(database_url="unused", respondent_database_url="unused", environment="development"))
    return {
        Path("README.md"): readme((ROOT / "README.md").read_text(encoding="utf-8"), pack),
        Path("docs/workflow.md"): workflow_page(pack),
        Path("docs/decisions/README.md"): decisions_page(),
        Path("docs/rights.md"): rights_page(app),
        Path("docs/api/openapi.json"): openapi_text(app),
    }


def openapi_text(app: Flask) -> str:
    """Return the OpenAPI document as it is served, indented for reading."""
    with app.test_client() as client:
        document = client.get("/api/v1/openapi.json").get_json()
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def stale_files() -> list[Path]:
    """Return the generated files whose content is not what the code makes now."""
    return [path for path, text in contents().items() if not _same(ROOT / path, text)]


def write_files() -> list[Path]:
    """Write the stale ones; returns their paths."""
    stale = stale_files()
    made = contents()
    for path in stale:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(made[path], encoding="utf-8")
    return stale


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
