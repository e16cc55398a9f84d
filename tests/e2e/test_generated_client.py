"""A client generated from docs/api/openapi.json drives a programme from stage I to completion.

The journey is the demo's; every request goes through the generated package's models and functions, so a word of
the document that generators cannot use, or an answer that is not as documented, ends it.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.stack import Stack
from services.demo.client import API, Answer, Client
from services.demo.journey import Told, walk
from shared.access.principals import bootstrap

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/api/openapi.json"
PACKAGE = "nastavnik_client"
CONFIG = f"""\
package_name_override: {PACKAGE}
post_hooks: []
content_type_overrides:
  text/csv: application/octet-stream
  image/svg+xml: application/octet-stream
  text/vnd.mermaid: application/octet-stream
"""
"""What the generator has to be told: files are files."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document: its path as a pattern, and its module in the generated package."""

    method: str
    pattern: re.Pattern[str]
    module: ModuleType

    def call(self, client: Any, path: str, body: Any, headers: Mapping[str, Any]) -> Any:
        """Call the generated function with what it takes of path, body and headers."""
        found = self.pattern.fullmatch(path)
        assert found is not None
        function = self.module.sync_detailed
        takes = inspect.signature(function).parameters
        given: dict[str, Any] = {name: _typed(takes[name], value) for name, value in found.groupdict().items()}
        given |= {name: value for name, value in headers.items() if name in takes}
        if "body" in takes:
            given["body"] = _model(takes["body"]).from_dict({} if body is None else body)
        return function(client=client, **given)


@dataclass(frozen=True, slots=True)
class Generated:
    """The generated package."""

    package: ModuleType
    operations: tuple[Operation, ...]
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def model(self, name: str) -> Any:
        """Return a model class."""
        return getattr(importlib.import_module(f"{PACKAGE}.models"), name)

    def function(self, tag: str, name: str) -> Any:
        """Return the function of an operation, by the names a programmer would look for."""
        return importlib.import_module(f"{PACKAGE}.api.{tag}.{name}").sync_detailed

    def client(self, url: str, token: str) -> Any:
        """Return the client of an account, which raises for an answer the document does not have."""
        kept = self.clients.get((url, token))
        if kept is None:
            settings = {"base_url": url, "raise_on_unexpected_status": True}
            package = self.package
            kept = package.AuthenticatedClient(token=token, **settings) if token else package.Client(**settings)
            self.clients[url, token] = kept
        return kept

    def close(self) -> None:
        """Close the connections of all clients."""
        for client in self.clients.values():
            client.get_httpx_client().close()


@dataclass(slots=True)
class GeneratedClient(Client):
    """The journey's client over the generated package: the same words, but every call is typed."""

    generated: Any = None

    def call(
        self, method: str, path: str, body: Any = None, *, version: int | None = None, key: str | None = None
    ) -> Answer:
        """Send one request by the generated function of its operation."""
        headers: dict[str, Any] = {"idempotency_key": key or uuid.uuid4().hex}
        if version is not None:
            headers["if_match"] = f'"v{version}"'
        if self.municipality_id is not None:
            headers["x_municipality"] = self.municipality_id
        (operation,) = (
            one for one in self.generated.operations if one.method == method and one.pattern.fullmatch(path)
        )
        response = operation.call(self.generated.client(self.url, self.token), path, body, headers)
        self.calls += 1
        assert response.parsed is not None, f"{method} {path}: an answer without a model"
        content = response.parsed.to_dict()
        assert content == json.loads(response.content), f"{method} {path}: the model loses a part of the answer"
        return Answer(int(response.status_code), content, {k.lower(): v for k, v in response.headers.items()})


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generated]:
    """The package, generated now from the checked-in document; a warning of the generator is an error."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    target = folder / PACKAGE
    arguments = ["generate", "--path", str(DOCUMENT), "--output-path", str(target), "--meta", "none"]
    subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *arguments, "--config", "config.yaml", "--fail-on-warning"],
        cwd=folder,
        check=True,
    )
    sys.path.insert(0, str(folder))
    try:
        made = Generated(importlib.import_module(PACKAGE), tuple(_operations()))
        yield made
        made.close()
    finally:
        sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with temporary_data_folder() as folder:
        clock = folder / "clock"
        clock.write_text("", encoding="ascii")
        environment = {"NASTAVNIK_CLOCK_FILE": str(clock)}
        with Stack(folder / "data", environment=environment, postgres_settings={"fsync": "off"}) as running:
            yield running


@pytest.fixture(scope="module")
def told(stack: Stack, generated: Generated) -> Told:
    """The journey, walked once with the generated client."""
    token = bootstrap(stack.env["NASTAVNIK_OWNER_DATABASE_URL"], name="Администратор")
    clock = Path(stack.env["NASTAVNIK_CLOCK_FILE"])

    def set_clock(instant: str) -> None:
        clock.write_text(instant, encoding="ascii")

    admin = GeneratedClient(stack.url, token, generated=generated)
    return walk(admin, set_clock=set_clock, say=lambda _text: None)


def test_the_generated_client_completes_a_programme(told: Told) -> None:
    whole = told.school.curator.get(told.school.programme)
    assert (whole["stage"], whole["shown"], whole["of"]) == ("completed", 22, 22)
    assert told.calls > 300


def test_a_refusal_arrives_as_a_typed_problem_with_typed_blockers(
    stack: Stack, told: Told, generated: Generated
) -> None:
    get_programme = generated.function("programmes", "get_programme")
    transition = generated.function("programmes", "transition")
    late = told.late
    client = generated.client(stack.url, late.curator.token)
    seen = get_programme(late.programme_id, client=client)
    body = generated.model("MoveFields")(trigger="advance")
    refused = transition(late.programme_id, client=client, body=body, if_match=seen.headers["ETag"])
    stale = transition(late.programme_id, client=client, body=body, if_match='"v99"')
    assert (refused.status_code, refused.parsed.code) == (409, "guards.unmet")
    assert {blocker.activity for blocker in refused.parsed.blockers} == {"I.1", "I.2", "I.3", "I.4", "I.5"}
    assert (stale.status_code, stale.parsed.current) == (412, seen.parsed.version)


def test_a_verb_of_a_resource_and_a_change_of_one_field_read_well(
    stack: Stack, told: Told, generated: Generated
) -> None:
    verify, update = generated.function("programmes", "verify_events"), generated.function("places", "update_school")
    named = generated.model("SchoolChanges")(name="Школа № 1 им. Ушакова")
    client = generated.client(stack.url, told.school.methodist.token)
    verified = verify(told.school.programme_id, client=client)
    school = update(told.school.school_id, client=client, body=named, if_match='"v1"')
    assert verified.parsed.whole
    assert (school.parsed.name, school.parsed.version) == ("Школа № 1 им. Ушакова", 2)


def test_the_same_key_gives_the_same_answer_again(stack: Stack, told: Told, generated: Generated) -> None:
    create_goal = generated.function("documents", "create_goal")
    fields = generated.model("GoalFields").from_dict({"kind": "task", "text": "Помочь новичкам"})
    client = generated.client(stack.url, told.late.curator.token)
    first, second = (
        create_goal(told.late.programme_id, client=client, body=fields, idempotency_key="goal-1") for _ in range(2)
    )
    assert first.parsed.id == second.parsed.id
    assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")


def _operations() -> Iterator[Operation]:
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    for path, item in document["paths"].items():
        pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/:]+)", re.escape(path.removeprefix(API))))
        for method, operation in item.items():
            if method != "parameters":
                name = re.sub("(?<=[a-z])(?=[A-Z])", "_", operation["operationId"]).lower()
                module = importlib.import_module(f"{PACKAGE}.api.{operation['tags'][0]}.{name}")
                yield Operation(method.upper(), pattern, module)


def _typed(parameter: inspect.Parameter, text: str) -> Any:
    return parameter.annotation(text) if parameter.annotation in (int, uuid.UUID) else text


def _model(parameter: inspect.Parameter) -> Any:
    """Return the model of a body: the annotation itself, or the part of it that is not Unset."""
    kinds = [kind for kind in get_args(parameter.annotation) if kind.__name__ != "Unset"]
    return kinds[0] if kinds else parameter.annotation
