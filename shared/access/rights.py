"""The one table of rights: what each role may do; deny by default."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.access.model import Actor, Role
from shared.errors import Forbidden

A, M, C, D, P = Role.ADMIN, Role.METHODIST, Role.CURATOR, Role.DIRECTOR, Role.PSYCHOLOGIST
_SCHOOL_STAFF = frozenset({C, D, P})
_ALL = frozenset({A, M, C, D, P})

RIGHTS: Mapping[str, frozenset[Role]] = MappingProxyType(
    {
        "packs.read": _ALL,
        "packs.upload": frozenset({A, M}),
        "municipalities.read": _ALL,
        "municipalities.write": frozenset({A}),
        "calendar.write": frozenset({A, M}),
        "schools.read": _ALL,
        "schools.write": frozenset({A, M}),
        "profiles.read": _ALL,
        "profiles.write": frozenset({M, C}),
        "principals.manage": frozenset({A, M}),
        "tokens.own": _ALL,
        "links.manage": frozenset({C}),
        "people.read": _SCHOOL_STAFF,
        "people.write": frozenset({C}),
        "privacy.answer": frozenset({C}),
        "programmes.read": _ALL,
        "programmes.create": frozenset({M, C}),
        "transitions.use": frozenset({M, C}),
        "extensions.write": frozenset({M}),
        "documents.read": frozenset({M, C, D, P}),
        "documents.write": frozenset({C}),
        "roster.read": _SCHOOL_STAFF,
        "roster.write": frozenset({C}),
        "pairs.read": _SCHOOL_STAFF,
        "pairs.write": frozenset({C}),
        "support.read": _SCHOOL_STAFF,
        "support.write": frozenset({C, P}),
        "confidential.read": frozenset({C, P}),
        "confidential.write": frozenset({C, P}),
        "surveys.read": _SCHOOL_STAFF,
        "surveys.write": frozenset({C}),
        "evaluation.read": frozenset({M, C, D, P}),
        "evaluation.write": frozenset({C}),
        "conclusions.sign": frozenset({C, D}),
        "rules.read": frozenset({M, C, D}),
        "rules.write": frozenset({C}),
        "rules.reopen": frozenset({M}),
        "results.read": frozenset({M, C, D}),
        "results.compute": frozenset({M, C}),
        "rewards.read": frozenset({C, D}),
        "rewards.approve": frozenset({C, D}),
        "notices.read": frozenset({M, C}),
        "jobs.read": frozenset({A, M, C, D}),
        "jobs.manage": frozenset({A, M, C}),
        "events.read": frozenset({A, M, C, D}),
        "webhooks.manage": frozenset({A, M}),
        "links.answer": frozenset({Role.RESPONDENT}),
    }
)
"""The methodist sees figures and documents of all schools, not the people behind them."""


def demand(actor: Actor, right: str) -> None:
    """Raise Forbidden unless the actor's role has the right; an unknown right is nobody's."""
    if actor.role not in RIGHTS.get(right, frozenset()):
        raise Forbidden(right=right)
