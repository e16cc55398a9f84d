"""Holds the audit log of a municipality against its chain and the chain against its heads; writes nothing.

What it can see: rows edited, removed or put beside the chain, links that do not follow, and any change up to a head
whose signature was proved. What it cannot: a tail after the last such head that was cut or written anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from psycopg.rows import dict_row

from shared.access.chain import BODIES, GENESIS, body, link_hash, queries
from shared.access.heads import Head, is_signed_by, key_id, stored
from shared.db.pool import Conn

_STEP = 2000
_LINKS = (
    "SELECT c.chain_no, c.audit_id, c.body_version, c.prev_hash, c.hash AS link_hash, a.*"
    " FROM audit_chain c LEFT JOIN audit a ON a.municipality_id = c.municipality_id AND a.id = c.audit_id"
    " WHERE c.municipality_id = %s ORDER BY c.chain_no"
)


@dataclass(frozen=True, slots=True)
class AuditFault:
    """One contradiction. ``chain_no`` or ``audit_id`` is None where it has none."""

    chain_no: int | None
    audit_id: int | None
    en: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a municipality's log was found to be; ``proved_no``: the last link under a proved head, None without one."""

    links: int
    waiting: int
    proved_no: int | None
    faults: tuple[AuditFault, ...]

    @property
    def unproved(self) -> int:
        """Links that no proved head covers: there a cut or rewritten tail would not be seen."""
        return self.links - (self.proved_no or 0)


def check(
    conn: Conn, municipality_id: int, *, heads: Iterable[Head] = (), keys: Sequence[Ed25519PublicKey] = ()
) -> AuditReport:
    """Check the tenant entered against its own heads and ``heads``; ask in one snapshot (REPEATABLE READ)."""
    asked = [*dict.fromkeys((*stored(conn, municipality_id), *heads))]
    wanted = {head.chain_no for head in asked}
    hashes: dict[int, str] = {}
    faults: list[AuditFault] = []
    links = 0
    prev_hash = GENESIS
    for row in _links(conn, municipality_id):
        links += 1
        faults += _link_faults(row, links, prev_hash)
        prev_hash = row["link_hash"]
        if row["chain_no"] in wanted:
            hashes[row["chain_no"]] = prev_hash
    proved = _proved(asked, keys, faults)
    faults += [fault for head in asked if (fault := _head_fault(head, hashes))]
    unlinked = queries().unlinked_rows(conn, municipality_id=municipality_id)
    faults += [AuditFault(None, row_id, "the row was put in beside the chain") for row_id in unlinked["strange"]]
    for row in queries().removed_while_waiting(conn, municipality_id=municipality_id):
        faults.append(AuditFault(None, row["audit_id"], "the row was removed before it got its link"))
    held = [head.chain_no for head in proved if hashes.get(head.chain_no) == head.hash]
    return AuditReport(links, unlinked["waiting"], max(held, default=None), tuple(faults))


def _links(conn: Conn, municipality_id: int) -> Iterator[Mapping[str, Any]]:
    with conn.cursor("links", row_factory=dict_row) as cursor:
        cursor.itersize = _STEP
        yield from cursor.execute(_LINKS, (municipality_id,))


def _link_faults(row: Mapping[str, Any], expected_no: int, prev_hash: str) -> Iterator[AuditFault]:
    place = (row["chain_no"], row["audit_id"])
    if row["chain_no"] != expected_no:
        yield AuditFault(*place, "links before this one are missing")
    if row["prev_hash"] != prev_hash:
        yield AuditFault(*place, "the link does not continue the one before")
    if row["id"] is None:
        yield AuditFault(*place, "the row of this link was removed")
    elif row["body_version"] not in BODIES:
        yield AuditFault(*place, "the link is of a form that this release does not know")
    elif row["link_hash"] != link_hash(row["prev_hash"], body(row, row["body_version"])):
        yield AuditFault(*place, "the row was changed after it got its link")


def _proved(heads: Iterable[Head], keys: Sequence[Ed25519PublicKey], faults: list[AuditFault]) -> list[Head]:
    """The heads that one of the keys signed; a head that names one of them and is not its own is a fault."""
    known = {key_id(key): key for key in keys}
    proved = []
    for head in heads:
        if head.key_id not in known:
            continue
        if is_signed_by(head, known[head.key_id]):
            proved.append(head)
        else:
            faults.append(AuditFault(head.chain_no, None, f"the signature of the head of {head.at} is not of this key"))
    return proved


def _head_fault(head: Head, hashes: Mapping[int, str]) -> AuditFault | None:
    found = hashes.get(head.chain_no)
    if found == head.hash:
        return None
    what = "has another hash there: it was written anew" if found else "has no such link: its tail was cut"
    return AuditFault(head.chain_no, None, f"the chain under the head of {head.at} {what}")
