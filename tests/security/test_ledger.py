"""The page of a long run: every walker is a line, the sums are of all of them."""

from __future__ import annotations

from collections import Counter

from tests.security.ledger import Ledger, Walk, page, summary

LEDGER = Ledger(
    walks=[
        Walk("nobody", frozenset({"getMe", "listPeople"}), 30, Counter({401: 30}), ()),
        Walk("curator of a foreign school", frozenset({"getMe"}), 12, Counter({404: 10, 200: 2}), (0.9, 1.1, 1.0)),
    ],
    calls=Counter({"text": 40, "path": 2}),
    operations={"getMe"},
    answers=Counter({200: 20, 404: 22}),
    tampers={"the tail cut"},
)


def test_the_page_has_a_line_for_each_walker_and_the_sums() -> None:
    text = page(LEDGER, seed=7, date="2026-11-29", machine="two cores")
    assert "| curator of a foreign school | 1 | 12 | 200: 2, 404: 10 | 1.000 |" in text
    assert "| nobody | 2 | 30 | 401: 30 | – |" in text
    for line in ("Cross-tenant probes: 42. Leaks: 0.", "Fuzz calls: 42. Server errors: 0.", "Seed: 7", "| text | 40 |"):
        assert line in text
    assert "- the tail cut" in text


def test_the_last_words_count_leaks_and_server_errors() -> None:
    bad = Ledger(LEDGER.walks, ["shows [1]"], LEDGER.calls, {"getMe"}, Counter({500: 3, 200: 1}))
    told = summary(bad, 7)
    assert "leaks: 1" in told[1]
    assert "server errors: 3" in told[2]


def test_a_run_without_one_of_its_parts_is_not_whole() -> None:
    assert LEDGER.is_whole
    assert not Ledger(LEDGER.walks, [], LEDGER.calls).is_whole
