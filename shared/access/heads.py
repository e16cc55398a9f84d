"""Signed ends of the audit chain: what is signed, with which key, and how a copy kept elsewhere is read.

A chain alone cannot see that its tail was cut or that it was written anew from some place on; a signed head that lies
where the database's owner cannot reach it can. Knows keys and texts; must not know where keys are kept.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.access.chain import queries
from shared.db.pool import Conn


class KeyUnreadable(ValueError):
    """The text is no Ed25519 key in PEM; never shows what it holds."""


class HeadUnreadable(ValueError):
    """A line is not one head as `nastavnik audit heads` prints them; names the line."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a municipality's chain at an instant (UTC, ISO 8601). ``signature`` is base64, None when unsigned."""

    municipality_id: int
    chain_no: int
    hash: str
    at: str
    key_id: str = ""
    signature: str | None = None

    @property
    def text(self) -> bytes:
        """What the signature is of."""
        parts = ("nastavnik audit head 1", self.municipality_id, self.chain_no, self.hash, self.at)
        return "\n".join(map(str, parts)).encode()

    def line(self) -> str:
        """Return the JSON line that is kept elsewhere."""
        return json.dumps(asdict(self), sort_keys=True)


def new_key() -> str:
    """Return a new private key in PEM (PKCS8, without a password)."""
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return Ed25519PrivateKey.generate().private_bytes(encoding, form, serialization.NoEncryption()).decode("ascii")


def load_private(pem: str) -> Ed25519PrivateKey:
    """Return the key. Raises KeyUnreadable."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnreadable("it is no Ed25519 private key in PEM without a password")
    return key


def load_public(pem: str) -> Ed25519PublicKey:
    """Return the public key of a PEM that holds it or its private one. Raises KeyUnreadable."""
    if "PRIVATE KEY" in pem:
        return load_private(pem).public_key()
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnreadable("it is no Ed25519 key in PEM")
    return key


def public_pem(key: Ed25519PublicKey) -> str:
    """Return the public key in PEM, to be kept where heads are checked."""
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(encoding, form).decode("ascii")


def key_id(key: Ed25519PublicKey) -> str:
    """Return the name of a key: the first 16 hex digits of the sha256 of its 32 bytes."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def is_signed_by(head: Head, key: Ed25519PublicKey) -> bool:
    """Say whether the signature is this key's and of this very head."""
    try:
        key.verify(base64.b64decode(head.signature or "", validate=True), head.text)
    except (InvalidSignature, binascii.Error):
        return False
    return True


def write_head(conn: Conn, municipality_id: int, key: Ed25519PrivateKey | None) -> Head | None:
    """Sign the last link of the tenant entered when a head is due (a day after the last one); return it, or None."""
    name = key_id(key.public_key()) if key else ""
    row = queries().due_head(conn, municipality_id=municipality_id, key_id=name)
    if row is None:
        return None
    bare = Head(municipality_id, row["chain_no"], row["hash"], _instant(row["at"]), name)
    signature = base64.b64encode(key.sign(bare.text)).decode("ascii") if key else None
    made = Head(bare.municipality_id, bare.chain_no, bare.hash, bare.at, name, signature)
    queries().insert_head(conn, **asdict(made))
    return made


def stored(conn: Conn, municipality_id: int) -> list[Head]:
    """Return the heads of the tenant entered, oldest first."""
    rows = queries().heads(conn, municipality_id=municipality_id)
    return [Head(**{**row, "at": _instant(row["at"])}) for row in rows]


def read_lines(lines: Iterable[str]) -> list[Head]:
    """Return the heads of a file of JSON lines. Raises HeadUnreadable."""
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(Head(**json.loads(line)))
            except (ValueError, TypeError):
                raise HeadUnreadable(f"line {number} is no head") from None
    return found


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
