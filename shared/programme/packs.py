"""Which pack a programme lives by: a shipped one or its municipality's own; never edited, never replaced."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from psycopg.errors import UniqueViolation

from shared.access.model import Actor
from shared.db.pool import Conn
from shared.errors import Duplicate, NotFound
from shared.pack.library import shipped_packs
from shared.pack.load import load_pack
from shared.pack.model import Pack
from shared.programme.store import queries


def find_pack(conn: Conn, code: str, version: int) -> Pack:
    """Return the pack; NotFound when neither shipped nor uploaded here."""
    if (code, version) in _shipped():
        return _shipped()[code, version]
    row = queries().get_pack(conn, code=code, version=version)
    if row is None:
        raise NotFound
    return _loaded(row["body"])


def upload(conn: Conn, actor: Actor, text: str) -> tuple[Pack, bool]:
    """Keep a municipality's own pack; say whether it is new (the same bytes again are no change).

    Raises PackInvalid with every mistake, Duplicate when code and version are taken by other bytes.
    """
    pack = load_pack(text)
    try:
        held = find_pack(conn, pack.code, pack.version)
    except NotFound:
        held = None
    if held is not None:
        if held.checksum != pack.checksum:
            raise Duplicate(what=f"{pack.code} v{pack.version}")
        return held, False
    try:
        queries().insert_pack(
            conn,
            municipality_id=actor.tenant.municipality_id,
            code=pack.code,
            version=pack.version,
            checksum=pack.checksum,
            body=text,
            created_by=actor.principal_id,
        )
    except UniqueViolation:
        raise Duplicate(what=f"{pack.code} v{pack.version}") from None
    return pack, True


def list_packs(conn: Conn) -> list[Pack]:
    """Return the shipped packs and the municipality's own."""
    own = [find_pack(conn, row["code"], row["version"]) for row in queries().list_packs(conn)]
    return [*_shipped().values(), *own]


@lru_cache(maxsize=1)
def _shipped() -> Mapping[tuple[str, int], Pack]:
    return {(pack.code, pack.version): pack for pack in shipped_packs()}


@lru_cache(maxsize=64)
def _loaded(body: str) -> Pack:
    return load_pack(body)
