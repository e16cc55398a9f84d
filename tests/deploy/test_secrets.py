"""The secret files: made once, closed to others, complete."""

from __future__ import annotations

import hashlib
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.make_secrets import PASSWORDS, ROTATIONS, hosts, main, make_secrets, rotate
from shared.access import heads
from shared.access.sealed import is_newest, keys_of, seal, unseal
from tests.deploy.deploy_files import ROOT, composition


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="ascii") for path in folder.iterdir()}


def test_making_them_again_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert set(PASSWORDS) < set(make_secrets(folder))
    before = contents(folder)
    assert make_secrets(folder) == []
    assert contents(folder) == before
    assert len({before[name] for name in PASSWORDS}) == len(PASSWORDS)


def test_the_folder_is_closed_and_the_files_can_be_read_inside_a_container(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o755)
    make_secrets(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o444}


def test_a_deleted_password_is_made_anew_with_what_follows_from_it_and_no_more(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    before = contents(tmp_path)
    (tmp_path / "valkey_api_password").unlink()
    assert make_secrets(tmp_path) == ["valkey_acl", "valkey_api_password", "valkey_api_url"]
    after = contents(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {
        "valkey_acl",
        "valkey_api_password",
        "valkey_api_url",
    }


def test_the_audit_key_made_without_any_library_signs(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    key = heads.load_private(contents(tmp_path)["audit_key"])
    head = heads.Head(0, 1, "0" * 64, "2026-11-24T00:00:00+00:00", heads.key_id(key.public_key()))
    assert not heads.is_signed_by(head, key.public_key())
    assert (
        heads.load_public(heads.public_pem(key.public_key())).public_bytes_raw() == key.public_key().public_bytes_raw()
    )


@pytest.mark.parametrize("which", sorted(ROTATIONS))
def test_a_rotation_changes_its_own_secret_and_what_follows_from_it(tmp_path: Path, which: str) -> None:
    make_secrets(tmp_path, postgres="there:1", valkey="here:2")
    before = contents(tmp_path)
    assert main(["--folder", str(tmp_path), "--rotate", which]) == 0
    after = contents(tmp_path)
    changed = {name for name in after if after[name] != before.get(name)}
    apart = {"audit_key": {"audit_key", "audit_key.previous"}, "secrets_key": {"secrets_key"}}
    follows = apart.get(which, {f"{which}_password"})
    assert follows <= changed <= follows | {f"{which}_database_url", f"{which}_url", "valkey_acl"}
    assert hosts(tmp_path) == {"postgres": "there:1", "valkey": "here:2"}
    renewed = follows - {"audit_key.previous"}
    assert not {before[name] for name in renewed} & {after[name] for name in renewed}


def test_what_the_old_key_has_sealed_opens_after_a_rotation_and_is_sealed_by_the_new_one(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    sealed = seal(keys_of(contents(tmp_path)["secrets_key"]), b"secret", "place")
    for _ in range(2):
        rotate(tmp_path, "secrets_key")
    keys = keys_of(contents(tmp_path)["secrets_key"])
    assert unseal(keys, sealed, "place") == b"secret"
    assert not is_newest(keys, sealed)
    assert len(keys.by_name) == 3


def test_the_commands_of_a_rotation_recreate_every_service_that_has_the_secret(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    for which in sorted(ROTATIONS):
        before = contents(tmp_path)
        commands = rotate(tmp_path, which)
        make_secrets(tmp_path)
        changed = {name for name, text in contents(tmp_path).items() if text != before.get(name)}
        holders = {
            name
            for name, service in composition()["services"].items()
            if "profiles" not in service
            and service.get("restart") != "no"
            and any(secret["source"] in changed for secret in service.get("secrets", ()))
        }
        recreated = {word for command in commands if " up " in command for word in command.split()[6:]}
        assert holders <= recreated, which


def test_the_list_of_queue_users_holds_hashes_and_no_password(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    made = contents(tmp_path)
    assert "{" not in made["valkey_acl"]
    for user in ("api", "engine", "operator"):
        password = made[f"valkey_{user}_password"]
        assert password not in made["valkey_acl"]
        assert f"#{hashlib.sha256(password.encode()).hexdigest()}" in made["valkey_acl"]


def test_the_script_runs_on_a_bare_python_and_tells_names_only(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    done = subprocess.run(
        [sys.executable, "-I", "-S", ROOT / "deploy/make_secrets.py", "--folder", folder],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "owner_database_url" in done.stderr
    assert done.stdout == ""
    assert not any(text in done.stderr for text in contents(folder).values())


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, ROOT / "deploy/make_secrets.py", "--folder", tmp_path / "file" / "secrets"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("nastavnik: the secrets cannot be written")
    assert done.stderr.count("\n") == 1


def test_git_ignores_them() -> None:
    rules = (ROOT / "deploy/secrets/.gitignore").read_text(encoding="ascii").splitlines()
    assert [line for line in rules if not line.startswith("#")] == ["*", "!.gitignore"]
