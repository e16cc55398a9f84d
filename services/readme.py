"""The generated parts of the README and the list of decisions: diagram, table of settings, index.

Knows the markers that stand around a generated part; what stands outside of them is written by hand.
"""

from __future__ import annotations

import ast
import re
from dataclasses import MISSING, fields
from itertools import pairwise
from pathlib import Path

from shared.pack.model import Pack
from shared.programme.diagram import mermaid
from shared.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[1]


class MarkerMissingError(ValueError):
    """A page does not hold both markers of a generated part; the message names the part."""


def readme(text: str, pack: Pack) -> str:
    """Return the README's text with its generated parts made anew. MarkerMissingError."""
    diagram = f"```mermaid\n{mermaid(pack, 'en').rstrip()}\n```"
    return filled(filled(text, "diagram", diagram), "settings", settings_table())


def filled(text: str, part: str, content: str) -> str:
    """Return the text with what stands between the part's markers replaced. MarkerMissingError."""
    begin, end = f"<!-- begin generated: {part} -->", f"<!-- end generated: {part} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise MarkerMissingError(f"README.md needs the markers of the part {part!r} once each")
    head, rest = text.split(begin)
    return f"{head}{begin}\n{content}\n{end}{rest.split(end)[1]}"


def settings_table() -> str:
    """Return a row a setting: name, default, and the line that stands under it in shared/settings.py."""
    meanings = _meanings()
    lines = ["| setting | default | meaning |", "|---|---|---|"]
    for field in fields(Settings):
        default = "" if field.default in ("", MISSING) else f"`{field.default}`"
        lines.append(f"| `{PREFIX}{field.name.upper()}` | {default} | {_cell(meanings[field.name])} |")
    return "\n".join(lines)


def decisions_page() -> str:
    """Return docs/decisions/README.md: a line a decision, by number."""
    lines = [
        "# Decisions",
        "",
        "One page a decision: what was asked (or the context), what was decided, why, and what follows or costs.",
        "A decision that is given up stays, with a line that names its successor. Numbers are never used twice.",
        "This list is generated (`python -m services.cli generate`).",
        "",
        "| number | decision |",
        "|---|---|",
    ]
    for path in sorted((ROOT / "docs/decisions").glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0]
        match = re.fullmatch(r"# (\d{4})\. (.+)", title)
        if match is None:
            raise ValueError(f"{path.name}: the first line must be '# NNNN. Title'")
        lines.append(f"| [{match[1]}]({path.name}) | {_cell(match[2])} |")
    return "\n".join(lines) + "\n"


def _meanings() -> dict[str, str]:
    """Return field -> the string literal that follows it in the class."""
    tree = ast.parse((ROOT / "shared/settings.py").read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    found = {}
    for field, after in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            found[field.target.id] = str(ast.literal_eval(after.value))
    return found


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
