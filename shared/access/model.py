"""Who acts: roles and principals as values; knows no tables and no HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from shared.db.tenancy import Tenant


class Role(StrEnum):
    """A principal has exactly one."""

    ADMIN = "admin"
    METHODIST = "methodist"
    CURATOR = "curator"
    DIRECTOR = "director"
    PSYCHOLOGIST = "psychologist"
    RESPONDENT = "respondent"
    """somebody with a personal link and no account"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who a request acts as, in which tenant; ``request_id`` ties log lines and audit rows together."""

    principal_id: int
    role: Role
    tenant: Tenant
    request_id: str = field(default="")
    purpose: str = field(default="")
    """purpose of the personal link, '' for accounts"""
    traceparent: str | None = field(default=None)
    """the trace that the request belongs to, for what it sets going (shared/trace.py)"""
    scopes: tuple[str, ...] | None = field(default=None)
    """what the token is narrowed to, None: all that the role may do (shared/access/rights.py)"""
    token_id: int | None = field(default=None)
    """the account's token that the request came with"""
    session_id: int | None = field(default=None)
    """the session of the pages that the request came with"""
    is_use_due: bool = field(default=False)
    """the last use of the token or session was noted long ago"""
