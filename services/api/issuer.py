"""Single sign-on by OpenID Connect: where a person is sent, and whom the issuer says they are when they come back.

Authorization code with PKCE, state and nonce; the issuer's document and keys are fetched when they are first needed and
kept for an hour. Knows no table, no session and no cookie: what the browser has to keep is a value of `begin`.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from authlib.oauth2 import OAuth2Client, OAuth2Error
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from services.api.issuer_wire import IssuerBroken, Wire
from shared.errors import Forbidden
from shared.settings import PREFIX, SettingInvalid, Settings

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key that only the issuer has: none of the shared secrets, never «none»."""
LEEWAY_SECONDS = 60
OLDEST_SECONDS = 600
"""How long ago an identity token may have been made: it comes straight from the issuer."""
KEPT_SECONDS = 3600.0
LONGEST_SUBJECT = 255
BACK = "/enter/sso/back"
"""Where the issuer sends people back to: the redirect URI that is registered there, after `public_url`."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class SignOnNotOurs(Forbidden):
    """This sign-in was not begun in this browser, or too long ago: begin again."""

    code = "sign_on.state"
    ru = "Этот вход начат не в этом браузере или слишком давно: начните заново."


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser keeps between going and coming back, each text random."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Proved:
    """Whom the issuer has vouched for. ``email`` '' unless the issuer says that it has verified it."""

    issuer: str
    subject: str
    email: str


class Issuer:
    """The issuer of one process, with what is kept of its document and keys."""

    def __init__(self, settings: Settings) -> None:
        """SettingInvalid where the settings do not fit together."""
        self.name = _checked(settings)
        self.host = _parts(self.name).netloc
        self._client_id, self._client_secret = settings.need("oidc_client_id"), settings.need("oidc_client_secret")
        self._back = settings.need("public_url").rstrip("/") + BACK
        self._wire = Wire()
        self._document = _Kept(self._fetch_document)
        self._keys = _Kept(self._fetch_keys)

    def begin(self) -> tuple[str, Begun]:
        """Return the address to send the person to and what their browser has to keep. IssuerAway, IssuerBroken."""
        begun = Begun(*(secrets.token_urlsafe(32) for _ in range(3)))
        url, _ = self._client().create_authorization_url(
            self._document.value()["authorization_endpoint"],
            state=begun.state,
            nonce=begun.nonce,
            code_verifier=begun.verifier,
        )
        return str(url), begun

    def finish(self, code: str, begun: Begun) -> Proved:
        """Exchange the code for an identity token and believe it only when everything fits.

        Raises SignOnNotOurs when the issuer does not know the code (any more), IssuerAway, IssuerBroken.
        """
        granted = self._exchanged(code, begun)
        token = granted.get("id_token")
        if not isinstance(token, str):
            raise IssuerBroken(why="no identity token")
        claims = self._believed(token, begun.nonce, granted.get("access_token"))
        if "email" not in claims:
            claims = {**claims, **self._told_apart(claims["sub"], granted)}
        is_verified = claims.get("email_verified") is True and isinstance(claims.get("email"), str)
        return Proved(self.name, claims["sub"], claims["email"] if is_verified else "")

    def _exchanged(self, code: str, begun: Begun) -> Mapping[str, Any]:
        try:
            granted: Mapping[str, Any] = self._client().fetch_token(
                self._document.value()["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                redirect_uri=self._back,
                code_verifier=begun.verifier,
            )
        except OAuth2Error as error:
            if error.error == "invalid_grant":
                raise SignOnNotOurs from None
            raise IssuerBroken(why=_word(error.error)) from None
        except ValueError:  # not JSON
            raise IssuerBroken(why="no JSON from the token endpoint") from None
        return granted

    def _believed(self, token: str, nonce: str, access_token: object) -> dict[str, Any]:
        """Return the claims of an identity token whose signature, issuer, audience, times and nonce are right."""
        try:
            claims = self._opened(token, access_token, nonce)
            claims.validate(leeway=LEEWAY_SECONDS)
            is_old = claims["iat"] < time.time() - OLDEST_SECONDS - LEEWAY_SECONDS
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise IssuerBroken(why=f"{type(error).__name__} {_word(getattr(error, 'claim', ''))}".strip()) from None
        if is_old or not is_subject(claims["sub"]):
            raise IssuerBroken(why="iat" if is_old else "sub")
        return dict(claims)

    def _opened(self, token: str, access_token: object, nonce: str) -> CodeIDToken:
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        was_kept = self._keys.is_kept
        try:
            opened = jwt.decode(token, self._keys.value(), registry=registry)
        except JoseError:
            if not was_kept:
                raise
            opened = jwt.decode(token, self._keys.fresh(), registry=registry)  # the issuer may have changed its keys
        wanted = {
            "iss": {"essential": True, "values": [self.name]},
            "aud": {"essential": True, "values": [self._client_id]},
        }
        known = {"nonce": nonce, "client_id": self._client_id, "access_token": access_token}
        return CodeIDToken(opened.claims, opened.header, wanted, known)

    def _told_apart(self, subject: str, granted: Mapping[str, Any]) -> dict[str, Any]:
        """Return the address from where issuers tell it that keep identity tokens short."""
        address = self._document.value().get("userinfo_endpoint")
        if not isinstance(address, str) or not self._is_fit(address):
            return {}
        told = self._wire.get_json(address, bearer=str(granted.get("access_token", "")))
        if told.get("sub") != subject:
            raise IssuerBroken(why="sub of the userinfo endpoint")
        return {name: told[name] for name in ("email", "email_verified") if name in told}

    def _client(self) -> OAuth2Client:
        ways = self._document.value().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return OAuth2Client(
            self._wire,
            client_id=self._client_id,
            client_secret=self._client_secret,
            token_endpoint_auth_method="client_secret_basic" if "client_secret_basic" in ways else "client_secret_post",
            scope="openid email",
            redirect_uri=self._back,
            code_challenge_method="S256",
        )

    def _fetch_document(self) -> dict[str, Any]:
        found = self._wire.get_json(self.name.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self.name or not all(self._is_fit(found.get(name)) for name in _ENDPOINTS):
            raise IssuerBroken(why="the document's issuer or endpoints")
        if not isinstance(found.get("token_endpoint_auth_methods_supported", []), list):
            raise IssuerBroken(why="the document's ways to authenticate")
        return found

    def _fetch_keys(self) -> KeySet:
        found = self._wire.get_json(self._document.value()["jwks_uri"])
        try:
            ours = [key for key in found["keys"] if key["kty"] in ("RSA", "EC") and key.get("use", "sig") == "sig"]
            return KeySet.import_key_set({"keys": ours})
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            raise IssuerBroken(why="the keys") from None

    def _is_fit(self, address: object) -> bool:
        """Say whether an address of the issuer's document is no worse protected than the issuer's own."""
        return isinstance(address, str) and _parts(address).scheme in ("https", _parts(self.name).scheme)


class _Kept:
    """A value that is fetched when it is needed and kept for KEPT_SECONDS."""

    def __init__(self, fetch: Callable[[], Any]) -> None:
        self._fetch = fetch
        self._value: Any = None
        self._until = 0.0

    @property
    def is_kept(self) -> bool:
        return self._value is not None and time.monotonic() < self._until

    def value(self) -> Any:
        return self._value if self.is_kept else self.fresh()

    def fresh(self) -> Any:
        self._value = self._fetch()
        self._until = time.monotonic() + KEPT_SECONDS
        return self._value


def is_subject(text: str) -> bool:
    """Say whether a text can be an issuer's name of a person: at most 255 printable ASCII characters."""
    return 1 <= len(text) <= LONGEST_SUBJECT and text.isascii() and text.isprintable()


def issuer_of(settings: Settings) -> Issuer | None:
    """Return the issuer that the settings name, None without one. SettingInvalid; nothing is asked of it yet."""
    return Issuer(settings) if settings.oidc_issuer else None


def _word(text: object) -> str:
    """Return a word of the issuer's own that may stand in a log: a code, never a sentence."""
    return text if isinstance(text, str) and re.fullmatch(r"[a-z_]{1,40}", text) else ""


def _parts(address: str) -> SplitResult:
    """Return the parts of an address, all empty for what is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _checked(settings: Settings) -> str:
    parts = _parts(settings.oidc_issuer)
    is_near = parts.scheme == "http" and parts.hostname in _LOOPBACK and settings.environment != "production"
    if (
        not (parts.scheme == "https" or is_near)
        or not parts.hostname
        or parts.query
        or parts.fragment
        or parts.username
    ):
        raise SettingInvalid(f"{PREFIX}OIDC_ISSUER: an https address without a query is needed")
    return settings.oidc_issuer
