"""The second factor: time-based codes (RFC 6238) and recovery codes; offered, confirmed, asked for, turned off.

Thirty seconds a code, six digits, SHA-1, which is what every app can do (RFC 6238 and NIST SP 800-63B-4, 3.1.4). A
code counts in its own step and the ones beside it, once. Knows the sealed secret's place; must not know any page.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from shared.access.sealed import Keys, is_newest, seal, unseal
from shared.db.pool import Conn
from shared.db.records import Row
from shared.db.tenancy import Tenant
from shared.errors import Refused

STEP_SECONDS = 30
SECRET_BYTES = 20
OFFER_SECONDS = 900
"""How long an offer waits for its first code: the page shows it again without asking for the password."""
RECOVERY_CODES = 10
WRONG_AT_MOST = 50
"""Wrong codes in a row; then none is taken until a link that a person has granted is used, or the operator says so."""
_RECOVERY_BYTES = 15
"""120 bits: SP 800-63B-4, 3.1.2.2, wants no slow hash from 112 on."""
_ISSUER = "Наставник"


class FactorLocked(Refused):
    """Too many wrong codes in a row: ask whoever keeps the accounts for a link to a new password, or the operator."""

    code = "factor.locked"
    ru = "Слишком много неверных кодов подряд: попросите ссылку на новый пароль у того, кто ведёт учётные записи."


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret as it is shown while the factor is turned on: to be typed, and for a picture."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def offer(conn: Conn, tenant: Tenant, principal_id: int, login: str, keys: Keys) -> Offer:
    """Make a new secret, kept sealed until a code confirms it. SealMissing without a key of the installation."""
    secret = secrets.token_bytes(SECRET_BYTES)
    made_at = int(time.time()).to_bytes(8)
    _write(conn, principal_id, "factor_offered = %s", seal(keys, secret + made_at, _place(tenant, principal_id)))
    return shown(secret, login)


def offered(conn: Conn, tenant: Tenant, principal_id: int, login: str, keys: Keys) -> Offer | None:
    """Return the secret that awaits its first code, None when there is none or it has waited for too long."""
    row = _row(conn, principal_id)
    secret = None if row is None else _offered_secret(row, _place(tenant, principal_id), keys)
    return None if secret is None else shown(secret, login)


def shown(secret: bytes, login: str) -> Offer:
    """Return a secret in the two forms that apps take."""
    text = base64.b32encode(secret).decode("ascii")
    return Offer(" ".join(re.findall("....", text)), _totp(secret).get_provisioning_uri(login, _ISSUER))


def confirm(conn: Conn, tenant: Tenant, principal_id: int, code: str, keys: Keys) -> list[str] | None:
    """Turn the factor on by a first code; return the recovery codes, which are not kept. None for a wrong code."""
    row, place = _row(conn, principal_id), _place(tenant, principal_id)
    secret = None if row is None else _offered_secret(row, place, keys)
    step = None if row is None or secret is None else matching_step(secret, code, row["now"], 0)
    if secret is None or step is None:
        return None
    change = "factor = %s, factor_offered = NULL, factor_since = now(), wrong_codes = 0"
    _write(conn, principal_id, change, seal(keys, secret, place))
    _write(conn, principal_id, "last_step = %s", step)
    return new_recovery_codes(conn, tenant, principal_id)


def check(conn: Conn, tenant: Tenant, principal_id: int, code: str, keys: Keys) -> bool:
    """Return whether a code of the app or a recovery code is right, and use it up; a wrong one is counted.

    The row is locked: of two requests with one code one is let in. What an older key has sealed is sealed anew.
    Raises FactorLocked.
    """
    row = _row(conn, principal_id)
    if row is None or row["factor"] is None:
        return False
    if row["wrong_codes"] >= WRONG_AT_MOST:
        raise FactorLocked
    secret = unseal(keys, row["factor"], _place(tenant, principal_id))
    step = matching_step(secret, code, row["now"], row["last_step"])
    if step is not None:
        _write(conn, principal_id, "wrong_codes = 0, last_step = %s", step)
        if not is_newest(keys, row["factor"]):
            _write(conn, principal_id, "factor = %s", seal(keys, secret, _place(tenant, principal_id)))
        return True
    if _use_recovery_code(conn, principal_id, code):
        _write(conn, principal_id, "wrong_codes = %s", 0)
        return True
    _write(conn, principal_id, "wrong_codes = %s", row["wrong_codes"] + 1)
    return False


def matching_step(secret: bytes, code: str, now: datetime, last_step: int) -> int | None:
    """Return the step whose code it is, among this one and its neighbours and later than ``last_step``; else None."""
    digits = re.sub(r"\s", "", code)
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        return None
    current = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in (current - 1, current, current + 1):
        expected = _totp(secret).generate(step * STEP_SECONDS)
        if hmac.compare_digest(expected, digits.encode()) and step > last_step:
            found = step
    return found


def turn_off(conn: Conn, principal_id: int) -> None:
    """Forget the secret and the recovery codes."""
    _write(conn, principal_id, "factor = NULL, factor_offered = NULL, factor_since = NULL, wrong_codes = %s", 0)
    _forget_codes(conn, principal_id)


def unlock(conn: Conn, principal_id: int) -> None:
    """Take codes again after too many wrong ones."""
    _write(conn, principal_id, "wrong_codes = %s", 0)


def new_recovery_codes(conn: Conn, tenant: Tenant, principal_id: int) -> list[str]:
    """Put new recovery codes in the place of the old ones; return them, this once."""
    _forget_codes(conn, principal_id)
    raw = [secrets.token_bytes(_RECOVERY_BYTES) for _ in range(RECOVERY_CODES)]
    texts = [base64.b32encode(one).decode("ascii").lower() for one in raw]
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO recovery_code (municipality_id, principal_id, code_hash) VALUES (%s, %s, %s)",
            [(tenant.municipality_id, principal_id, _digest(text)) for text in texts],
        )
    return ["-".join(re.findall("....", text)) for text in texts]


def codes_left(conn: Conn, principal_id: int) -> int:
    """Return how many recovery codes are unused."""
    row = conn.execute(
        "SELECT count(*) AS n FROM recovery_code WHERE municipality_id = (SELECT app_municipality_id())"
        " AND principal_id = %s AND used_at IS NULL",
        (principal_id,),
    ).fetchone()
    return 0 if row is None else int(row["n"])


def _use_recovery_code(conn: Conn, principal_id: int, code: str) -> bool:
    text = re.sub(r"[\s-]", "", code).lower()
    done = conn.execute(
        "UPDATE recovery_code SET used_at = now() WHERE municipality_id = (SELECT app_municipality_id())"
        " AND principal_id = %s AND code_hash = %s AND used_at IS NULL",
        (principal_id, _digest(text)),
    )
    return done.rowcount == 1


def _forget_codes(conn: Conn, principal_id: int) -> None:
    conn.execute(
        "DELETE FROM recovery_code WHERE municipality_id = (SELECT app_municipality_id()) AND principal_id = %s",
        (principal_id,),
    )


def _offered_secret(row: Row, place: str, keys: Keys) -> bytes | None:
    """Return the secret that is offered, None when there is none any more; the second of the offer stands behind it."""
    if row["factor_offered"] is None:
        return None
    plain = unseal(keys, row["factor_offered"], place)
    age = row["now"].timestamp() - int.from_bytes(plain[SECRET_BYTES:])
    return plain[:SECRET_BYTES] if age <= OFFER_SECONDS else None


def _row(conn: Conn, principal_id: int) -> Row | None:
    return conn.execute(
        "SELECT factor, factor_offered, last_step, wrong_codes, clock_timestamp() AS now FROM account"
        " WHERE municipality_id = (SELECT app_municipality_id()) AND principal_id = %s FOR UPDATE",
        (principal_id,),
    ).fetchone()


def _write(conn: Conn, principal_id: int, change: str, value: str | int) -> None:
    """``change`` is our own text with one place for the value."""
    conn.execute(
        f"UPDATE account SET {change} WHERE municipality_id = (SELECT app_municipality_id()) AND principal_id = %s",
        (value, principal_id),
    )


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, 6, SHA1(), STEP_SECONDS)  # nosec B303 # noqa: S303 - the standard's hash


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _place(tenant: Tenant, principal_id: int) -> str:
    return f"account.factor:{tenant.municipality_id}:{principal_id}"
