"""The page of rights for people, made from the one table of rights and the routes that ask for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from flask import Flask

from shared.access.model import Role
from shared.access.rights import RIGHTS

HEAD = """\
# Rights

Generated from `shared/access/rights.py` and the routes by `python -m services.cli generate`; do not edit.

Who is not ticked is refused with 403, also when the table does not name the right at all: what is not allowed is
forbidden, and a route without a right fails a test. A right says what may be done, the tenant where: staff of a school
act inside that school, the methodist inside the municipality, the administrator inside the municipality named in
the request. A row outside of it is answered with 404, as if it did not exist, whatever the rights.

The methodist sees the figures and documents of all schools, not the people behind them. `respondent` is whoever holds a
personal link: the one thing it is about, until it expires.
"""
_COLUMNS = (Role.ADMIN, Role.METHODIST, Role.CURATOR, Role.DIRECTOR, Role.PSYCHOLOGIST, Role.RESPONDENT)


def rights_page(app: Flask) -> str:
    """Return the page in Markdown: a table right x role, then the operations that each right opens."""
    opened = _operations(app)
    lines = [HEAD, f"| right | {' | '.join(role.value for role in _COLUMNS)} |", "|---|" + ":-:|" * len(_COLUMNS)]
    for right, roles in sorted(RIGHTS.items()):
        marks = " | ".join("✓" if role in roles else "" for role in _COLUMNS)
        lines.append(f"| [`{right}`](#{right.replace('.', '')}) | {marks} |")
    lines += ["", "## What each right opens", ""]
    for right in sorted(RIGHTS):
        lines += [f"### {right}", "", *(f"- `{operation}`" for operation in opened[right]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _operations(app: Flask) -> Mapping[str, list[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for right, operation in _declared(app):
        found[right].add(operation)
    return defaultdict(list, {right: sorted(operations) for right, operations in found.items()})


def _declared(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            # flask-smorest serves the methods of one address from one class.
            target = getattr(getattr(view, "view_class", None), method.lower(), view)
            right = getattr(target, "right", None)
            if right is not None:
                yield right, f"{method} {rule.rule.replace('<id:', '{').replace('<uuid:', '{').replace('>', '}')}"
