"""An issuer of a single sign-on on loopback, over HTTP: the server side of Authlib, and lies told on demand.

It checks what a real one checks: the client's secret, the redirect URI, PKCE (S256 only), that a code is used once. Who
asks is signed on at once as ``Issuer.person``. A test that wants a lie names the part of the answer that is false.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, Response, jsonify, request
from joserfc import jwt
from joserfc.jwk import ECKey, Key
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "nastavnik", "s3cret of the client"
BACK = "http://nastavnik.test/enter/sso/back"


@dataclass
class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """What a code stands for."""

    text: str
    back: str
    person: dict[str, Any]
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.back

    def get_scope(self) -> str:
        return "openid email"


@dataclass
class Issuer:
    """What the issuer knows and how it lies. ``claims`` and ``header`` are put over the true ones."""

    url: str = ""
    back: str = BACK
    """the redirect address that is registered"""
    person: dict[str, Any] = field(default_factory=dict)
    key: Key = field(default_factory=lambda: new_key("first"))
    published: list[Key] = field(default_factory=list)
    algorithm: str = "ES256"
    claims: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    is_short: bool = False
    """the identity token leaves the address to the userinfo endpoint"""
    fails_with: int = 0
    asked: list[str] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)

    def tell_the_truth(self, **person: Any) -> None:
        """Forget all lies and sign this person on from now on."""
        self.person = {"sub": "person-1", "email": "curator@school.example", "email_verified": True, **person}
        self.key, self.published, self.algorithm = new_key("first"), [], "ES256"
        self.claims, self.document, self.userinfo = {}, {}, None
        self.is_short, self.fails_with = False, 0
        self.asked.clear()

    def identity_token(self, code: Code) -> str:
        """Return the token of a code, with the lies in it; a claim of None is left out."""
        now = int(time.time())
        times = {"iat": now, "exp": now + 300}
        told = {"iss": self.url, "aud": CLIENT_ID, **times, "nonce": code.nonce, **code.person}
        if self.is_short:
            told = {name: value for name, value in told.items() if not name.startswith("email")}
        claims = {name: value for name, value in {**told, **self.claims}.items() if value is not None}
        return jwt.encode({"alg": self.algorithm, "kid": self.key.kid}, claims, self.key, [self.algorithm])


def new_key(kid: str) -> ECKey:
    """Make a key of the issuer."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


@contextmanager
def running_issuer(port: int = 0) -> Iterator[Issuer]:
    """Serve an issuer on a loopback port until the end of the block."""
    issuer = Issuer()
    server = make_server("127.0.0.1", port, _application(issuer), threaded=True)
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class _Client(ClientMixin):  # type: ignore[misc]
    """The one client that is registered."""

    back: str

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self.back

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.back

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


def _grant(issuer: Issuer) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
        """Codes in memory, each used once."""

        def save_authorization_code(self, code: str, request: Any) -> None:
            asked = request.payload.data
            issuer.codes[code] = Code(
                code,
                issuer.back,
                dict(issuer.person),
                asked["nonce"],
                asked["code_challenge"],
                asked["code_challenge_method"],
            )

        def query_authorization_code(self, code: str, client: Any) -> Code | None:
            return issuer.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            del issuer.codes[authorization_code.text]

        def authenticate_user(self, authorization_code: Code) -> dict[str, Any]:
            return authorization_code.person

        def create_token_response(self) -> Any:
            code = self.request.authorization_code
            status, body, headers = super().create_token_response()
            return status, {**body, "id_token": issuer.identity_token(code)}, headers

    return Grant


class _S256Only(CodeChallenge):  # type: ignore[misc]
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)


def _application(issuer: Issuer) -> Flask:
    app = Flask("local issuer")
    tokens: dict[str, dict[str, Any]] = {}
    server = AuthorizationServer(
        app,
        query_client=lambda client_id: _Client(issuer.back) if client_id == CLIENT_ID else None,
        save_token=lambda token, asked: tokens.update({token["access_token"]: asked.user}),
    )
    server.register_grant(_grant(issuer), [_S256Only(required=True)])

    @app.before_request
    def note() -> Response | None:
        issuer.asked.append(request.path)
        return Response("no", issuer.fails_with) if issuer.fails_with else None

    @app.get("/.well-known/openid-configuration")
    def document() -> Response:
        paths = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        paths["userinfo_endpoint"] = "userinfo"
        told = {name: f"{issuer.url}/{path}" for name, path in paths.items()}
        return jsonify({"issuer": issuer.url, **told, **issuer.document})

    @app.get("/keys")
    def keys() -> Response:
        shown = issuer.published or [issuer.key]
        return jsonify({"keys": [key.as_dict(private=False) for key in shown]})

    @app.get("/authorize")
    def authorize() -> Any:
        return server.create_authorization_response(grant=server.get_consent_grant(), grant_user=issuer.person)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.get("/userinfo")
    def userinfo() -> Any:
        person = tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return (jsonify(issuer.userinfo or person), 200) if person else ("", 401)

    return app
