"""Every tenant table is found in the catalogue and is under row-level security, forced, for every role."""

from __future__ import annotations

import re
from pathlib import Path

import aiosql
import psycopg
import pytest

from shared.db.migrate import read_migrations

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_TENANT = {
    "migration": "which files were applied; the owner alone reads it",
    "record_template": "holds no rows, only the columns that others copy",
    "programme_record_template": "holds no rows, only the columns that others copy",
    "worker": "processes, not tenants; the engine writes it, the API reads it",
    "municipality": "is the tenant itself: policy on its id",
}
BY_MUNICIPALITY_ONLY = {
    "municipality",
    "calendar_day",
    "principal",
    "token",
    "account",
    "recovery_code",
    "account_link",
    "account_session",
    "identity",
    "spent_nonce",
    "idempotency",
    "audit",
    "audit_unchained",
    "audit_chain",
    "audit_head",
    "pack",
    "outbox",
    "feed_head",
    "webhook",
    "webhook_secret",
    "schedule_tick",
    "worker",
}
"""Tables of a whole municipality: their rows belong to no single school."""
QUERY_FILES = [
    path
    for path in sorted((ROOT / "shared").rglob("*.sql"))
    if "migrations" not in path.parts and path.name != "schema.sql"
]


@pytest.fixture
def catalogue(dsns: dict[str, str]) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(dsns["nastavnik_owner"])


def _tables(conn: psycopg.Connection[tuple[object, ...]]) -> dict[str, tuple[bool, bool]]:
    rows = conn.execute(
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )
    return {str(name): (bool(enabled), bool(forced)) for name, enabled, forced in rows}


def test_every_table_is_protected_or_listed_with_a_reason(catalogue: psycopg.Connection[tuple[object, ...]]) -> None:
    tables = _tables(catalogue)
    unprotected = {name for name, flags in tables.items() if flags != (True, True)}
    assert unprotected <= {"migration", "record_template", "programme_record_template"}
    assert set(WITHOUT_TENANT) <= set(tables)


def test_every_tenant_table_has_a_municipality_policy_and_a_school_policy(
    catalogue: psycopg.Connection[tuple[object, ...]],
) -> None:
    policies: dict[str, set[str]] = {}
    for table, kind, using in catalogue.execute(
        "SELECT tablename, permissive, coalesce(qual, with_check) FROM pg_policies"
    ):
        names = policies.setdefault(str(table), set())
        if "app_municipality_id()" in str(using):
            names.add("municipality")
        if kind == "RESTRICTIVE" and "app_school_id()" in str(using):
            names.add("school")
    for table in _tables(catalogue).keys() - {"migration", "record_template", "programme_record_template", "worker"}:
        assert "municipality" in policies.get(table, set()), table
        if table not in BY_MUNICIPALITY_ONLY:
            assert "school" in policies[table], table


def test_no_role_of_ours_owns_a_table_or_passes_the_policies(catalogue: psycopg.Connection[tuple[object, ...]]) -> None:
    owners = {
        row[0] for row in catalogue.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
    }
    assert owners == {"nastavnik_owner"}
    powers = catalogue.execute(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'nastavnik%' AND (rolsuper OR rolbypassrls OR rolcreaterole)"
    ).fetchall()
    assert powers == []


def test_history_and_results_cannot_be_rewritten_by_a_process(
    catalogue: psycopg.Connection[tuple[object, ...]],
) -> None:
    grants = catalogue.execute(
        "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants"
        " WHERE table_name IN ('programme_event', 'audit', 'audit_chain', 'audit_head', 'fulfilment', 'result')"
        " AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE') AND grantee <> 'nastavnik_owner'"
    ).fetchall()
    assert grants == []


def test_an_unset_tenant_sees_nothing(dsns: dict[str, str]) -> None:
    with psycopg.connect(dsns["nastavnik_api"]) as conn:
        for (table,) in conn.execute(
            "SELECT table_name FROM information_schema.role_table_grants"
            " WHERE grantee = 'nastavnik_api' AND privilege_type = 'SELECT' AND table_name <> 'worker'"
        ).fetchall():
            row = conn.execute(
                psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table))
            ).fetchone()
            assert row == (0,), table


@pytest.mark.parametrize("path", QUERY_FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_named_query_prepares(path: Path, dsns: dict[str, str]) -> None:
    found = aiosql.from_path(path, "psycopg", mandatory_parameters=False)
    names = [name for name in found.available_queries if not name.endswith("_cursor")]
    assert names
    with psycopg.connect(dsns["nastavnik_owner"], autocommit=True) as conn:
        for place, name in enumerate(names):
            text = re.sub(r"%\(\w+\)s", "NULL", getattr(found, name).sql).replace("%%", "%").rstrip().rstrip(";")
            conn.execute(f"PREPARE q{place} AS {text}")


def test_migrations_are_numbered_without_gaps() -> None:
    numbers = [migration.number for migration in read_migrations()]
    assert numbers == list(range(1, len(numbers) + 1))
