"""Settings are read strictly: a mistake is named with its key at the start, never guessed around."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.settings import PREFIX, SettingInvalid, Settings, load_settings

NUMBERS = [PREFIX + field.name.upper() for field in fields(Settings) if str(field.type) in ("int", "float")]


def invalid(environ: dict[str, str]) -> str:
    with pytest.raises(SettingInvalid) as error:
        load_settings(environ)
    return str(error.value)


def test_without_a_word_the_defaults_hold() -> None:
    assert load_settings({}) == Settings()
    assert load_settings({}).environment == "production"


def test_other_variables_are_none_of_ours() -> None:
    assert load_settings({"PATH": "/bin", "DATABASE_URL": "x", "nastavnik_bind": "y"}) == Settings()


def test_every_setting_is_read_under_its_own_name_with_its_own_type() -> None:
    environ: dict[str, str] = {}
    expected: dict[str, Any] = {}
    for number, field in enumerate(fields(Settings), start=3):
        kind = str(field.type)
        expected[field.name] = number + 0.5 if kind == "float" else number if kind == "int" else f"text {number}"
        environ[PREFIX + field.name.upper()] = str(expected[field.name])
    chosen = {"environment": "test", "worker_class": "simple", "log_level": "DEBUG"}
    environ |= {PREFIX + name.upper(): value for name, value in chosen.items()}
    assert load_settings(environ) == Settings(**expected | chosen)


def test_an_unknown_setting_is_refused_by_name() -> None:
    assert invalid({"NASTAVNIK_POOLSIZE": "3"}) == "unknown setting NASTAVNIK_POOLSIZE"
    assert invalid({"NASTAVNIK_POOLSIZE_FILE": "3"}) == "unknown setting NASTAVNIK_POOLSIZE_FILE"


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("raw", ["", "many", "1e", "-1", "1e12", "nan", "inf", "٣٣٣٣٣٣٣٣٣٣٣"])
def test_a_number_that_is_none_or_out_of_range_is_refused_with_its_key(key: str, raw: str) -> None:
    assert invalid({key: raw}).startswith(f"{key}: {raw!r} is ")


@pytest.mark.parametrize("key", ["NASTAVNIK_ENVIRONMENT", "NASTAVNIK_WORKER_CLASS", "NASTAVNIK_LOG_LEVEL"])
def test_a_choice_names_what_may_be_chosen(key: str) -> None:
    assert invalid({key: "other"}).startswith(f"{key}: one of ")


@pytest.mark.parametrize("key", ["NASTAVNIK_CLOCK_FILE", "NASTAVNIK_FAILPOINT"])
def test_what_is_for_tests_is_refused_in_production(key: str) -> None:
    assert "development and tests only" in invalid({key: "x"})
    for environment in ("development", "test"):
        name = key.removeprefix(PREFIX).lower()
        assert getattr(load_settings({key: "x", "NASTAVNIK_ENVIRONMENT": environment}), name) == "x"


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("  postgresql://пароль@host/db \n", encoding="utf-8")
    assert load_settings({"NASTAVNIK_DATABASE_URL_FILE": str(path)}).database_url == "postgresql://пароль@host/db"


def test_a_number_may_lie_in_a_file_and_is_checked_the_same(tmp_path: Path) -> None:
    path = tmp_path / "number"
    path.write_text("17\n", encoding="ascii")
    assert load_settings({"NASTAVNIK_POOL_SIZE_FILE": str(path)}).pool_size == 17
    path.write_text("x", encoding="ascii")
    assert invalid({"NASTAVNIK_POOL_SIZE_FILE": str(path)}) == "NASTAVNIK_POOL_SIZE_FILE: 'x' is not a number"


def test_a_file_that_cannot_be_read_is_named_by_its_key_alone(tmp_path: Path) -> None:
    message = invalid({"NASTAVNIK_VALKEY_URL_FILE": str(tmp_path / "absent")})
    assert message.startswith("NASTAVNIK_VALKEY_URL_FILE: the file cannot be read")
    assert str(tmp_path) not in message


def test_a_value_and_a_file_of_one_setting_contradict_each_other(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("a", encoding="ascii")
    for environ in (
        {"NASTAVNIK_VALKEY_URL": "b", "NASTAVNIK_VALKEY_URL_FILE": str(path)},
        {"NASTAVNIK_VALKEY_URL_FILE": str(path), "NASTAVNIK_VALKEY_URL": "b"},
    ):
        assert invalid(environ) == "NASTAVNIK_VALKEY_URL and NASTAVNIK_VALKEY_URL_FILE are both set"


def test_a_setting_whose_name_ends_in_file_is_a_path_itself() -> None:
    assert load_settings({"NASTAVNIK_CLOCK_FILE": "/c", "NASTAVNIK_ENVIRONMENT": "test"}).clock_file == "/c"


def test_what_a_process_cannot_do_without_is_asked_for_by_name() -> None:
    assert load_settings({"NASTAVNIK_VALKEY_URL": "redis://h"}).need("valkey_url") == "redis://h"
    with pytest.raises(SettingInvalid, match="NASTAVNIK_OWNER_DATABASE_URL is not set"):
        load_settings({}).need("owner_database_url")


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(FrozenInstanceError):
        load_settings({}).bind = "x"  # type: ignore[misc]


@given(value=st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=30))
def test_a_text_is_kept_as_it_is_written(value: str) -> None:
    assert load_settings({"NASTAVNIK_VALKEY_URL": value}).valkey_url == value
