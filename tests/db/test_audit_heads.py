"""Signed heads of the audit log's chain: what they prove when a copy lies elsewhere, and what nothing else finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from services.cli.__main__ import main
from services.worker.chainer import Chainer, chain_all, sign_all
from services.worker.logs import configure
from shared.access import heads
from shared.db.pool import Database
from shared.settings import SettingInvalid, Settings, load_settings
from tests.db.chained import KEY, PUBLIC, Tamper, report, said, signed

CUT = (
    "DELETE FROM audit_chain WHERE chain_no > 3",
    "DELETE FROM audit WHERE entity_id > 2",
    "DELETE FROM audit_head",
)


def test_a_cut_tail_is_found_by_a_head_kept_elsewhere_and_by_nothing_else(
    dsns: dict[str, str], engine: Database, act: Callable[..., None], tamper: Tamper
) -> None:
    act(5)
    chain_all(engine)
    kept = signed(dsns, engine)
    assert report(dsns, kept=kept).proved_no == 5
    tamper(*CUT)
    assert said(report(dsns)) == []
    found = report(dsns, kept=kept)
    assert found.proved_no is None
    assert [fault.en.partition(" has ")[2] for fault in found.faults] == ["no such link: its tail was cut"]


def test_a_chain_written_anew_is_found_by_a_head_kept_elsewhere_and_by_nothing_else(
    dsns: dict[str, str], engine: Database, act: Callable[..., None], tamper: Tamper
) -> None:
    act(4)
    chain_all(engine)
    kept = signed(dsns, engine)
    tamper(
        "UPDATE audit SET actor_id = 99 WHERE entity_id = 1",
        "DELETE FROM audit_chain",
        "DELETE FROM audit_head",
        "INSERT INTO audit_unchained SELECT municipality_id, id FROM audit",
    )
    chain_all(engine)
    assert said(report(dsns)) == []
    assert [fault.en.partition(" has ")[2] for fault in report(dsns, kept=kept).faults] == [
        "another hash there: it was written anew"
    ]


def test_what_lies_after_the_last_proved_head_is_counted_and_not_vouched_for(
    dsns: dict[str, str], engine: Database, act: Callable[..., None], tamper: Tamper
) -> None:
    act(2)
    chain_all(engine)
    kept = signed(dsns, engine)
    act(3)
    chain_all(engine)
    assert report(dsns, kept=kept).unproved == 3
    tamper(
        "DELETE FROM audit a USING audit_chain c WHERE c.audit_id = a.id AND c.chain_no > 3",
        "DELETE FROM audit_chain WHERE chain_no > 3",
    )
    found = report(dsns, kept=kept)
    assert (said(found), found.unproved) == ([], 1)


def test_a_head_that_another_key_signed_in_this_ones_name_is_a_contradiction(
    dsns: dict[str, str], engine: Database, act: Callable[..., None]
) -> None:
    act(1)
    chain_all(engine)
    (head,) = signed(dsns, engine)
    forged = replace(head, at="2020-01-01T00:00:00+00:00")
    found = report(dsns, kept=[forged])
    assert said(found) == ["the signature of the head of 2020-01-01T00:00:00+00:00 is not of this key"]


def test_a_head_is_written_once_a_day_and_says_when_it_is_not_signed(
    dsns: dict[str, str], engine: Database, act: Callable[..., None], tamper: Tamper
) -> None:
    log = configure(load_settings({"NASTAVNIK_LOG_LEVEL": "ERROR"}), "test")
    act(1, municipality=0)
    chain_all(engine)
    (unsigned,) = sign_all(engine, None, log)
    assert (unsigned.municipality_id, unsigned.signature) == (0, None)
    (head,) = sign_all(engine, KEY, log)
    assert heads.is_signed_by(head, PUBLIC)
    act(1, municipality=0)
    chain_all(engine)
    assert sign_all(engine, KEY, log) == []
    tamper("UPDATE audit_head SET at = at - interval '1 day'")
    assert [made.chain_no for made in sign_all(engine, KEY, log)] == [2]


def test_a_key_that_is_none_is_refused_at_the_start_without_being_shown(engine: Database) -> None:
    with pytest.raises(SettingInvalid, match="NASTAVNIK_AUDIT_KEY") as caught:
        Chainer(replace(Settings(), audit_key="hidden"), None)
    assert "hidden" not in str(caught.value)


def test_the_operators_words_make_a_key_print_heads_and_tell_a_cut_tail_by_the_exit_status(
    dsns: dict[str, str],
    engine: Database,
    act: Callable[..., None],
    tamper: Tamper,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NASTAVNIK_AUDITOR_DATABASE_URL", dsns["nastavnik_auditor"])
    key, public, kept = tmp_path / "key", tmp_path / "key.pub", tmp_path / "heads"
    assert main(["audit", "key", str(key)]) == 0
    assert key.stat().st_mode & 0o777 == 0o600
    act(4, municipality=0)
    chain_all(engine)
    log = configure(load_settings({"NASTAVNIK_LOG_LEVEL": "ERROR"}), "test")
    sign_all(engine, heads.load_private(key.read_text(encoding="ascii")), log)
    capsys.readouterr()
    assert main(["audit", "heads"]) == 0
    kept.write_text(capsys.readouterr().out, encoding="utf-8")
    checked = ["audit", "verify", "--heads", str(kept), "--public-key", str(public)]
    assert main(checked) == 0
    assert "municipality 0: 4 links, proved up to link 4, 0 after it" in capsys.readouterr().out
    tamper(*CUT)
    assert main(["audit", "verify"]) == 0
    assert "no signature was checked" in capsys.readouterr().out
    assert main(checked) == 1
    assert "its tail was cut" in capsys.readouterr().out
