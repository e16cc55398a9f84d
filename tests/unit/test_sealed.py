"""Secrets sealed at rest: opened by the same key in the same place, and by nothing else."""

from __future__ import annotations

import pytest

from shared.access.sealed import SealBroken, SealMissing, is_newest, keys_of, seal, unseal
from shared.settings import SettingInvalid

OLD, NEW = "o" * 32, "n" * 48
PLAIN = b"\x00secret\xff"


def test_what_was_sealed_opens_in_its_place_and_shows_nothing() -> None:
    keys = keys_of(OLD)
    sealed = seal(keys, PLAIN, "account:1:2")
    assert unseal(keys, sealed, "account:1:2") == PLAIN
    assert "secret" not in sealed
    assert seal(keys, PLAIN, "account:1:2") != sealed, "the same secret twice cannot be told to be the same"


def test_copied_into_another_row_or_altered_it_does_not_open() -> None:
    keys = keys_of(OLD)
    sealed = seal(keys, PLAIN, "account:1:2")
    altered = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    for text, place in (
        (sealed, "account:1:3"),
        (altered, "account:1:2"),
        ("s1.x", "a"),
        ("", "a"),
        (sealed[:20], "a"),
    ):
        with pytest.raises(SealBroken):
            unseal(keys, text, place)


def test_a_new_key_seals_and_the_old_one_still_opens_until_it_is_taken_away() -> None:
    sealed = seal(keys_of(OLD), PLAIN, "p")
    both = keys_of(f"{NEW} {OLD}")
    assert unseal(both, sealed, "p") == PLAIN
    assert not is_newest(both, sealed)
    assert is_newest(both, seal(both, PLAIN, "p"))
    with pytest.raises(SealBroken):
        unseal(keys_of(NEW), sealed, "p")


def test_without_a_key_nothing_is_sealed_and_a_short_key_is_no_key() -> None:
    with pytest.raises(SealMissing):
        seal(keys_of(""), PLAIN, "p")
    with pytest.raises(SealMissing):
        unseal(keys_of(""), "s1.a.b", "p")
    with pytest.raises(SettingInvalid, match="SECRETS_KEY"):
        keys_of("too short")


def test_the_keys_are_in_no_representation() -> None:
    assert OLD not in repr(keys_of(OLD))
    assert "\\x" not in repr(keys_of(OLD))
