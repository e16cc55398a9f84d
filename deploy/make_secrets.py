"""Makes the secret files that docker-compose.yml mounts: `python3 deploy/make_secrets.py` (make up calls it).

Knows which secrets there are and how an address is made of a password; must not know who reads them. Standard
library alone: it runs on the host, before any environment exists. Repeating it changes nothing.

The folder is closed (0700) and the files are readable (0444): Compose binds the host's file into the container as
it is, and the containers' users, who own nothing and have no capabilities, are not the user who made it. On the host
the closed folder keeps everybody else out.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATABASE_ROLES = ("owner", "api", "respondent", "engine", "auditor")
QUEUE_USERS = ("api", "engine", "operator")
PASSWORDS = (
    "postgres_password",
    *(f"{role}_password" for role in DATABASE_ROLES),
    *(f"valkey_{user}_password" for user in QUEUE_USERS),
)
"""Made at random once. Delete one and run again to change it; the rest is written from these."""


def make_secrets(folder: Path, *, postgres: str = "postgres:5432", valkey: str = "valkey:6379") -> list[str]:
    """Complete the folder; ``postgres`` and ``valkey`` are host:port. Return the names written, sorted.

    Raises OSError when the folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    written = [name for name in PASSWORDS if not (folder / name).exists()]
    for name in written:
        _write(folder / name, secrets.token_hex(24))
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
    for user in ("api", "engine"):
        made[f"valkey_{user}_url"] = f"redis://{user}:{passwords[f'valkey_{user}_password']}@{valkey}/0"
    acl = (HERE / "valkey.acl").read_text(encoding="ascii")
    for user in QUEUE_USERS:
        name = f"valkey_{user}_password"
        acl = acl.replace(f"{{{name}}}", hashlib.sha256(passwords[name].encode()).hexdigest())
    return made | {"valkey_acl": acl}


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
    options = parser.parse_args(arguments)
    try:
        written = make_secrets(options.folder)
    except OSError as error:
        print(f"nastavnik: the secrets cannot be written: {error}", file=sys.stderr)
        return 1
    if written:
        print(f"nastavnik: made {len(written)} secrets in {options.folder}: {', '.join(written)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
