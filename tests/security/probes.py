"""What is tried on every route: the victim's ids in paths, queries and bodies; knows the OpenAPI document and the
pages' addresses, sends nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask

from services.api.auth import COOKIE, MUNICIPALITY_FIELD, MUNICIPALITY_HEADER
from services.api.console.own_forms import FIELD, form_mark
from tests.contract.world import FIXED, table_of
from tests.security.bodies import NOWHERE, Body, Rows, Schemas, id_of, referred, written
from tests.security.scene import MUNICIPALITY, OUTSIDE, Scene, Walker

METHODS = ("get", "post", "put", "patch", "delete")
NOT_PAGES = ("/api/", "/static/", "/livez", "/readyz", "/metrics")
"""Beginnings of addresses that are the API's, files of ours, or figures of the process: none of them knows a tenant."""
FORM = "application/x-www-form-urlencoded"
ROUNDS = 2
"""Rows of each table that a long walk takes."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One way into the system: of the API's document, or a page. ``right`` '' for a page, which names it in its code.

    ``leaf``: the table whose rows it is about, '' for none.
    """

    method: str
    path: str
    label: str
    right: str = ""
    queries: tuple[str, ...] = ()
    body: Body | None = None
    needs_version: bool = False
    leaf: str = ""

    @property
    def is_page(self) -> bool:
        """Whether a browser asks for it."""
        return not self.path.startswith("/api/")

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters in the path."""
        return re.findall(r"\{(\w+)\}", self.path)


@dataclass(frozen=True, slots=True)
class Probe:
    """One request as it is sent, to both worlds alike."""

    operation: Operation
    walker: Walker
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes | None = None

    @property
    def sent(self) -> str:
        """Everything that was sent, in one text: what an answer repeats of it is no news."""
        return " ".join((self.path, *self.query.values(), (self.body or b"").decode("utf-8", "replace")))


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Return every operation of the OpenAPI document."""
    paths = document["paths"]
    return [_operation(path, method, paths) for path, item in paths.items() for method in METHODS if method in item]


def _operation(path: str, method: str, paths: Mapping[str, Any]) -> Operation:
    told = paths[path][method]
    parameters = told.get("parameters", [])
    contents: Mapping[str, Any] = told.get("requestBody", {}).get("content", {})
    media = next(iter(contents), "")
    content = contents.get(media)
    below = next((other for other in paths if re.fullmatch(re.escape(path) + r"/\{\w+_id\}", other)), path)
    ids = re.findall(r"\{(\w+_id)\}", below)
    return Operation(
        method.upper(),
        path,
        told["operationId"],
        told["description"].split("`")[1],
        tuple(one["name"] for one in parameters if one.get("in") == "query"),
        Body(media, content["schema"], content.get("example")) if content else None,
        any(one.get("$ref", "").endswith("/IfMatch") for one in parameters),
        table_of(ids[-1]) if ids else "",
    )


def pages(app: Flask) -> list[Operation]:
    """Return every page and every button of the console."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(NOT_PAGES) and rule.endpoint != "console.unknown":
            path = re.sub(r"<(?:[^<>]+:)?(\w+)>", r"{\1}", rule.rule)
            methods = sorted((rule.methods or set()) & {"GET", "POST"})
            found += [Operation(method, path, f"{method} {path}", queries=("programme", "after")) for method in methods]
    return found


@dataclass(frozen=True, slots=True)
class Prober:
    """Makes the probes of one scene. ``is_long``: several rows of each table, every mixture of own and foreign ids."""

    scene: Scene
    app: Flask
    schemas: Schemas
    is_long: bool

    def probes(self, operation: Operation, walker: Walker) -> Iterator[Probe]:
        """Yield what one walker tries on one operation: without a query, then with the victim's ids in it."""
        for number in range(ROUNDS if self.is_long else 1):
            for places in self._places(operation, walker, number):
                path = operation.path
                for name, value in places.items():
                    path = path.replace(f"{{{name}}}", str(value))
                for query in self._queries(operation, number):
                    yield self._probe(operation, walker, path, query, number)

    def _places(self, operation: Operation, walker: Walker, number: int) -> Iterator[dict[str, Any]]:
        """Yield values of the path's parameters: all of them the victim's, then some of them one's own."""
        names = operation.parameters
        if "link" in names:
            yield from self._links(walker, number)
            return
        ids = [name for name in names if name.endswith("_id")]
        fixed = {name: FIXED[name][number % len(FIXED[name])] for name in names if name in FIXED}
        victims = _leading(self.scene.rows, ids, number)
        yield {**victims, **fixed}
        mixtures: Iterable[tuple[bool, ...]] = [(True,) * (len(ids) - 1) + (False,)]
        if self.is_long:
            mixtures = itertools.product((False, True), repeat=len(ids))
        own = self.scene.own.get(walker.side, {})
        for mixture in mixtures:
            if any(mixture):
                chosen = {
                    name: id_of(own, table_of(name), number)
                    for name, is_own in zip(ids, mixture, strict=True)
                    if is_own
                }
                yield {**victims, **chosen, **fixed}

    def _links(self, walker: Walker, number: int) -> Iterator[dict[str, Any]]:
        """Yield a link of one's own, and the victim's number with another secret."""
        own = self.scene.links[walker.side if walker.side != OUTSIDE else MUNICIPALITY]
        victims = self.scene.links["victim"]
        yield {"link": own[number % len(own)]}
        yield {"link": f"{victims[number % len(victims)][:-6]}AAAAAA"}

    def _queries(self, operation: Operation, number: int) -> Iterator[dict[str, str]]:
        yield {}
        rows = self.scene.rows
        named = {name: id_of(rows, referred(name), number) for name in operation.queries if referred(name)}
        if "programme" in operation.queries:
            named["programme"] = id_of(rows, "programme", number)
        if operation.is_page:
            named["after"] = id_of(rows, "job_run" if "jobs" in operation.path else operation.leaf, number)
        if named:
            yield {name: str(value) for name, value in named.items()}
        if self.is_long and "after" in operation.queries and not operation.is_page:
            yield {"after": _before(id_of(rows, operation.leaf, number)), "limit": "1"}
        if self.is_long and "ended" in operation.queries:
            yield {"ended": "true", "limit": "500"}
        for flag in ("names", "dry_run", "unseen"):
            if self.is_long and flag in operation.queries:
                yield {flag: "true"}

    def _probe(self, operation: Operation, walker: Walker, path: str, query: Mapping[str, str], number: int) -> Probe:
        if operation.is_page:
            return self._page_probe(operation, walker, path, query)
        headers, body = dict(walker.headers), None
        if walker.role != "admin":
            headers[MUNICIPALITY_HEADER] = str(self.scene.municipality_id)  # whoever is no administrator names nothing
        if operation.needs_version:
            rows = self.scene.rows.get(operation.leaf, ({},))
            headers["If-Match"] = f'"v{rows[number % len(rows)].get("version", 1)}"'
        if operation.body is not None:
            headers["Content-Type"] = operation.body.media
            body = written(operation.body, self.schemas, self.scene.rows, operation.leaf, number)
        return Probe(operation, walker, path, query, headers, body)

    def _page_probe(self, operation: Operation, walker: Walker, path: str, query: Mapping[str, str]) -> Probe:
        """Pages know their reader by the cookie; a form carries the mark that its own page would have given."""
        named = "" if walker.role == "admin" else str(self.scene.municipality_id)
        named = walker.headers.get(MUNICIPALITY_HEADER, named)
        headers = {"Cookie": f"{COOKIE}={walker.token}"} if walker.token else {}
        if operation.method == "GET":
            return Probe(operation, walker, path, {**query, MUNICIPALITY_FIELD: named}, headers)
        with self.app.test_request_context(path, headers=headers):
            mark = form_mark(path)
        jobs = "".join(f"&job={row['id']}" for row in self.scene.rows["job_run"][:3])
        last = id_of(self.scene.rows, "notice", 0)
        body = f"{FIELD}={mark}&{MUNICIPALITY_FIELD}={named}&up_to={last}{jobs}"
        return Probe(operation, walker, path, query, {**headers, "Content-Type": FORM}, body.encode())


def _leading(rows: Rows, ids: list[str], number: int) -> dict[str, Any]:
    """Return the ids of a path that leads to one row: its own, and those of what it hangs under."""
    if not ids:
        return {}
    found = rows.get(table_of(ids[-1]), ())
    row = found[number % len(found)] if found else {}
    above = {name: row.get(name) or id_of(rows, table_of(name), number) for name in ids[:-1]}
    return {**above, ids[-1]: row.get("id", NOWHERE)}


def _before(row_id: Any) -> str:
    """Return the place in a list just before a row; of rows with a uuid that is the row itself."""
    return str(row_id - 1) if isinstance(row_id, int) else str(row_id)
