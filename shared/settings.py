"""Every setting of every process in one frozen value; nobody else reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from shared.weak_secrets import SHORTEST, credentials, is_example

PREFIX = "NASTAVNIK_"
_OWN_ADDRESSES = (
    *(f"{role}database_url" for role in ("", "respondent_", "engine_", "auditor_", "owner_")),
    "valkey_url",
)
_FOREIGN = frozenset({"smtp_url", "oidc_client_secret"})
"""Secrets that somebody else has made: how long they are is not ours to judge."""


class SettingInvalid(ValueError):
    """A setting is missing or cannot be read; names the key and never shows a secret."""


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """One field a setting: ``NASTAVNIK_<NAME>``, or ``NASTAVNIK_<NAME>_FILE`` with its value in a file."""

    database_url: str = ""
    """api role: what the HTTP API connects as"""
    respondent_database_url: str = ""
    """respondent role: what personal links connect as"""
    engine_database_url: str = ""
    """engine role: dispatcher and worker"""
    auditor_database_url: str = ""
    """auditor role: `nastavnik audit verify`, `nastavnik invariants`"""
    owner_database_url: str = ""
    """owner role: migrations and the first administrator"""
    audit_key: str = ""
    """Ed25519 key (PEM) that signs the heads of the audit chain; empty: heads are not signed"""
    secrets_key: str = ""
    """seals second factors and webhook secrets at rest, 32 characters or more; several: the first seals, all open"""
    oidc_issuer: str = ""
    """issuer of a single sign-on (OpenID Connect), just as its own document names it; empty: there is none"""
    oidc_client_id: str = ""
    """how the issuer knows this installation"""
    oidc_client_secret: str = ""
    """what this installation shows the issuer to be believed"""
    valkey_url: str = ""
    """Valkey or Redis: wake-ups, and the counters of attempts to log in"""
    bind: str = "127.0.0.1:8428"
    """address of the API"""
    public_url: str = ""
    """address people use, for links in answers; empty: taken from the request"""
    trusted_proxies: int = 0
    """how many reverse proxies of your own add X-Forwarded-For; 0: the connection's address counts attempts"""
    environment: str = "production"
    """production | development | test; only the last two accept clock_file and failpoint"""
    clock_file: str = ""
    """file with the instant taken as now (demo and tests)"""
    failpoint: str = ""
    """name of the point where the process kills itself (tests)"""
    api_workers: int = 2
    """gunicorn processes"""
    api_threads: int = 8
    """threads a process"""
    pool_size: int = 8
    """database connections a process"""
    pool_timeout_seconds: float = 3.0
    """how long a request waits for a connection before 503"""
    statement_timeout_ms: int = 10_000
    """longest statement of a request"""
    prepare_threshold: int = 5
    """uses of a statement before it is prepared; 0: never (for pgbouncer)"""
    max_body_bytes: int = 8_388_608
    """largest request body"""
    idempotency_hours: int = 24
    """how long a stored answer is replayed"""
    job_lease_seconds: float = 15.0
    """a running job silent for longer is taken from its worker"""
    job_timeout_seconds: int = 600
    """longest run of one job"""
    job_max_attempts: int = 5
    """attempts before a job is dead"""
    reconcile_seconds: float = 30.0
    """how often the dispatcher looks for lost jobs"""
    poll_seconds: float = 0.25
    """how often the dispatcher looks for new wake-ups"""
    worker_class: str = "fork"
    """fork: a child a job; simple: in the worker's own process"""
    log_level: str = "INFO"
    """DEBUG | INFO | WARNING | ERROR"""
    smtp_url: str = ""
    """server for mail, smtp://user:password@host:port?from=..&tls=starttls|none, or smtps://; empty: no mail"""
    webhook_hosts: str = ""
    """where webhooks may go: host[:port] (https) or http://host[:port] (development), commas between; empty: nowhere"""
    metrics_token: str = ""
    """what the API's /metrics asks for (Authorization: Bearer ...); empty: there is no such address"""
    metrics_bind: str = ""
    """host:port where a process of the engine serves its own /metrics; empty: nowhere"""
    erasure_log: str = ""
    """file to which the worker appends each erasure of a person, for restores; beside the backups; empty: none"""

    def __repr__(self) -> str:
        """Say which environment it is and nothing else: half of the fields are secrets."""
        return f"Settings(environment={self.environment!r})"

    def need(self, name: str) -> str:
        """Return a text setting that this process cannot do without; SettingInvalid names it."""
        value = getattr(self, name)
        if not value:
            raise SettingInvalid(f"{PREFIX}{name.upper()} is not set")
        return str(value)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read all settings strictly: an unknown NASTAVNIK_ name or a bad value raises SettingInvalid."""
    env = os.environ if environ is None else environ
    known = {PREFIX + field.name.upper(): field for field in fields(Settings)}
    values: dict[str, object] = {}
    for key, raw in env.items():
        if not key.startswith(PREFIX):
            continue
        name, is_file = (key[: -len("_FILE")], True) if key.endswith("_FILE") and key not in known else (key, False)
        if name not in known:
            raise SettingInvalid(f"unknown setting {key}")
        if is_file and name in env:
            raise SettingInvalid(f"{name} and {key} are both set")
        values[known[name].name] = _parse(key, _from_file(key, raw) if is_file else raw, str(known[name].type))
    return _checked(Settings(**values))  # type: ignore[arg-type]


def is_tracing_asked_for(environ: Mapping[str, str] | None = None) -> bool:
    """Say whether OpenTelemetry's own environment names a collector; its SDK reads the rest."""
    return bool((os.environ if environ is None else environ).get("OTEL_EXPORTER_OTLP_ENDPOINT"))


def _from_file(key: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingInvalid(f"{key}: the file cannot be read ({error.strerror})") from None


def _parse(key: str, raw: str, kind: str) -> object:
    if kind == "str":
        return raw
    try:
        number = int(raw) if kind == "int" else float(raw)
    except ValueError:
        raise SettingInvalid(f"{key}: {raw!r} is not a number") from None
    if not 0 <= number <= 1e9:
        raise SettingInvalid(f"{key}: {raw!r} is out of range")
    return number


def _checked(settings: Settings) -> Settings:
    choices = {
        "environment": ("production", "development", "test"),
        "worker_class": ("fork", "simple"),
        "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
    }
    for name, allowed in choices.items():
        if getattr(settings, name) not in allowed:
            raise SettingInvalid(f"{PREFIX}{name.upper()}: one of {', '.join(allowed)}")
    if settings.environment == "production" and (settings.clock_file or settings.failpoint):
        raise SettingInvalid(f"{PREFIX}CLOCK_FILE and {PREFIX}FAILPOINT are for development and tests only")
    if settings.environment == "production":
        _demand_real_secrets(settings)
    return settings


def _demand_real_secrets(settings: Settings) -> None:
    """Refuse an example or a short secret; one that is not given is missed by whoever needs it."""
    found = {name: credentials(getattr(settings, name)) for name in (*_OWN_ADDRESSES, "smtp_url")}
    found |= {name: ("", getattr(settings, name)) for name in ("metrics_token", "secrets_key", "oidc_client_secret")}
    for name, (user, secret) in found.items():
        if secret and is_example(secret, user):
            raise SettingInvalid(f"{PREFIX}{name.upper()}: an example that everybody knows; make one of your own")
        if secret and len(secret) < SHORTEST and name not in _FOREIGN:
            raise SettingInvalid(f"{PREFIX}{name.upper()}: its secret is shorter than {SHORTEST} characters")
