"""No password has a default, and no secret is where others look: files of the repository, Compose's output."""

from __future__ import annotations

import re
import subprocess

from tests.deploy.deploy_files import ROOT, composition

_PASSWORD_IN_ADDRESS = re.compile(r"\w+://[^\s/@:]*:[^\s/@{?]+@")
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY|DATABASE_URL|VALKEY_URL", re.IGNORECASE)


def test_composes_output_holds_paths_of_secrets_and_no_secret() -> None:
    for name, service in composition()["services"].items():
        for key, value in (service.get("environment") or {}).items():
            if _SECRET_NAME.search(key):
                assert key.endswith(("_FILE", "__FILE")), f"{name}: {key}"
                assert str(value).startswith("/run/secrets/"), f"{name}: {key}"
        shown = f"{service.get('command')} {service.get('environment')} {service.get('healthcheck')}"
        assert not _PASSWORD_IN_ADDRESS.search(shown), name
    for name, secret in composition()["secrets"].items():
        assert set(secret) <= {"name", "file"}, name


def test_what_an_installation_copies_holds_no_secret() -> None:
    text = (ROOT / "deploy/env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert {name: value for name, value in given.items() if _SECRET_NAME.search(name) and value} == {}
    assert not _PASSWORD_IN_ADDRESS.search(text)


def test_no_file_of_the_repository_holds_a_private_key_or_a_real_looking_token() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    telling = re.compile(
        rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/=]{40}|\bnst_\d+_[A-Za-z0-9_-]{40}|whsec_[\w+/]{40}"
    )
    found = [
        name
        for name in listed.split("\0")
        if name and (ROOT / name).is_file() and telling.search((ROOT / name).read_bytes())
    ]
    assert found == []
