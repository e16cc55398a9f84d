"""The OpenAPI document reads well: every operation is named, described and complete."""

from __future__ import annotations

import json
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from services.api.app import create_app
from services.api.examples import REQUESTS
from shared.access.model import Role
from shared.access.rights import RIGHTS
from shared.settings import Settings

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Generated with every warning an error: apispec warns of names given twice and of fields it cannot describe."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        app = create_app(Settings(database_url="unused", respondent_database_url="unused", log_level="ERROR"))
        with app.test_client() as client:
            made: dict[str, Any] = json.loads(client.get("/api/v1/openapi.json").data)
    return made


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def test_the_document_is_openapi_3_1_with_servers_and_a_bearer_token(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["servers"]
    assert document["security"] == [{"token": []}]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_every_operation_has_its_own_id_a_summary_and_a_described_tag(document: dict[str, Any]) -> None:
    described = {tag["name"] for tag in document["tags"] if tag.get("description")}
    ids = Counter(operation["operationId"] for _, _, operation in operations(document))
    assert [name for name, count in ids.items() if count > 1] == []
    for path, method, operation in operations(document):
        assert re.fullmatch("[a-z][A-Za-z]+", operation["operationId"]), (path, method)
        assert operation["summary"], (path, method)
        assert set(operation["tags"]) <= described, (path, method)


def test_every_operation_tells_its_right_unless_it_is_for_a_personal_link(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        by_link = operation.get("security") == []
        assert by_link == ("{link}" in path), (path, method)
        assert re.match(r"Right `[a-z.]+`: \w", operation["description"]), (path, method)


def test_path_parameters_are_called_by_their_noun(document: dict[str, Any]) -> None:
    named = set()
    for path, item in document["paths"].items():
        inside = re.findall(r"\{(\w+)\}", path)
        assert [parameter["name"] for parameter in item.get("parameters", [])] == inside, path
        named |= set(inside)
    assert named.isdisjoint({"parent_id", "record_id", "subject_id", "id"})
    assert {name for name in named if not name.endswith("_id")} == {"link", "key", "code", "version", "kind"}


def test_one_path_never_names_the_same_place_in_two_ways(document: dict[str, Any]) -> None:
    shapes = Counter(re.sub(r"\{\w+\}", "{}", path) for path in document["paths"])
    assert [shape for shape, count in shapes.items() if count > 1] == []


def test_schema_names_are_not_numbered_and_all_are_used(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        assert not name[-1].isdigit(), name
        assert f'"#/components/schemas/{name}"' in text, name


def test_an_administrator_is_told_to_name_the_municipality_and_nobody_else(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        right = operation["description"].split("`")[1]
        takes = {"$ref": "#/components/parameters/Municipality"} in operation.get("parameters", [])
        assert takes == (Role.ADMIN in RIGHTS[right]), (path, method)


def test_every_post_may_carry_a_key_and_says_what_a_repetition_answers(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        takes = {"$ref": "#/components/parameters/IdempotencyKey"} in operation.get("parameters", [])
        assert takes == (method == "post"), (path, method)
        headers = [operation["responses"][status].get("headers", {}) for status in answers(operation)]
        assert all(("Idempotent-Replayed" in one) == takes for one in headers), (path, method)


def test_what_is_changed_by_version_is_read_with_its_version(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if {"$ref": "#/components/parameters/IfMatch"} in operation.get("parameters", []):
            (status,) = answers(operation)
            assert {"412", "428"} <= set(operation["responses"]), (path, method)
            assert "ETag" in operation["responses"][status]["headers"], (path, method)


def test_a_computation_is_accepted_and_says_where_its_job_is(document: dict[str, Any]) -> None:
    accepted = {
        operation["operationId"]: operation["responses"]["202"]
        for _, _, operation in operations(document)
        if "202" in operation["responses"]
    }
    computed = {"computeFeedbackSummary", "computeEffectiveness", "computeRewardList", "retryJob"}
    assert set(accepted) == computed | {"pingWebhook", "replayDelivery", "runErasure"}
    assert all("Location" in answer["headers"] for answer in accepted.values())


def test_files_and_diagrams_have_their_own_content_types(document: dict[str, Any]) -> None:
    found = {
        operation["operationId"]: set(operation["responses"]["200"]["content"])
        for _, _, operation in operations(document)
        if "application/json" not in operation["responses"].get("200", {}).get("content", {"application/json": {}})
    }
    assert found == {
        "exportMentees": {"text/csv"},
        "exportMentors": {"text/csv"},
        "getPackDiagram": {"image/svg+xml", "text/vnd.mermaid"},
        "getProgrammeDiagram": {"image/svg+xml"},
    }
    for name in ("mentees", "mentors"):
        operation = document["paths"][f"/api/v1/programmes/{{programme_id}}/{name}:import"]["post"]
        assert set(operation["requestBody"]["content"]) == {"text/csv"}


def test_every_refusal_is_problem_json(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status >= "400":
                name = answer["$ref"].removeprefix("#/components/responses/")
                content = document["components"]["responses"][name]["content"]
                assert set(content) == {"application/problem+json"}, (path, method, status)


@pytest.mark.parametrize("operation_id", sorted(REQUESTS))
def test_an_example_is_what_its_operation_takes(document: dict[str, Any], operation_id: str) -> None:
    (body,) = (
        operation["requestBody"]["content"]["application/json"]
        for _, _, operation in operations(document)
        if operation["operationId"] == operation_id
    )
    assert body["example"] == REQUESTS[operation_id]
    schema = {**body["schema"], "components": document["components"]}
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(body["example"])


def test_the_example_of_a_refusal_is_a_problem(document: dict[str, Any]) -> None:
    content = document["components"]["responses"]["Refused"]["content"]["application/problem+json"]
    schema = {**content["schema"], "components": document["components"]}
    jsonschema_rs.validator_for(schema).validate(content["example"])


def test_a_change_has_no_defaults_since_what_is_left_out_stays(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in schemas:
        if name.endswith("Changes"):
            assert [field for field, told in schemas[name]["properties"].items() if "default" in told] == [], name


def answers(operation: dict[str, Any]) -> list[str]:
    """Return the statuses of success."""
    return [status for status in operation["responses"] if status < "300"]
