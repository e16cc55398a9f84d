"""The memo finds what misleads in an order's text by computation and counts where the items come from."""

from __future__ import annotations

import pytest

from shared.pack.check import Memo, memo, render_text
from shared.pack.guard_names import GUARDS, JOB_KINDS
from shared.pack.library import FOLDER, shipped
from shared.pack.load import load_pack
from shared.pack.model import Provenance
from shared.pack.traps import Trap

PACK = shipped("order_428", 1)
MEMO = memo(PACK)
TEXT = (FOLDER / "order_428.v1.yaml").read_text(encoding="utf-8")


def trap(code: str, of: Memo = MEMO) -> Trap:
    (found,) = [item for item in of.traps if item.code == code]
    return found


def memo_with(*pairs: tuple[str, str]) -> Memo:
    text = TEXT
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return memo(load_pack(text))


def test_order_428_has_nine_traps() -> None:
    assert [item.code for item in MEMO.traps] == [
        "day_missing",
        "not_monotone",
        "days_and_years",
        "merged_cell",
        "label_order",
        "gap",
        "organise",
        "per_pair",
        "appendix_only",
    ]


@pytest.mark.parametrize(
    ("code", "places", "words"),
    [
        ("day_missing", ("conditions",), ("до 31 ноября", "30.11.2020")),
        ("not_monotone", ("pairing", "work"), ("V (10.12.2020) раньше IV (31.12.2020)", "VI (15.12.2020)")),
        ("merged_cell", ("conditions", "I.1"), ("только в строке I.1", "I.1-I.5")),
        ("label_order", ("closing",), ("«6.»", "«VI.»", "этап 7")),
        ("gap", ("work", "closing"), ("15.12.2020", "25.05.2021", "161 дн.")),
        ("organise", ("work", "VI.4", "VI.5"), ("«организовать»", "15.12.2020")),
        ("per_pair", ("closing",), ("согласно периоду взаимодействия", "25.05.2021")),
        ("appendix_only", (), ("приложение 2", "№ 428")),
    ],
)
def test_a_trap_names_its_places_and_dates(code: str, places: tuple[str, ...], words: tuple[str, ...]) -> None:
    found = trap(code)
    assert found.places == places
    for word in words:
        assert word in found.found.ru + found.handled.ru


def test_the_sunday_and_the_missing_years_are_found() -> None:
    found = trap("days_and_years").found
    assert found.ru == "06.12.2020 (II) это воскресенье; без года напечатано сроков: 6 из 7."
    assert found.en == "06.12.2020 (II) is a Sunday; 6 of 7 deadlines are printed without a year."


def test_a_mended_text_has_no_such_traps() -> None:
    mended = memo_with(
        ("до 31 ноября, day: 31, month: 11", "до 30 ноября 2020, day: 30, month: 11"),
        ("stands_in: I.1, ", ""),
        ("до 6 декабря, day: 6", "до 7 декабря 2020 г., day: 7"),
        ("до 10 декабря, day: 10", "до 10 декабря 2020, day: 10"),
        ("до 31 декабря, day: 31", "до 11 декабря 2020, day: 11"),
        ("до 10 декабря, day: 10", "до 14 декабря 2020, day: 14"),
        ("до 15 декабря, day: 15", "до 15 декабря 2020 года, day: 15"),
        ("до 25 мая 2021  (согласно периоду взаимодействия)", "до 1 февраля 2021"),
        ("day: 25, month: 5", "day: 1, month: 2"),
        ("label: '6.'\n    title", "label: VII.\n    title"),
        ("body_held: false", "body_held: true"),
    )
    assert mended.traps == ()


def test_a_saturday_in_another_school_year_is_found_too() -> None:
    later = memo_with(
        ("school_year: 2020/21", "school_year: 2025/26"),
        ("до 25 мая 2021  (", "до 25 мая 2026  ("),
    )
    found = trap("days_and_years", later)
    assert "06.12.2025 (II) это суббота" in found.found.ru
    assert "30.11.2025 (I) это воскресенье" in found.found.ru


def test_items_are_counted_by_where_they_come_from() -> None:
    counts = {tally.kind: tally.counts for tally in MEMO.tallies}
    assert counts["stages"] == {Provenance.ORDER: 7, Provenance.MEMORY: 0, Provenance.LOCAL: 0}
    assert counts["activities"][Provenance.ORDER] == 22
    assert counts["criteria"][Provenance.MEMORY] == 9
    guards = [guard for activity in PACK.activities() for guard in activity.guards]
    assert sum(counts["guards"].values()) == len(guards)
    assert MEMO.count(Provenance.MEMORY) == sum(tally[Provenance.MEMORY] for tally in counts.values())


def test_a_pack_with_items_from_memory_may_not_claim_conformity() -> None:
    assert not MEMO.may_claim_conformity
    assert memo(load_pack(TEXT.replace("memory", "local"))).may_claim_conformity
    assert "не пишут «соответствует»" in render_text(MEMO, "ru")


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_printed_memo_holds_every_trap_note_and_tally(lang: str) -> None:
    printed = render_text(MEMO, lang)
    for number, item in enumerate(MEMO.traps, start=1):
        assert f"\n{number}. {item.found.text(lang)}\n   -> {item.handled.text(lang)}\n" in printed
    assert all(note.text.text(lang) in printed for note in MEMO.notes)
    assert all(f"- {tally.name.text(lang)}: " in printed for tally in MEMO.tallies)
    assert PACK.checksum in printed


def test_the_memo_can_be_sent_as_json() -> None:
    sent = MEMO.as_json("en")
    assert len(sent["traps"]) == 9
    assert sent["provenance"]["bands"] == {"order": 0, "memory": 3, "local": 0}
    assert sent["may_claim_conformity"] is False


def test_the_pack_uses_every_guard_that_exists_and_only_known_jobs() -> None:
    used = {guard.name for activity in PACK.activities() for guard in activity.guards}
    assert used | {guard.name for guard in PACK.complete} == set(GUARDS)
    assert {kind for stage in PACK.stages for kind in stage.on_enter} <= set(JOB_KINDS)
