"""Reads the plain part of YAML into a tree that remembers lines; knows nothing of what a pack should hold.

Every scalar stays a string, so YAML's own guesses ('no' is false, '2020-09-23' is a date) never happen.
Anchors, aliases, tags, several documents and repeated fields are mistakes; size, depth and number of values
are bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from shared.pack.problems import Path, Problem, printable, problem

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
MAX_NODES = 20_000
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_DROPPED = "\0"


@dataclass(slots=True)
class Node:
    """A value with the line of its field or item, from 1."""

    value: str | list[Node] | dict[str, Node]
    line: int

    def plain(self) -> Any:
        """Return str, list and dict only."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def line_of(self, path: Path) -> int:
        """Return the line of the path, or of its deepest part that exists."""
        node = self
        for part in path:
            inner = node._inner(part)
            if inner is None:
                break
            node = inner
        return node.line

    def _inner(self, part: str | int) -> Node | None:
        if isinstance(self.value, dict):
            return self.value.get(part) if isinstance(part, str) else None
        if isinstance(self.value, list) and isinstance(part, int) and part < len(self.value):
            return self.value[part]
        return None


@dataclass(slots=True)
class _Open:
    """A collection being read; ``name`` is the field whose value comes next."""

    node: Node
    path: Path
    name: str | None = None
    name_line: int = 0


@dataclass(slots=True)
class _Reader:
    root: Node | None = None
    stack: list[_Open] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    documents: int = 0
    nodes: int = 0
    is_stopped: bool = False

    def read(self, text: str) -> None:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
                if self.is_stopped:
                    return
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or "unreadable character"
            shown = printable(str(reason).replace(":", ","))
            self._report((), mark.line + 1 if mark else 0, f"yaml.syntax:{shown}")

    def _take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._stop(line, "yaml.documents")
        elif isinstance(event, yaml.NodeEvent):
            self._check_node(event, line)
            if not self.is_stopped:
                self._take_node(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(self.stack.pop().node)

    def _take_node(self, event: yaml.NodeEvent, line: int) -> None:
        if isinstance(event, yaml.CollectionStartEvent):
            if len(self.stack) >= MAX_DEPTH:
                self._stop(line, f"yaml.depth:{MAX_DEPTH}")
                return
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            node = Node({} if is_mapping else [], self._line_here(line))
            self.stack.append(_Open(node, self._path_here()))
        else:
            value = event.value if isinstance(event, yaml.ScalarEvent) else ""
            self._close(Node(value, self._line_here(line)))

    def _check_node(self, event: yaml.NodeEvent, line: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._stop(line, f"yaml.nodes:{MAX_NODES}")
        if event.anchor is not None:
            self._report(self._path_here(), line, "yaml.alias")
        if getattr(event, "tag", None) is not None:
            self._report(self._path_here(), line, "yaml.tag")

    def _close(self, node: Node) -> None:
        """Hang a finished value where it belongs."""
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if isinstance(parent.node.value, list):
            parent.node.value.append(node)
        elif isinstance(parent.node.value, dict):
            if parent.name is None:
                self._begin_field(parent, node)
            else:
                if parent.name != _DROPPED:
                    parent.node.value[parent.name] = node
                parent.name = None

    def _begin_field(self, parent: _Open, node: Node) -> None:
        parent.name, parent.name_line = _DROPPED, node.line
        if not isinstance(node.value, str):
            self._report(parent.path, node.line, "yaml.key")
        elif isinstance(parent.node.value, dict) and node.value in parent.node.value:
            self._report((*parent.path, node.value), node.line, "yaml.duplicate")
        elif node.value.startswith(_DROPPED):
            self._report(parent.path, node.line, "yaml.key")
        else:
            parent.name = node.value

    def _path_here(self) -> Path:
        if not self.stack:
            return ()
        parent = self.stack[-1]
        if isinstance(parent.node.value, list):
            return (*parent.path, len(parent.node.value))
        return parent.path if parent.name in (None, _DROPPED) else (*parent.path, str(parent.name))

    def _line_here(self, line: int) -> int:
        is_value = bool(self.stack) and self.stack[-1].name is not None
        return self.stack[-1].name_line if is_value else line

    def _report(self, path: Path, line: int, finding: str) -> None:
        self.problems.append(problem(path, line, finding))

    def _stop(self, line: int, finding: str) -> None:
        self._report(self._path_here(), line, finding)
        self.is_stopped = True


def read_tree(data: str | bytes) -> tuple[Node | None, str, list[Problem]]:
    """Return the tree (None when none is worth checking), the text and the mistakes found on the way."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        size = len(text.encode("utf-8"))
    except UnicodeError:
        return None, "", [problem((), 0, "pack.encoding")]
    if size > MAX_BYTES:
        return None, text, [problem((), 0, f"pack.bytes:{MAX_BYTES}")]
    reader = _Reader()
    reader.read(text)
    if reader.root is None and not reader.problems:
        reader.problems.append(problem((), 0, "pack.empty"))
    return reader.root, text, reader.problems
