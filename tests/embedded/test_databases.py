"""Roles and databases on an embedded server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
import pytest

from deploy.embedded import databases, postgres
from deploy.embedded.folders import temporary_data_folder


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.PostgresServer]:
    with temporary_data_folder() as folder, postgres.start(folder, settings={"fsync": "off"}) as running:
        yield running


def test_every_role_gets_in_and_none_can_pass_the_row_rules(server: postgres.PostgresServer) -> None:
    dsns = databases.prepare_database(server, "roles")
    for role, dsn in dsns.items():
        with psycopg.connect(dsn) as conn:
            row = conn.execute(
                "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb "
                "FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            assert row == (role, False, False, False, False)


def test_only_the_owner_may_make_tables(server: postgres.PostgresServer) -> None:
    dsns = databases.prepare_database(server, "tables")
    for role, dsn in dsns.items():
        with psycopg.connect(dsn) as conn:
            if role == databases.OWNER:
                conn.execute("CREATE TABLE made_by_owner ()")
            else:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    conn.execute("CREATE TABLE made_by_another ()")


def test_preparing_again_and_at_once_changes_nothing(server: postgres.PostgresServer) -> None:
    first = databases.prepare_database(server, "again")
    with psycopg.connect(first[databases.OWNER]) as conn:
        conn.execute("CREATE TABLE kept ()")
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(partial(databases.prepare_database, server), ["again"] * 4))
    assert results == [first] * 4
    with psycopg.connect(first[databases.OWNER]) as conn:
        assert conn.execute("SELECT to_regclass('kept') IS NOT NULL").fetchone() == (True,)


def test_a_copy_holds_the_templates_tables_and_can_be_dropped(server: postgres.PostgresServer) -> None:
    template = databases.prepare_database(server, "template_428")
    with psycopg.connect(template[databases.OWNER]) as conn:
        conn.execute("CREATE TABLE copied ()")
    copy = databases.clone_database(server, "template_428", "copy_1")
    conn = psycopg.connect(copy[databases.OWNER])
    assert conn.execute("SELECT to_regclass('copied') IS NOT NULL").fetchone() == (True,)
    databases.drop_database(server, "copy_1")
    databases.drop_database(server, "copy_1")
    with pytest.raises(psycopg.OperationalError):
        conn.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(copy[databases.OWNER])


def test_addresses_become_the_settings_of_our_processes(server: postgres.PostgresServer) -> None:
    settings = databases.settings_of(databases.role_dsns(server, "nastavnik"))
    assert sorted(settings) == [
        "NASTAVNIK_AUDITOR_DATABASE_URL",
        "NASTAVNIK_DATABASE_URL",
        "NASTAVNIK_ENGINE_DATABASE_URL",
        "NASTAVNIK_OWNER_DATABASE_URL",
        "NASTAVNIK_RESPONDENT_DATABASE_URL",
    ]
    assert settings["NASTAVNIK_DATABASE_URL"].startswith("postgresql://nastavnik_api:")
