"""A process that owns a server until it is killed: `python owner.py postgres|valkey DATA [BIN]`.

With BIN, root becomes `nobody` before it starts the server, as an ordinary user would. Prints the server's
process id and address, then waits for the end of its standard input.
"""

from __future__ import annotations

import encodings.ascii  # loaded before the change of user, who may not be able to read our Python
import encodings.idna  # noqa: F401
import os
import pwd
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from deploy.embedded import postgres, valkey
from deploy.embedded.binaries import EmbeddedSettings


def become_ordinary() -> None:
    """Give up root, for good."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)


def main(kind: str, data: Path, program: Path | None) -> None:
    """Start, tell, wait."""
    if program is not None:
        become_ordinary()
    embedded = EmbeddedSettings(
        postgres_bin=program if kind == "postgres" else None, valkey_bin=program if kind == "valkey" else None
    )
    server: postgres.PostgresServer | valkey.ValkeyServer
    if kind == "postgres":
        server = postgres.start(data, settings={"fsync": "off"}, embedded=embedded)
        address = server.superuser_dsn
    else:
        server = valkey.start(data, settings=embedded)
        address = server.url
    with server:
        sys.stdout.write(f"{server.pid} {address}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)
