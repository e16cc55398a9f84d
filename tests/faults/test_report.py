"""The page of a long run: every passage is a line, the sums are of all of them."""

from __future__ import annotations

from tests.faults.report import Ledger, Passage, page, summary

LEDGER = Ledger(
    [
        Passage(6, "flushed under load", {"FLUSHALL": 2}, 400, 12.34, 0.5),
        Passage(1, "killed inside", {"SIGKILL": 20, "SIGSTOP": 1}, 30, 5.0),
    ]
)


def test_the_page_has_a_line_for_each_passage_in_the_matrix_order() -> None:
    text = page(LEDGER, seed=7, date="2026-11-24", machine="two cores")
    lines = [line for line in text.splitlines() if line.startswith(("| 1 ", "| 6 "))]
    assert [line.split(" | ")[0] for line in lines] == ["| 1", "| 6"]
    assert "20 × SIGKILL; 1 × SIGSTOP | 30 | – | held | 5.0 |" in lines[0]
    assert "2 × FLUSHALL | 400 | 0.50 | held | 12.3 |" in lines[1]
    assert "Faults injected: 23" in text
    assert "Client calls recorded: 430" in text
    assert "Seed: 7" in text


def test_the_last_words_name_seed_rows_faults_and_calls() -> None:
    told = summary(LEDGER, 7)
    assert told[:2] == ["seed 7; rows 1, 6", "faults injected: 23"]
    assert "recorded calls: 430" in told
