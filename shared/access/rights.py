"""The one table of rights: what each role may do, and what a token's scopes leave of it; deny by default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from shared.access.model import Actor, Role
from shared.errors import FieldError, FieldsInvalid, Forbidden

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
        "me.read": _ALL,
        "tokens.own": _ALL,
        "account.own": _ALL,
        "links.manage": frozenset({C}),
        "people.read": _SCHOOL_STAFF,
        "people.write": frozenset({C}),
        "privacy.answer": frozenset({C}),
        "privacy.erase": frozenset({C}),
        "erasures.read": frozenset({C, D}),
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

READING = "*.read"
"""A scope: all that the role may read, but the confidential records, which have to be named."""
_NAMED_ONLY = frozenset({"confidential.read"})
NEVER_SCOPED = frozenset({"principals.manage", "account.own"})
"""No scope carries these: whoever makes accounts and tokens, or sets their own account's second factor and ends its
sessions, can do more than the scope says."""
ALWAYS_SCOPED = frozenset({"me.read"})
"""Every scope carries these."""
SCOPES_AT_MOST = 60


class OutOfScope(Forbidden):
    """This token's scope does not carry the right {right}; the role has it."""

    code = "access.scope"
    ru = "Область действия этого токена не включает право {right}, хотя у роли оно есть."


def demand(actor: Actor, right: str) -> None:
    """Raise Forbidden unless the actor's role has the right (an unknown one is nobody's), OutOfScope for its token."""
    if actor.role not in RIGHTS.get(right, frozenset()):
        raise Forbidden(right=right)
    if not may(actor, right):
        raise OutOfScope(right=right)


def may(actor: Actor, right: str) -> bool:
    """Return whether the actor's role has the right and its token's scopes carry it."""
    has_right = actor.role in RIGHTS.get(right, frozenset())
    return has_right and (actor.scopes is None or right in carried(actor.scopes))


@lru_cache(maxsize=1000)
def carried(scopes: tuple[str, ...]) -> frozenset[str]:
    """Return the rights that the scopes carry, whatever the role; one that means nothing any more carries none."""
    return frozenset().union(ALWAYS_SCOPED, *map(_carried, scopes)) - NEVER_SCOPED


def demand_no_more(actor: Actor, scopes: Sequence[str] | None) -> None:
    """Raise OutOfScope when a token of these scopes could do more than the one that the actor came with."""
    if actor.scopes is None:
        return
    own = carried(actor.scopes)
    wanted = frozenset(RIGHTS) if scopes is None else carried(tuple(scopes))
    beyond = sorted(right for right in wanted - own if actor.role in RIGHTS[right])
    if beyond:
        raise OutOfScope(right=beyond[0])


def scopes_for(role: Role, named: Sequence[str]) -> tuple[str, ...]:
    """Return the scopes in order and without repeats; FieldsInvalid where one is unknown or leaves the role nothing."""
    wrong = []
    for place, scope in enumerate(named):
        rights = _carried(scope) - NEVER_SCOPED
        if not rights:
            ru, en = f"Такой области нет: {scope}.", f"There is no such scope: {scope}."
            wrong.append(FieldError(f"scopes.{place}", "unknown", ru, en))
        elif not any(role in RIGHTS[right] for right in rights):
            ru, en = f"У роли {role} нет этих прав: {scope}.", f"The role {role} has none of these rights: {scope}."
            wrong.append(FieldError(f"scopes.{place}", "role", ru, en))
    if wrong:
        raise FieldsInvalid(wrong)
    return tuple(sorted(set(named)))


def _carried(scope: str) -> frozenset[str]:
    """Return what one scope means: a right by its name, `noun.*`, or READING."""
    noun, _, verb = scope.partition(".")
    rights = {right for right, roles in RIGHTS.items() if roles != {Role.RESPONDENT}}
    if scope == READING:
        return frozenset(right for right in rights if right.endswith(".read")) - _NAMED_ONLY
    if verb == "*":
        return frozenset(right for right in rights if right.partition(".")[0] == noun)
    return frozenset({scope} & rights)
