"""The servers' part of the compose file, on real servers: options, first-start scripts, users."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psycopg
import pytest
import redis

from deploy.embedded import children
from deploy.embedded.initdb import __file__ as initdb_file
from deploy.embedded.postgres import PostgresServer
from deploy.make_secrets import DATABASE_ROLES, make_secrets
from services.api.attempts import PREFIX, Attempts, Rule
from shared.errors import TooManyAttempts
from tests.deploy.conftest import run_init_scripts
from tests.deploy.deploy_files import composition


def secret(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="ascii")


def queue_user(folder: Path, user: str, address: str) -> redis.Redis:
    return redis.Redis.from_url(f"redis://{user}:{secret(folder, f'valkey_{user}_password')}@{address}/0")


@pytest.mark.parametrize("role", DATABASE_ROLES)
def test_every_role_comes_in_with_the_address_of_its_secret(
    initialised: PostgresServer, secret_files: Path, role: str
) -> None:
    with psycopg.connect(secret(secret_files, f"{role}_database_url")) as conn:
        row = conn.execute(
            "SELECT current_user, pg_get_userbyid(datdba), datlocprovider, datlocale, rolsuper OR rolbypassrls"
            " FROM pg_database, pg_roles WHERE datname = current_database() AND rolname = current_user"
        ).fetchone()
    assert row == (f"nastavnik_{role}", "nastavnik_owner", "b", "C.UTF-8", False)


def test_no_role_comes_in_without_its_password(initialised: PostgresServer, secret_files: Path) -> None:
    address = secret(secret_files, "api_database_url").replace(secret(secret_files, "api_password"), "guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)


def test_the_container_makes_its_data_folder_with_the_locale_of_the_tests() -> None:
    words = composition()["services"]["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    embedded = Path(initdb_file).read_text(encoding="utf-8")
    assert words
    for word in words:
        assert f'"{word}"' in embedded


def test_the_server_takes_the_options_and_logs_no_persons_data(initialised: PostgresServer) -> None:
    with psycopg.connect(initialised.superuser_dsn, autocommit=True) as conn:
        conn.execute("CREATE TEMPORARY TABLE pupil (name text UNIQUE)")
        conn.execute("INSERT INTO pupil VALUES ('Тайный Ученик')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute("INSERT INTO pupil VALUES ('Тайный Ученик')")
        shown = conn.execute("SELECT current_setting('max_connections'), current_setting('shared_buffers')").fetchone()
    log = "".join(path.read_text(encoding="utf-8") for path in initialised.data_dir.glob("*.log"))
    assert shown == ("200", "256MB")
    assert "duplicate key" in log
    assert "Ученик" not in log


def test_a_missing_secret_stops_the_first_start_by_name(
    initialised: PostgresServer, secret_files: Path, tmp_path: Path
) -> None:
    make_secrets(tmp_path / "secrets")
    whole = secret_copy(tmp_path, initialised)
    (whole / "engine_password").unlink()
    done = run_init_scripts(initialised, whole)
    assert done.returncode == 1
    assert "the secret engine_password is missing" in done.stderr
    with psycopg.connect(secret(secret_files, "owner_database_url")):
        pass  # nothing was changed


def test_running_the_scripts_again_gives_the_roles_their_new_passwords(
    initialised: PostgresServer, secret_files: Path, tmp_path: Path
) -> None:
    old = secret(secret_files, "auditor_database_url")
    (secret_files / "auditor_password").unlink()
    address = f"127.0.0.1:{initialised.port}"
    valkey = secret(secret_files, "valkey_api_url").partition("@")[2].removesuffix("/0")
    assert make_secrets(secret_files, postgres=address, valkey=valkey) == ["auditor_database_url", "auditor_password"]
    with psycopg.connect(old):
        pass
    assert run_init_scripts(initialised, secret_files).returncode == 0
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(old)
    with psycopg.connect(secret(secret_files, "auditor_database_url")) as conn:
        assert conn.execute("SELECT current_user").fetchone() == ("nastavnik_auditor",)


def test_the_health_check_of_postgres_tells_a_server_from_none(initialised: PostgresServer) -> None:
    words = composition()["services"]["postgres"]["healthcheck"]["test"]
    assert words[0] == "CMD"
    assert initialised.binaries is not None
    env = {"PATH": f"{initialised.binaries.bin_dir}:{os.defpath}"}
    for port, status in ((initialised.port, 0), (children.free_port(), 2)):
        assert subprocess.run(words[1:], env=env | {"PGPORT": str(port)}, check=False).returncode == status


def test_valkey_keeps_the_queue_on_disk_and_never_evicts(compose_valkey: str, secret_files: Path) -> None:
    with queue_user(secret_files, "operator", compose_valkey) as client:
        wanted = {"appendonly": "yes", "appendfsync": "everysec", "save": "", "maxmemory-policy": "noeviction"}
        assert client.config_get(*wanted) == wanted
        assert client.config_get("maxmemory") == {"maxmemory": str(256 * 1024 * 1024)}


def test_nobody_comes_in_without_a_name_and_a_password(compose_valkey: str, secret_files: Path) -> None:
    with redis.Redis.from_url(f"redis://{compose_valkey}/0") as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    with (
        redis.Redis.from_url(f"redis://engine:guessed@{compose_valkey}/0") as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_the_api_may_give_its_hint_count_attempts_and_nothing_else(compose_valkey: str, secret_files: Path) -> None:
    attempts = Attempts(secret(secret_files, "valkey_api_url"))
    two = Rule("tests", 2, 60, is_closed=True)
    attempts.count(two, "somebody")
    attempts.count(two, "somebody")
    with pytest.raises(TooManyAttempts) as refused:
        attempts.count(two, "somebody")
    assert 1 <= (refused.value.retry_after or 0) <= 60
    with queue_user(secret_files, "api", compose_valkey) as client:
        assert client.ping()
        client.publish("nastavnik:poke", "1")
        for forbidden in (
            lambda: client.publish("rq:pubsub:any", "1"),
            lambda: client.rpush("rq:queue:nastavnik", "forged"),
            lambda: client.get("nastavnik:sentinel"),
            lambda: client.delete(f"{PREFIX}:any"),
            lambda: client.eval("return redis.call('set', KEYS[1], '1')", 1, f"{PREFIX}:any"),
            client.flushall,
        ):
            with pytest.raises(redis.exceptions.NoPermissionError):
                forbidden()


def test_the_engine_may_use_its_queue_and_not_the_server(compose_valkey: str, secret_files: Path) -> None:
    with queue_user(secret_files, "engine", compose_valkey) as client:
        client.rpush("rq:queue:test", "message")
        assert client.lpop("rq:queue:test") == b"message"
        for forbidden in (
            lambda: client.set("another:key", "1"),
            lambda: client.keys("*"),
            client.flushdb,
            lambda: client.config_set("maxmemory", "1"),
            client.acl_list,
        ):
            with pytest.raises(redis.exceptions.NoPermissionError):
                forbidden()


def secret_copy(folder: Path, server: PostgresServer) -> Path:
    """Secrets of which one will be lost; the superuser's is the one in force."""
    path = folder / "secrets"
    (path / "postgres_password").unlink()
    (path / "postgres_password").write_text(str(psycopg.conninfo.conninfo_to_dict(server.superuser_dsn)["password"]))
    return path
