"""What each database role is let through to: policies by role and table, and the few functions that pass them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from deploy.embedded.postgres import PostgresServer

PROCESSES = ("nastavnik_api", "nastavnik_respondent", "nastavnik_engine", "nastavnik_auditor")
"""Roles that processes connect as; the owner only migrates."""
ACROSS_TENANTS = {
    ("nastavnik_engine", "engine_all"): "takes any tenant's work before it knows the tenant; enters it for all else",
    ("nastavnik_engine", "engine_purges"): "removes kept answers of all tenants by their age, and sees nothing but it",
    ("nastavnik_api", "api_reads"): "processes of the engine belong to no tenant",
}
"""(role, policy) that lets rows of several municipalities through, with the reason."""
WITHOUT_SCHOOL = {
    "audit": "read by the id of a row that the reader has been shown, or of the reader's own school",
    "principal": "for whoever manages the municipality's accounts; a school's roles have no right that reads it",
}
"""Tables that name a school and are not narrowed to it, with the reason."""
WIDE_FOR_LINKS = {
    "municipality": "its time zone",
    "school": "its name, on the questionnaire; narrowed to the link's school",
    "programme": "of the link's school; its inputs_version grows with an answer",
    "pack": "the questionnaire's words",
    "audit": "may only be added to",
    "audit_unchained": "may only be added to",
}
"""Tables that the holder of a personal link is let to beyond the link's own row, with the reason."""


@dataclass(frozen=True, slots=True)
class Definer:
    """A function that runs as the owner: why it must, and who may call it."""

    why: str
    callers: frozenset[str]


API, RESPONDENT, ENGINE, AUDITOR = (frozenset({role}) for role in PROCESSES)
DEFINERS = {
    "find_token(bigint)": Definer("the tenant is not known before the token is looked up", API),
    "find_personal_link(bigint)": Definer("the tenant is not known before the link is looked up", RESPONDENT),
    "find_account(text)": Definer("the tenant is not known before the login is looked up", API),
    "find_account_link(bigint)": Definer("the tenant is not known before the link is looked up", API),
    "find_session(bigint)": Definer("the tenant is not known before the session is looked up", API),
    "find_identity(text,text)": Definer("the tenant is not known before the identity is looked up", API),
    "all_municipalities()": Definer("ids alone, for processes that go through all tenants", ENGINE | AUDITOR),
    "subject_may_act()": Definer("one boolean: whether the consent behind the link's row is in force", RESPONDENT),
    "erase_person(bigint,boolean)": Definer(
        "one person of the tenant entered, in tables the engine only reads", ENGINE
    ),
}


@pytest.fixture(scope="module")
def catalogue(server: PostgresServer, template: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """The migrated database, looked at by a superuser."""
    with psycopg.connect(server.dsn(template, "postgres"), row_factory=dict_row) as conn:
        yield conn


def granted(conn: psycopg.Connection[dict[str, Any]]) -> set[tuple[str, str]]:
    """Return (role, table) wherever a process has a grant on the table or on a column of it."""
    rows = conn.execute(
        "SELECT grantee, table_name FROM information_schema.role_table_grants WHERE grantee = ANY(%(roles)s)"
        " UNION SELECT grantee, table_name FROM information_schema.role_column_grants WHERE grantee = ANY(%(roles)s)",
        {"roles": list(PROCESSES)},
    ).fetchall()
    return {(row["grantee"], row["table_name"]) for row in rows}


def policies(conn: psycopg.Connection[dict[str, Any]], role: str, table: str) -> list[dict[str, Any]]:
    """Return the policies that bind a role on a table, with all their words in ``says``."""
    return conn.execute(
        "SELECT policyname, permissive, coalesce(qual, '') || coalesce(with_check, '') AS says FROM pg_policies"
        " WHERE tablename = %s AND roles && ARRAY['public', %s]::name[]",
        (table, role),
    ).fetchall()


def test_every_grant_of_every_role_is_bound_to_the_municipality(catalogue: psycopg.Connection[dict[str, Any]]) -> None:
    wide = set()
    pairs = granted(catalogue)
    assert {role for role, _ in pairs} == set(PROCESSES)
    for role, table in sorted(pairs):
        letting = [one for one in policies(catalogue, role, table) if one["permissive"] == "PERMISSIVE"]
        assert letting or table == "municipality", (role, table)
        wide |= {(role, one["policyname"]) for one in letting if "app_municipality_id()" not in one["says"]}
    assert wide == set(ACROSS_TENANTS)


def test_every_grant_on_a_schools_rows_is_narrowed_to_the_school(
    catalogue: psycopg.Connection[dict[str, Any]],
) -> None:
    rows = catalogue.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'school_id'"
    ).fetchall()
    schools = {row["table_name"] for row in rows}
    unbound = set()
    for role, table in granted(catalogue):
        found = policies(catalogue, role, table)
        is_across = any((role, one["policyname"]) in ACROSS_TENANTS for one in found)
        narrowed = any(one["permissive"] == "RESTRICTIVE" and "app_school_id()" in one["says"] for one in found)
        if table in schools and not narrowed and not is_across:
            unbound.add(table)
    assert unbound == set(WITHOUT_SCHOOL)


def test_the_holder_of_a_link_is_let_to_one_row_of_each_table(catalogue: psycopg.Connection[dict[str, Any]]) -> None:
    wide = set()
    for role, table in granted(catalogue):
        if role == "nastavnik_respondent":
            found = policies(catalogue, role, table)
            if not any(one["policyname"] in ("one_subject", "own_answers") for one in found):
                wide.add(table)
    assert wide == set(WIDE_FOR_LINKS)
    for table in ("audit", "audit_unchained"):
        rows = catalogue.execute(
            "SELECT privilege_type FROM information_schema.role_table_grants"
            " WHERE grantee = 'nastavnik_respondent' AND table_name = %s",
            (table,),
        ).fetchall()
        assert [row["privilege_type"] for row in rows] == ["INSERT"]


def test_functions_that_pass_the_policies_are_listed_pinned_and_callable_by_few(
    catalogue: psycopg.Connection[dict[str, Any]],
) -> None:
    rows = catalogue.execute(
        "SELECT p.oid::regprocedure::text AS name, pg_get_userbyid(proowner) AS owner, proconfig AS settings,"
        " ARRAY(SELECT coalesce(r.rolname, 'public') FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) a"
        " LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> proowner)::text[] AS callers"
        " FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    ).fetchall()
    assert {row["name"] for row in rows} == set(DEFINERS)
    for row in rows:
        assert row["owner"] == "nastavnik_owner", row["name"]
        assert row["settings"] == ["search_path=public, pg_temp"], row["name"]
        assert set(row["callers"]) == DEFINERS[row["name"]].callers, row["name"]


def test_nobody_but_the_owner_may_make_anything_where_functions_look_for_tables(
    catalogue: psycopg.Connection[dict[str, Any]],
) -> None:
    """A definer's pinned path begins with public: whoever may create there could put a table in another's place."""
    rows = catalogue.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND has_schema_privilege(rolname, 'public', 'CREATE')",
        (list(PROCESSES),),
    ).fetchall()
    assert rows == []
