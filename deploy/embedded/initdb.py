"""Makes a new PostgreSQL data folder (a cluster), or checks that an old one fits the programs.

Knows initdb and its versions; must not start servers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.embedded.binaries import PostgresBinaries
from deploy.embedded.children import Account
from deploy.embedded.errors import EmbeddedError

SUPERUSER = "postgres"
_BUILTIN_LOCALE_SINCE = 17


def ensure_cluster(
    cluster: Path, *, binaries: PostgresBinaries, account: Account | None, password: str, is_safe: bool
) -> None:
    """Make `cluster` unless it is there. A broken attempt leaves nothing under that name.

    `is_safe` False skips the flush to disk (tests). Raises EmbeddedError with initdb's own words, or when
    the data is of another major version.
    """
    if (cluster / "PG_VERSION").exists():
        kept = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        if kept != str(binaries.major):
            raise EmbeddedError(
                f"The data in {cluster} is of PostgreSQL {kept}, "
                f"but {binaries.bin_dir} holds {binaries.version}: "
                "use that version (EMBEDDED_POSTGRES_BIN), or dump and restore, or choose another folder."
            )
        return
    workshop = Path(tempfile.mkdtemp(prefix=".initdb-", dir=cluster.parent))
    try:
        _hand_over(workshop, account)
        _initdb(workshop, binaries=binaries, account=account, password=password, is_safe=is_safe)
        if cluster.is_dir():
            cluster.rmdir()  # an empty one is welcome, anything else is not ours to remove
        (workshop / "cluster").rename(cluster)
    except OSError as error:
        raise EmbeddedError(f"The data folder {cluster} cannot be made: {error}") from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _initdb(
    workshop: Path, *, binaries: PostgresBinaries, account: Account | None, password: str, is_safe: bool
) -> None:
    secret = workshop / "password"
    secret.touch(mode=0o600)
    secret.write_text(password, encoding="ascii")
    _hand_over(secret, account)
    command = [binaries.program("initdb"), "-D", str(workshop / "cluster"), f"--username={SUPERUSER}"]
    command += ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--no-instructions"]
    if binaries.major >= _BUILTIN_LOCALE_SINCE:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    else:
        command += ["--locale=C.UTF-8"]
    if not is_safe:
        command.append("--no-sync")
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode != 0:
        raise EmbeddedError(f"initdb could not make a new database folder:\n{(done.stdout + done.stderr)[-2000:]}")


def _hand_over(path: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid)
