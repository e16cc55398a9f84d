"""What Compose and Docker would be told, checked as text and data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.make_secrets import AUDIT_KEY, PASSWORDS, derived, make_secrets
from shared.settings import Settings, load_settings
from tests.deploy.deploy_files import (
    ROOT,
    composition,
    copied,
    final_stage,
    image_command,
    instructions,
    is_in_context,
    our_services,
)

OURS = ("api", "auditor", "backup", "cli", "dispatcher", "migrate", "restore", "worker")
LASTING = ("api", "auditor", "dispatcher", "grafana", "mailpit", "postgres", "prometheus", "valkey", "worker")
SHOWN = {"api", "grafana", "mailpit"}
"""What people open; on the machine itself unless the operator says otherwise."""
MADE = {*PASSWORDS, AUDIT_KEY, *derived(dict.fromkeys(PASSWORDS, "x"), postgres="p", valkey="v")}


def test_the_services_that_run_our_image() -> None:
    assert tuple(sorted(our_services())) == OURS


def test_every_file_that_the_image_copies_exists_and_reaches_the_builder() -> None:
    for sources, _ in copied(instructions()):
        for source in sources:
            path = ROOT / source
            assert path.exists(), source
            assert is_in_context(path.relative_to(ROOT)), source


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        "deploy/secrets/owner_password",
        "deploy/embedded/stack.py",
        ".data/postgres/PG_VERSION",
        "services/api/__pycache__/app.cpython-313.pyc",
        "tests/conftest.py",
    ],
)
def test_nothing_else_reaches_the_builder(path: str) -> None:
    assert not is_in_context(Path(path))


def test_the_image_alone_is_the_api() -> None:
    api = our_services()["api"]
    assert image_command("CMD") == api.command
    assert image_command("HEALTHCHECK") == api.health


def test_the_image_runs_as_nobody_in_particular_and_holds_no_secret() -> None:
    stage = dict(final_stage())
    assert stage["USER"] == "10001:10001"
    for word, rest in instructions():
        assert word != "ADD"
        assert word not in ("ENV", "ARG") or not re.search(r"PASSWORD|SECRET|TOKEN|DATABASE_URL", rest)


@pytest.mark.parametrize("name", OURS)
def test_every_setting_of_a_service_is_known_and_every_file_is_one_of_its_secrets(name: str, tmp_path: Path) -> None:
    make_secrets(tmp_path)
    environment = our_services()[name].environment
    here = {key: value.replace("/run/secrets", str(tmp_path)) for key, value in environment.items()}
    assert load_settings(here).environment == "production"
    named = {Path(value).name for key, value in environment.items() if key.endswith("_FILE")}
    assert {secret["source"] for secret in composition()["services"][name]["secrets"]} == named
    assert not any(re.search(r"_URL$", key) and value for key, value in environment.items())


def test_the_owners_address_is_for_migrations_and_the_operator_only() -> None:
    holders = {name for name in OURS if "NASTAVNIK_OWNER_DATABASE_URL_FILE" in our_services()[name].environment}
    assert holders == {"migrate", "cli"}


def test_every_secret_that_is_mounted_is_made_by_the_script() -> None:
    for name, secret in composition()["secrets"].items():
        assert Path(secret["file"]) == ROOT / "deploy/secrets" / name
        assert name in MADE


@pytest.mark.parametrize("name", sorted({*OURS, *LASTING}))
def test_every_service_is_confined(name: str) -> None:
    service = composition()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"])
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert service["user"] not in ("", "0", "root")


@pytest.mark.parametrize("name", LASTING)
def test_every_lasting_service_is_watched_restarted_and_scalable(name: str) -> None:
    service = composition()["services"][name]
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert service["restart"] == "unless-stopped"
    assert "container_name" not in service
    assert ("ports" in service) == (name in SHOWN)
    assert {port["host_ip"] for port in service.get("ports", ())} <= {"127.0.0.1"}
    assert ("front" in service["networks"]) == (name in SHOWN)
    assert ("out" in service["networks"]) == (name == "worker")


def test_a_stopped_worker_may_finish_its_job() -> None:
    assert our_services()["worker"].grace > Settings().job_timeout_seconds
    assert composition()["services"]["worker"]["init"] is True


def test_a_lasting_service_waits_for_the_migrations_so_that_up_knows_they_are_to_end() -> None:
    for name in ("api", "auditor", "dispatcher", "worker"):
        needs = composition()["services"][name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully"


def test_what_an_installation_may_change_is_listed_with_its_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    used = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", text))
    lines = (ROOT / "deploy/env.example").read_text(encoding="utf-8").splitlines()
    listed = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert used == listed | {"PIP_INDEX_URL": ""}


def test_the_image_gets_the_versions_and_hashes_that_are_tested() -> None:
    assert _pins("deploy/requirements.txt").items() <= _pins("requirements.txt").items()


def _pins(name: str) -> dict[str, frozenset[str]]:
    """Requirement line -> its hashes."""
    found: dict[str, frozenset[str]] = {}
    for block in re.split(r"^(?=[A-Za-z0-9])", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        found[block.splitlines()[0].rstrip(" \\")] = frozenset(re.findall(r"--hash=(\S+)", block))
    return found
