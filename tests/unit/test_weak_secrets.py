"""Nobody runs in production with a secret that everybody knows, and no secret is shown by what holds it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from deploy.make_secrets import make_secrets
from shared.settings import PREFIX, SettingInvalid, Settings, load_settings
from shared.weak_secrets import credentials, is_example

GOOD = "5f3d9ac0e7b14482"
ADDRESSES = [f"{role}DATABASE_URL" for role in ("", "RESPONDENT_", "ENGINE_", "AUDITOR_", "OWNER_")]


def refusal(name: str, value: str) -> str:
    with pytest.raises(SettingInvalid) as caught:
        load_settings({PREFIX + name: value})
    return str(caught.value)


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize(
    "password", ["nastavnik_api", "postgres", "changeme", "Password1234", "secret", "000000000000", "1234567890123"]
)
def test_an_example_for_a_password_stops_the_process_without_being_shown(name: str, password: str) -> None:
    for address in (
        f"postgresql://nastavnik_api:{password}@host/nastavnik",
        f"postgresql://host/nastavnik?user=nastavnik_api&password={password}",
        f"host=host user=nastavnik_api password={password}",
        f"host=host user=nastavnik_api password = '{password}'",
    ):
        told = refusal(name, address)
        assert told.startswith(f"{PREFIX}{name}: ")
        assert "example" in told
        assert password not in told


def test_a_short_secret_of_our_own_stops_the_process() -> None:
    assert "shorter than 12" in refusal("DATABASE_URL", "postgresql://api:5f3d9ac0@host/nastavnik")
    assert "shorter than 12" in refusal("VALKEY_URL", "redis://api:5f3d9ac0@host/0")
    assert "shorter than 12" in refusal("METRICS_TOKEN", "5f3d9ac0")
    assert "example" in refusal("METRICS_TOKEN", "change-me-my-token")


def test_what_another_system_made_may_be_short_but_no_example() -> None:
    assert load_settings({"NASTAVNIK_SMTP_URL": "smtp://u:5f3d9a@host?from=a@b.example"}).smtp_url
    assert "example" in refusal("SMTP_URL", "smtp://user:password@host?from=a@b.example")


def test_a_real_secret_no_secret_and_development_are_let_through() -> None:
    for address in (f"postgresql://api:{GOOD}@host/nastavnik", "postgresql://host/nastavnik", "host=/run/postgresql"):
        assert load_settings({"NASTAVNIK_DATABASE_URL": address}).database_url == address
    weak = {"NASTAVNIK_DATABASE_URL": "postgresql://api:api@host/x", "NASTAVNIK_ENVIRONMENT": "development"}
    assert load_settings(weak).database_url


def test_every_secret_that_the_script_makes_is_accepted(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    made = {
        "DATABASE_URL": "api_database_url",
        "ENGINE_DATABASE_URL": "engine_database_url",
        "VALKEY_URL": "valkey_api_url",
        "METRICS_TOKEN": "metrics_token",
    }
    known = load_settings({f"{PREFIX}{name}_FILE": str(tmp_path / file) for name, file in made.items()})
    assert known.metrics_token == (tmp_path / "metrics_token").read_text(encoding="ascii").strip()


def test_settings_never_show_what_they_hold() -> None:
    names = [field.name for field in fields(Settings) if field.name.endswith(("url", "key", "token", "secret"))]
    known = load_settings({PREFIX + name.upper(): GOOD for name in names})
    for shown in (repr(known), str(known), f"{known}", f"{known!r}"):
        assert GOOD not in shown


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("redis://api:p%40ss@h/0", ("api", "p@ss")),
        ("redis://h/0", ("", "")),
        ("postgresql://[::1", ("", "")),
        ("user='a' password='b c' host=h", ("a", "b c")),
        ("", ("", "")),
    ],
)
def test_user_and_password_are_found_in_every_form(address: str, found: tuple[str, str]) -> None:
    assert credentials(address) == found


def test_a_random_secret_is_no_example() -> None:
    for secret in (GOOD, "correct-horse-battery-staple", "пароль-на-девять-жизней", "c0ffee" * 8):
        assert not is_example(secret, "api")
