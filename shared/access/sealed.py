"""Seals secrets that must be read again (of second factors, of webhooks) for the time they lie in the database.

AES-256-GCM under a key from the setting ``secrets_key``. The place (table and row) is authenticated too: what is
copied into another row does not open there. Knows no table and no setting's name but its own.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.errors import NastavnikError, Refused
from shared.settings import PREFIX, SettingInvalid

SHORTEST_KEY = 32
_NONCE = 12
_VERSION = "s1"


class SealBroken(NastavnikError):
    """A sealed secret cannot be opened: the key has changed or the row was altered."""

    code = "secrets.broken"
    ru = "Запечатанный секрет не открывается: сменился ключ или изменена запись."


class SealMissing(Refused):
    """This installation has no key for secrets (NASTAVNIK_SECRETS_KEY): ask its operator."""

    code = "secrets.no_key"
    ru = "В этой установке нет ключа для секретов (NASTAVNIK_SECRETS_KEY): обратитесь к её администратору."


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of the setting by the name that a sealed text carries; the first one seals, all of them open."""

    by_name: dict[str, bytes] = field(repr=False)

    @property
    def newest(self) -> str:
        """Return the name of the key that seals; SealMissing without any."""
        for name in self.by_name:
            return name
        raise SealMissing


def keys_of(setting: str) -> Keys:
    """Return the keys of a setting: one or more texts of at least 32 characters, blanks between; '' is none.

    Raises SettingInvalid for a shorter one.
    """
    found = {}
    for text in setting.split():
        if len(text) < SHORTEST_KEY:
            raise SettingInvalid(f"{PREFIX}SECRETS_KEY: a key has at least {SHORTEST_KEY} characters")
        key = HKDF(SHA256(), 32, salt=None, info=b"nastavnik sealed secrets 1").derive(text.encode())
        found[hashlib.sha256(key).hexdigest()[:8]] = key
    return Keys(found)


def seal(keys: Keys, plain: bytes, place: str) -> str:
    """Return ``plain`` sealed for ``place``, such as 'account:3:17': text to be stored. SealMissing without a key."""
    name = keys.newest
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(keys.by_name[name]).encrypt(nonce, plain, place.encode())
    return f"{_VERSION}.{name}.{base64.urlsafe_b64encode(nonce + sealed).decode('ascii')}"


def unseal(keys: Keys, sealed: str, place: str) -> bytes:
    """Return what `seal` was given for the same place. SealMissing without any key, SealBroken for all else."""
    if not keys.by_name:
        raise SealMissing
    version, _, rest = sealed.partition(".")
    name, _, body = rest.partition(".")
    key = keys.by_name.get(name)
    if version != _VERSION or key is None:
        raise SealBroken
    try:
        raw = base64.urlsafe_b64decode(body)
        return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], place.encode())
    except (InvalidTag, ValueError):
        raise SealBroken from None


def is_newest(keys: Keys, sealed: str) -> bool:
    """Say whether the key that seals today sealed the text."""
    return sealed.startswith(f"{_VERSION}.{keys.newest}.")
