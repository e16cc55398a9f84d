"""`nastavnik audit`: whether histories and the audit log hold, the heads to keep elsewhere, and their key."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from psycopg.rows import dict_row

from services.cli.words import Words, add, group
from shared.access import heads
from shared.access.chain_check import AuditReport, check
from shared.db.pool import Conn
from shared.db.tenancy import PLATFORM, Tenant, enter
from shared.programme import store
from shared.programme.history import verify
from shared.settings import load_settings


def add_commands(words: Words[argparse.ArgumentParser]) -> None:
    """Declare them."""
    audit = group(words, "audit", "histories and the audit log")
    holds = add(
        audit, "verify", "check the history of every programme and the audit log of every municipality", _verify
    )
    holds.add_argument("--municipality", type=int, action="append", help="only this one; may be repeated")
    holds.add_argument("--heads", type=Path, metavar="FILE", help="heads kept elsewhere (from `audit heads`)")
    holds.add_argument("--public-key", type=Path, metavar="FILE", action="append", help="PEM; repeat after a rotation")
    kept = add(audit, "heads", "print the last head of every chain as a JSON line, to be kept elsewhere", _heads)
    kept.add_argument("--all", action="store_true", help="every head there is")
    key = add(audit, "key", "make a key that signs heads: FILE (private) and FILE.pub", _key)
    key.add_argument("file", type=Path, metavar="FILE")
    key.add_argument("--public", action="store_true", help="FILE is there: print its public key")


def _verify(options: argparse.Namespace) -> int:
    """Print one JSON line a contradiction and what was checked; exit status 1 when there is any."""
    kept = heads.read_lines(options.heads.read_text("utf-8").splitlines()) if options.heads else []
    keys = [heads.load_public(path.read_text("utf-8")) for path in options.public_key or ()]
    found = 0
    with psycopg.connect(load_settings().need("auditor_database_url"), row_factory=dict_row, autocommit=True) as conn:
        asked = options.municipality or sorted({*_municipalities(conn), *(head.municipality_id for head in kept)})
        found += _verify_histories(conn, asked)
        found += _verify_logs(conn, asked, kept, keys)
    if not keys:
        print("no --public-key was given: no signature was checked, so a rewritten chain or a cut tail can go unseen")
    return 1 if found else 0


def _verify_histories(conn: Conn, municipalities: Iterable[int]) -> int:
    checked, faults = 0, 0
    for municipality_id in municipalities:
        with _snapshot(conn, municipality_id):
            for row in conn.execute("SELECT id FROM programme ORDER BY id").fetchall():
                fault = verify(item.event for item in store.all_events(conn, row["id"]))
                checked += 1
                if fault is not None:
                    faults += 1
                    place = {"municipality": municipality_id, "programme": row["id"], "seq": fault.seq}
                    print(json.dumps({**place, "fault": fault.en}))
    print(f"histories checked: {checked}, contradictory: {faults}")
    return faults


def _verify_logs(
    conn: Conn, municipalities: Iterable[int], kept: Sequence[heads.Head], keys: Sequence[Ed25519PublicKey]
) -> int:
    links, faults = 0, 0
    for municipality_id in municipalities:
        own = [head for head in kept if head.municipality_id == municipality_id]
        with _snapshot(conn, municipality_id):
            report = check(conn, municipality_id, heads=own, keys=keys)
        for fault in report.faults:
            print(json.dumps({"municipality": municipality_id, **asdict(fault)}))
        print(_sentence(municipality_id, report))
        links += report.links
        faults += len(report.faults)
    print(f"audit links checked: {links}, contradictions: {faults}")
    return faults


def _sentence(municipality_id: int, report: AuditReport) -> str:
    proved = "no proved head" if report.proved_no is None else f"proved up to link {report.proved_no}"
    return (
        f"municipality {municipality_id}: {report.links} links, {proved}, {report.unproved} after it"
        f" (a tail cut or rewritten there would not be seen), {report.waiting} rows wait for a link"
    )


def _heads(options: argparse.Namespace) -> int:
    with psycopg.connect(load_settings().need("auditor_database_url"), row_factory=dict_row, autocommit=True) as conn:
        unsigned = 0
        for municipality_id in _municipalities(conn):
            with _snapshot(conn, municipality_id):
                found = heads.stored(conn, municipality_id)
            for head in found if options.all else found[-1:]:
                unsigned += head.signature is None
                print(head.line())
    if unsigned:
        print(f"nastavnik: {unsigned} of these heads are not signed: NASTAVNIK_AUDIT_KEY is not set", file=sys.stderr)
    return 0


def _key(options: argparse.Namespace) -> int:
    if options.public:
        print(heads.public_pem(heads.load_public(options.file.read_text("utf-8"))), end="")
        return 0
    pem = heads.new_key()
    public = heads.load_public(pem)
    descriptor = os.open(options.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(pem)
    options.file.with_name(options.file.name + ".pub").write_text(heads.public_pem(public), encoding="ascii")
    print(f"key {heads.key_id(public)}: {options.file}, {options.file}.pub")
    return 0


def _municipalities(conn: Conn) -> list[int]:
    return [PLATFORM, *(row["id"] for row in conn.execute("SELECT id FROM all_municipalities() AS id"))]


@contextmanager
def _snapshot(conn: Conn, municipality_id: int) -> Iterator[None]:
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        enter(conn, Tenant(municipality_id))
        yield
