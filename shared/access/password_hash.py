"""Passwords as argon2id hashes: made, verified, renewed; knows no rule for passwords and no table.

Parameters: OWASP Password Storage Cheat Sheet (argon2id, 19 MiB, 2 passes, 1 lane). RFC 9106 section 4 would rather
have 64 MiB and 4 lanes; the 16 threads of an API container of 1 GiB cannot all take as much at once.
"""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.access.passwords import LONGEST, normal

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1


def hash_password(password: str) -> str:
    """Return the hash in argon2's own notation, with its salt and parameters."""
    return _hasher().hash(normal(password))


def verify(stored: str | None, password: str) -> bool:
    """Return whether the password is right; False takes as long where there is no hash, so that time tells nothing."""
    if len(password) > LONGEST * 4:  # no password of ours, in whatever form it was typed
        password = password[:LONGEST]
        stored = None
    if stored is None:
        hash_password(password)
        return False
    try:
        return _hasher().verify(stored, normal(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Say whether the hash was made with other parameters than today's: it is renewed at the next login."""
    return _hasher().check_needs_rehash(stored)


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
