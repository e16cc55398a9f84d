"""The page of rights for people, made from the one table of rights and the routes that ask for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from flask import Flask

from shared.access.model import Role
from shared.access.rights import ALWAYS_SCOPED, NEVER_SCOPED, READING, RIGHTS, carried

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
SCOPES = """\
## Scopes of tokens

A token may be narrowed to some of its role's rights. A scope is a right by its name, `noun.*` (all rights of the noun)
or `{reading}`: all that is read, but not {named}, to be named apart. Every scope carries {always}. None carries
{never}: whoever manages accounts, their own included, can do more than a scope says. What a scope leaves out is refused
with 403, code `access.scope`.
"""
_COLUMNS = (Role.ADMIN, Role.METHODIST, Role.CURATOR, Role.DIRECTOR, Role.PSYCHOLOGIST, Role.RESPONDENT)


def rights_page(app: Flask) -> str:
    """Return the page in Markdown: a table right x role, then the operations that each right opens."""
    opened = _operations(app)
    lines = [HEAD, f"| right | {' | '.join(role.value for role in _COLUMNS)} |", "|---|" + ":-:|" * len(_COLUMNS)]
    for right, roles in sorted(RIGHTS.items()):
        marks = " | ".join("✓" if role in roles else "" for role in _COLUMNS)
        lines.append(f"| [`{right}`](#{right.replace('.', '')}) | {marks} |")
    lines += ["", _scopes(), "## What each right opens", ""]
    for right in sorted(RIGHTS):
        lines += [f"### {right}", "", *(f"- `{operation}`" for operation in opened[right]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _scopes() -> str:
    left = {right for right in RIGHTS if right.endswith(".read")} - carried((READING,))
    told = {"named": left, "always": ALWAYS_SCOPED, "never": NEVER_SCOPED}
    return SCOPES.format(reading=READING, **{key: _listed(rights) for key, rights in told.items()})


def _listed(rights: Iterable[str]) -> str:
    return ", ".join(f"`{right}`" for right in sorted(rights))


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
