"""Reads a pack from YAML and reports every mistake at once with its place; knows no files and no database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from marshmallow import ValidationError

from shared.pack.build import build_pack
from shared.pack.model import Pack
from shared.pack.problems import PackInvalid, Path, Problem, problem
from shared.pack.rules import check_stages
from shared.pack.rules_instruments import (
    check_catalogues,
    check_forms,
    check_questionnaires,
    check_reward,
    check_rules,
    check_scoring,
)
from shared.pack.schema import PackSchema
from shared.pack.yaml_tree import Node, read_tree

__all__ = ["PackInvalid", "Problem", "load_pack"]

_RULES = (
    check_stages,
    check_forms,
    check_questionnaires,
    check_rules,
    check_scoring,
    check_reward,
    check_catalogues,
)


def load_pack(text: str | bytes) -> Pack:
    """Return the pack written in ``text`` (YAML, UTF-8, at most 256 KiB).

    Raises PackInvalid, whose ``problems`` are all the mistakes with path, line, code and both sentences.
    """
    root, source, problems = read_tree(text)
    if root is None:
        raise PackInvalid(problems)
    data, found = _check(root)
    problems += _without_echoes(root, found, problems)
    if problems or data is None:
        raise PackInvalid(problems)
    return build_pack(data, text=source, checksum=hashlib.sha256(source.encode("utf-8")).hexdigest())


def _check(root: Node) -> tuple[Mapping[str, Any] | None, list[tuple[Path, str]]]:
    raw = root.plain()
    try:
        data: Mapping[str, Any] | None = PackSchema().load(raw)
        found: list[tuple[Path, str]] = []
    except ValidationError as error:
        data, found = None, list(_leaves(error.messages, ()))
    if isinstance(raw, dict):
        found += chain.from_iterable(rule(raw) for rule in _RULES)
    return data, found


def _without_echoes(root: Node, found: list[tuple[Path, str]], known: list[Problem]) -> Iterator[Problem]:
    """Leave out a finding at a place that has one: an alias is no wrong value as well."""
    places = {(item.path, item.line) for item in known}
    for path, finding in found:
        item = problem(path, root.line_of(path), finding)
        if (item.path, item.line) not in places:
            places.add((item.path, item.line))
            yield item


def _leaves(messages: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Flatten marshmallow's nested messages; '_schema' stands for the place itself."""
    if isinstance(messages, dict):
        for part, inner in messages.items():
            yield from _leaves(inner, path if part == "_schema" else (*path, part))
    elif isinstance(messages, list):
        for message in messages:
            yield from _leaves(message, path)
    else:
        yield path, str(messages)
