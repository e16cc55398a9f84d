"""Makes the secret files that docker-compose.yml mounts: `python3 deploy/make_secrets.py` (make up calls it).

Knows which secrets there are and how an address is made of a password; must not know who reads them. Standard
library alone: it runs on the host, before any environment exists. Repeating it changes nothing.

The folder is closed (0700) and the files are readable (0444): Compose binds the host's file into the container as
it is, and the containers' users, who own nothing and have no capabilities, are not the user who made it. On the host
the closed folder keeps everybody else out.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATABASE_ROLES = ("owner", "api", "respondent", "engine", "auditor")
QUEUE_USERS = ("api", "engine", "operator")
SECRETS_KEY = "secrets_key"
"""What seals second factors and webhooks' secrets."""
PASSWORDS = (
    "postgres_password",
    *(f"{role}_password" for role in DATABASE_ROLES),
    *(f"valkey_{user}_password" for user in QUEUE_USERS),
    "metrics_token",
    "grafana_password",
    SECRETS_KEY,
)
"""Made at random once; the rest is written from these."""
AUDIT_KEY = "audit_key"
"""The Ed25519 key that signs the heads of the audit chain. Made once, too."""
_PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")
"""What stands before the 32 random bytes of such a key (RFC 8410); this script has the standard library alone."""


def make_secrets(folder: Path, *, postgres: str = "postgres:5432", valkey: str = "valkey:6379") -> list[str]:
    """Complete the folder; ``postgres`` and ``valkey`` are host:port. Return the names written, sorted.

    Raises OSError when the folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    written = [name for name in (*PASSWORDS, AUDIT_KEY) if not (folder / name).exists()]
    for name in written:
        _write(folder / name, _fresh(name))
    known = {name: (folder / name).read_text(encoding="ascii").strip() for name in PASSWORDS}
    for name, text in derived(known, postgres=postgres, valkey=valkey).items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="ascii") != text:
            _write(path, text)
            written.append(name)
    return sorted(written)


def derived(passwords: Mapping[str, str], *, postgres: str, valkey: str) -> dict[str, str]:
    """Return name -> text of the secrets that follow from the passwords: addresses, and Valkey's list of users."""
    made = {
        f"{role}_database_url": f"postgresql://nastavnik_{role}:{passwords[f'{role}_password']}@{postgres}/nastavnik"
        for role in DATABASE_ROLES
    }
    made["postgres_database_url"] = f"postgresql://postgres:{passwords['postgres_password']}@{postgres}/nastavnik"
    for user in ("api", "engine"):
        made[f"valkey_{user}_url"] = f"redis://{user}:{passwords[f'valkey_{user}_password']}@{valkey}/0"
    acl = (HERE / "valkey.acl").read_text(encoding="ascii")
    for user in QUEUE_USERS:
        name = f"valkey_{user}_password"
        acl = acl.replace(f"{{{name}}}", hashlib.sha256(passwords[name].encode()).hexdigest())
    return made | {"valkey_acl": acl}


def rotate(folder: Path, which: str) -> list[str]:
    """Put a new secret in the place of an old one; return the commands that make it valid, in their order.

    ``which`` is one of ROTATIONS. The old audit key stays beside the new one: its public half proves the heads that it
    signed. The old key for secrets stays behind the new one: what it sealed is opened by it until it is sealed anew.
    """
    name = which if which in (AUDIT_KEY, SECRETS_KEY) else f"{which}_password"
    old = f" {(folder / name).read_text(encoding='ascii').strip()}" if which == SECRETS_KEY else ""
    if which == AUDIT_KEY:
        (folder / name).replace(folder / f"{name}.previous")
    _write(folder / name, _fresh(name) + old)
    return list(ROTATIONS[which])


def hosts(folder: Path) -> dict[str, str]:
    """Return the host:port that the addresses in the folder name, as `make_secrets` takes them."""
    found = {}
    for server, name in (("postgres", "owner_database_url"), ("valkey", "valkey_api_url")):
        if (folder / name).exists():
            found[server] = (folder / name).read_text(encoding="ascii").rpartition("@")[2].partition("/")[0]
    return found


def _recreate(*services: str) -> str:
    return "docker compose up --detach --force-recreate --no-deps " + " ".join(services)


_SET_PASSWORDS = "docker compose exec postgres /docker-entrypoint-initdb.d/20-passwords-and-database.sh"
_PUBLIC_KEY = "docker compose run --rm --volume ./deploy/secrets/{file}:/key:ro cli audit key --public /key"
ROTATIONS: Mapping[str, tuple[str, ...]] = {
    # The server reads the secret files when its container is made: recreated, told, and only then whoever logs in.
    "postgres": (_recreate("postgres"), _SET_PASSWORDS),
    "owner": (_recreate("postgres"), _SET_PASSWORDS),
    "auditor": (_recreate("postgres"), _SET_PASSWORDS),
    "api": (_recreate("postgres"), _SET_PASSWORDS, _recreate("api")),
    "respondent": (_recreate("postgres"), _SET_PASSWORDS, _recreate("api")),
    "engine": (_recreate("postgres"), _SET_PASSWORDS, _recreate("dispatcher", "worker")),
    "valkey_api": (_recreate("valkey"), _recreate("api")),
    "valkey_engine": (_recreate("valkey"), _recreate("dispatcher", "worker")),
    "valkey_operator": (_recreate("valkey"),),
    SECRETS_KEY: (_recreate("api", "dispatcher", "worker"),),
    AUDIT_KEY: (
        _PUBLIC_KEY.format(file="audit_key.previous"),
        _PUBLIC_KEY.format(file="audit_key"),
        _recreate("dispatcher"),
    ),
}
"""What can be rotated -> the commands afterwards, in their order."""


def _fresh(name: str) -> str:
    if name != AUDIT_KEY:
        return secrets.token_hex(24)
    body = base64.b64encode(_PKCS8_ED25519 + secrets.token_bytes(32)).decode("ascii")
    return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"


def _write(path: Path, text: str) -> None:
    """Replace the file whole; nobody ever sees half of it."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o444)
    draft.replace(path)


def main(arguments: list[str]) -> int:
    """Complete the folder and say what was made; never a secret itself."""
    parser = argparse.ArgumentParser(description="Make the secret files of docker-compose.yml.")
    parser.add_argument("--folder", type=Path, default=HERE / "secrets")
    parser.add_argument("--rotate", choices=sorted(ROTATIONS), help="put a new one in its place, print what to do then")
    options = parser.parse_args(arguments)
    try:
        written = make_secrets(options.folder, **hosts(options.folder))
        if options.rotate:
            commands = rotate(options.folder, options.rotate)
            make_secrets(options.folder, **hosts(options.folder))
            print(f"nastavnik: {options.rotate} is new. Until these have run, in this order, the old one counts:")
            print("\n".join(f"  {command}" for command in commands))
    except OSError as error:
        print(f"nastavnik: the secrets cannot be written: {error}", file=sys.stderr)
        return 1
    if written:
        print(f"nastavnik: made {len(written)} secrets in {options.folder}: {', '.join(written)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
