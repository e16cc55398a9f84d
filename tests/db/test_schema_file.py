"""shared/db/schema.sql is for reading, so it must say what the migrations make."""

from __future__ import annotations

import re

import psycopg
from psycopg.rows import dict_row

from services.schema_file import PATH
from shared.db.schema import schema_text

REWRITE = "run: python -m services.cli schema"


def text_of(dsns: dict[str, str]) -> str:
    with psycopg.connect(dsns["nastavnik_owner"], row_factory=dict_row) as conn:
        return schema_text(conn)


def test_the_file_is_what_the_migrations_make(dsns: dict[str, str]) -> None:
    assert PATH.read_text(encoding="utf-8") == text_of(dsns), REWRITE


def test_the_text_names_every_table_policy_and_function(dsns: dict[str, str]) -> None:
    text = text_of(dsns)
    with psycopg.connect(dsns["nastavnik_owner"]) as conn:
        named = conn.execute(
            "SELECT 'CREATE TABLE ' || tablename FROM pg_tables WHERE schemaname = 'public'"
            " UNION ALL SELECT 'CREATE POLICY ' || policyname || ' ON ' || tablename FROM pg_policies"
            " UNION ALL SELECT 'FUNCTION public.' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        ).fetchall()
    assert len(named) > 150
    assert [name for (name,) in named if not re.search(rf"{name}\b", text)] == []


def test_a_change_of_anything_changes_the_text(dsns: dict[str, str]) -> None:
    before = text_of(dsns)
    for statement in (
        "ALTER TABLE goal ADD COLUMN note text",
        "ALTER TABLE goal ALTER COLUMN kind SET DEFAULT 'task'",
        "CREATE INDEX goal_kind ON goal (kind)",
        "ALTER TABLE goal NO FORCE ROW LEVEL SECURITY",
        "ALTER POLICY tenant_school ON goal TO nastavnik_api",
        "GRANT DELETE ON goal TO nastavnik_api",
        "GRANT EXECUTE ON FUNCTION find_token(bigint) TO PUBLIC",
        "COMMENT ON TABLE goal IS 'aim'",
        "ALTER TABLE goal DROP CONSTRAINT goal_form",
    ):
        with psycopg.connect(dsns["nastavnik_owner"]) as conn:
            conn.execute(statement.encode())
        after = text_of(dsns)
        assert after != before, statement
        before = after
