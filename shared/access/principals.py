"""Principals: made, changed, ended, the first administrator with its token; who may manage whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from shared.access import account_links, accounts, identities, sessions
from shared.access.model import Actor, Role
from shared.access.tokens import ACCOUNT, new_secret
from shared.db.pool import Conn
from shared.db.records import Row
from shared.db.tenancy import PLATFORM
from shared.errors import (
    FieldError,
    FieldsInvalid,
    Forbidden,
    NotFound,
    RecordEnded,
    RuleBroken,
    VersionMismatch,
)


def create(conn: Conn, actor: Actor, values: Mapping[str, Any]) -> Row:
    """Write a principal in the actor's municipality; only an administrator makes administrators and methodists."""
    role = Role(values["role"])
    if role in (Role.ADMIN, Role.METHODIST) and actor.role is not Role.ADMIN:
        raise Forbidden(right=f"principals.manage({role})")
    in_platform = actor.tenant.municipality_id == PLATFORM
    if in_platform != (role is Role.ADMIN):
        ru = "Укажите муниципалитет в заголовке X-Municipality (администратору — не указывайте)."
        en = "Name the municipality in X-Municipality (for an administrator leave it out)."
        raise FieldsInvalid([FieldError("X-Municipality", "scope", ru, en)])
    if not in_platform:
        _demand_municipality(conn)
    return _one(
        conn.execute(
            "INSERT INTO principal (municipality_id, name, role, school_id, email)"
            " VALUES (%(municipality_id)s, %(name)s, %(role)s, %(school_id)s, %(email)s) RETURNING *",
            {"municipality_id": actor.tenant.municipality_id, "email": None, **values},
        ).fetchone()
    )


def _demand_municipality(conn: Conn) -> None:
    """No key can demand it: administrators belong to municipality 0, which is nobody's row."""
    if conn.execute("SELECT 1 FROM municipality WHERE id = (SELECT app_municipality_id())").fetchone() is None:
        ru, en = "Такого муниципалитета нет.", "There is no such municipality."
        raise FieldsInvalid([FieldError("X-Municipality", "unknown", ru, en)])


def demand_manages(actor: Actor, principal: Row) -> None:
    """Raise Forbidden unless the actor may end the principal or hold its tokens.

    Whoever has a principal's token is that principal: only an administrator gets those of administrators and
    methodists; anybody who manages principals renews their own.
    """
    role = Role(principal["role"])
    if role in (Role.ADMIN, Role.METHODIST) and actor.role is not Role.ADMIN and principal["id"] != actor.principal_id:
        raise Forbidden(right=f"principals.manage({role})")


def page(conn: Conn, *, after: int, limit: int) -> list[Row]:
    """Return principals of the tenant, in id order."""
    return conn.execute(
        "SELECT * FROM principal WHERE municipality_id = (SELECT app_municipality_id()) AND id > %s"
        " ORDER BY id LIMIT %s",
        (after, limit),
    ).fetchall()


def get(conn: Conn, principal_id: int) -> Row:
    """Return one principal; NotFound also for another tenant's."""
    query = "SELECT * FROM principal WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s"
    return _one(conn.execute(query, (principal_id,)).fetchone())


def change(conn: Conn, principal_id: int, expected: int, values: Mapping[str, Any]) -> Row:
    """Change the name, the e-mail address or both; a login follows the address, links stop with it.

    NotFound, VersionMismatch, RecordEnded; RuleBroken when the address is needed or taken as a login.
    """
    kept = get(conn, principal_id)
    row = conn.execute(
        "UPDATE principal SET name = %(name)s, email = %(email)s, version = version + 1, updated_at = now()"
        " WHERE municipality_id = (SELECT app_municipality_id()) AND id = %(id)s AND version = %(expected)s"
        " AND ended_at IS NULL RETURNING *",
        {"name": kept["name"], "email": kept["email"], **values, "id": principal_id, "expected": expected},
    ).fetchone()
    changed = _changed(conn, row, principal_id, expected)
    accounts.follow_address(conn, changed)
    if changed["email"] != kept["email"]:
        account_links.revoke_all(conn, principal_id)  # who reads the old mailbox may be somebody else
    return changed


def end(conn: Conn, principal_id: int, expected: int) -> Row:
    """End a principal: its tokens, sessions and links stop at once, its login is free. VersionMismatch, RecordEnded."""
    row = conn.execute(
        "UPDATE principal SET ended_at = now(), version = version + 1, updated_at = now()"
        " WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s AND version = %s AND ended_at IS NULL"
        " RETURNING *",
        (principal_id, expected),
    ).fetchone()
    ended = _changed(conn, row, principal_id, expected)
    sessions.end_all(conn, principal_id)
    account_links.revoke_all(conn, principal_id)
    accounts.close(conn, principal_id)
    identities.forget(conn, principal_id)
    return ended


def _changed(conn: Conn, row: Row | None, principal_id: int, expected: int) -> Row:
    if row is not None:
        return row
    current = get(conn, principal_id)
    if current["ended_at"] is not None and current["version"] == expected:
        raise RecordEnded(on=f"{current['ended_at']:%d.%m.%Y}")
    raise VersionMismatch(current=current["version"], expected=expected)


def bootstrap(owner_url: str, *, name: str, label: str = "bootstrap") -> str:
    """Make the first administrator and return the token; RuleBroken when there is one already."""
    secret = new_secret()
    with psycopg.connect(owner_url) as conn:
        conn.execute("LOCK TABLE principal IN SHARE ROW EXCLUSIVE MODE")
        if conn.execute("SELECT 1 FROM principal WHERE role = 'admin' AND ended_at IS NULL").fetchone():
            raise RuleBroken(rule="admin.exists", ru="Администратор уже есть.", en="There is an administrator already.")
        principal_id = _id(
            conn.execute(
                "INSERT INTO principal (municipality_id, name, role) VALUES (%s, %s, 'admin') RETURNING id",
                (PLATFORM, name),
            ).fetchone()
        )
        token_id = _id(
            conn.execute(
                "INSERT INTO token (municipality_id, principal_id, label, secret_hash, expires_at)"
                " VALUES (%s, %s, %s, %s, now() + interval '30 days') RETURNING id",
                (PLATFORM, principal_id, label, secret.digest),
            ).fetchone()
        )
    return secret.token(ACCOUNT, token_id)


def _id(row: tuple[Any, ...] | None) -> int:
    if row is None:
        raise NotFound
    return int(row[0])


def _one(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row
