"""The picture of a pack's workflow, as Mermaid and as SVG laid out by ourselves; knows no facts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from shared.pack.model import Pack, Stage
from shared.programme.machine import (
    ADVANCE,
    CANCEL,
    CANCELLED,
    COMPLETE,
    COMPLETED,
    REOPEN,
    RESUME,
    STATE_NAMES,
    SUSPEND,
    SUSPENDED,
)
from shared.programme.svg_shapes import (
    FAINT,
    Box,
    arrow,
    lines_of_text,
    mark,
    rectangle,
    rule,
    text_width,
    wrap,
)

_WIDTH = 440.0
_LEFT = 48.0
_BOX_WIDTH = 380.0
_NAME_X = 84.0
_NAME_WIDTH = 190.0
_DUE_X = 290.0
_DUE_WIDTH = 130.0
_NAME_SIZE = 15.0
_DUE_SIZE = 13.0
_SMALL = 12.0
_GAP = 22.0
_TOP = 34.0
_END_HEIGHT = 48.0
_STANDING = {
    "ru": {"done": "пройден", "current": "сейчас", "ahead": "впереди"},
    "en": {"done": "passed", "current": "now", "ahead": "ahead"},
}
_TITLE = {"ru": "Этапы программы наставничества", "en": "Stages of the mentoring programme"}
_CAPTIONS = {
    "ru": {
        COMPLETED: "вернуть может методист",
        SUSPENDED: "с любого этапа и обратно на него",
        CANCELLED: "с любого этапа и из приостановки",
    },
    "en": {
        COMPLETED: "a methodist may reopen it",
        SUSPENDED: "from any stage and back to it",
        CANCELLED: "from any stage or when suspended",
    },
}
_REOPEN_WORDS = {"ru": "Вернуть на более ранний этап", "en": "Reopen an earlier stage"}


def mermaid(pack: Pack, lang: str) -> str:
    """Return a Mermaid stateDiagram-v2: the chain of stages in one composite state, the others around it."""
    group = "Stages" if lang == "en" else "Этапы"
    lines = ["stateDiagram-v2", "    [*] --> open", f'    state "{group}" as open {{']
    lines += [f'        state "{_mermaid_label(stage, lang)}" as {_id(stage)}' for stage in pack.stages]
    lines.append(f"        [*] --> {_id(pack.stages[0])}")
    lines += [f"        {_id(src)} --> {_id(dst)}: {ADVANCE}" for src, dst in pairwise(pack.stages)]
    lines.append("    }")
    lines += [f'    state "{name.text(lang)}" as {state}' for state, name in STATE_NAMES.items()]
    last = _id(pack.stages[-1])
    lines += [
        f"    {last} --> {COMPLETED}: {COMPLETE}",
        f"    {COMPLETED} --> {last}: {REOPEN}",
        f"    open --> open: {REOPEN}",
        f"    open --> {SUSPENDED}: {SUSPEND}",
        f"    {SUSPENDED} --> open: {RESUME}",
        f"    open --> {CANCELLED}: {CANCEL}",
        f"    {SUSPENDED} --> {CANCELLED}: {CANCEL}",
        f"    {COMPLETED} --> [*]",
        f"    {CANCELLED} --> [*]",
    ]
    return "\n".join(lines) + "\n"


def svg(pack: Pack, *, current: str | None, lang: str, done: Collection[str] = ()) -> str:
    """Return the picture, 440 units wide, as one SVG element that can stand in a page.

    ``current`` is a stage key or completed, cancelled, suspended (None marks nothing); ``done`` are the keys
    of the stages that have been passed. Marks are shapes and words, colour only repeats them.
    """
    words = "en" if lang == "en" else "ru"
    rows = _rows(pack, current, frozenset(done), words)
    frame = Box(6, 8, _WIDTH - 12, rows[-1].box.bottom + 12 - 8)
    ends = _ends(frame.bottom + 40)
    height = ends[COMPLETED].bottom + 44
    parts = [
        f'<rect x="0" y="0" width="{_WIDTH:g}" height="{height:g}" rx="8" fill="#ffffff"/>',
        rectangle(frame, dashed=True, stroke_width=1),
        lines_of_text([_TITLE[words]], 16, 26, size=_SMALL, fill=FAINT),
        *(_row(row, words) for row in rows),
        *(arrow((236, a.box.bottom), (236, b.box.y)) for a, b in pairwise(rows)),
        _reopen_lane(rows, words),
        *(_end(state, box, current, words) for state, box in ends.items()),
        _end_arrows(rows[-1].box, frame, ends),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {height:g}" width="100%" '
        f'role="img" aria-label="{escape(_TITLE[words])}" lang="{words}">'
        f"<title>{escape(_TITLE[words])}</title><desc>{escape(_described(rows, current, words))}</desc>"
        f"{''.join(parts)}</svg>\n"
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A stage placed in the picture."""

    stage: Stage
    box: Box
    standing: str
    name: list[str]
    due: list[str]


def _rows(pack: Pack, current: str | None, done: frozenset[str], lang: str) -> list[_Row]:
    rows: list[_Row] = []
    top = _TOP
    for stage in pack.stages:
        standing = "current" if stage.key == current else "done" if stage.key in done else "ahead"
        name = wrap(stage.name.text(lang), _NAME_WIDTH, _NAME_SIZE)
        due = wrap(_due_words(stage), _DUE_WIDTH, _DUE_SIZE)
        tallest = max(len(name) * _NAME_SIZE, len(due) * _DUE_SIZE) * 1.25
        extra = _SMALL * 1.5 if standing == "current" else 0.0
        box = Box(_LEFT, top, _BOX_WIDTH, max(42.0, tallest + 18 + extra))
        rows.append(_Row(stage, box, standing, name, due))
        top = box.bottom + _GAP
    return rows


def _row(row: _Row, lang: str) -> str:
    is_current = row.standing == "current"
    fill = {"current": "#fff4cc", "done": "#eef3ee"}.get(row.standing, "#ffffff")
    weight = "bold" if is_current else "normal"
    shift = -_SMALL * 0.75 if is_current else 0.0
    parts = [
        rectangle(row.box, fill=fill, stroke_width=3 if is_current else 1.2),
        mark(row.standing, _LEFT + 18, row.box.middle_y),
        _centred(row.name, _NAME_X, row.box.middle_y + shift, _NAME_SIZE, weight),
        rule(_DUE_X - 8, row.box.y + 8, row.box.bottom - 8),
        _centred(row.due, _DUE_X, row.box.middle_y, _DUE_SIZE, "normal"),
    ]
    if is_current:
        below = row.box.middle_y + shift + len(row.name) * _NAME_SIZE * 0.625 + _SMALL
        parts.append(lines_of_text([_STANDING[lang]["current"]], _NAME_X, below + 1, size=_SMALL))
    return "".join(parts)


def _centred(lines: list[str], x: float, middle: float, size: float, weight: str) -> str:
    first = middle - (len(lines) - 1) * size * 0.625 + size * 0.36
    return lines_of_text(lines, x, first, size=size, weight=weight)


def _reopen_lane(rows: list[_Row], lang: str) -> str:
    """Draw the way back on the left: from the last stage up to every earlier one."""
    lane, last = 26.0, rows[-1].box
    trunk = arrow(
        (_LEFT, last.middle_y),
        (lane, last.middle_y),
        (lane, rows[0].box.middle_y),
        (_LEFT, rows[0].box.middle_y),
        dashed=True,
    )
    branches = (arrow((lane, row.box.middle_y), (_LEFT, row.box.middle_y), dashed=True) for row in rows[1:-1])
    middle = (rows[0].box.middle_y + last.middle_y) / 2
    words = lines_of_text([_REOPEN_WORDS[lang]], lane - 6, middle, size=_SMALL, anchor="middle", fill=FAINT)
    return f'{trunk}{"".join(branches)}<g transform="rotate(-90 {lane - 6:g} {middle:g})">{words}</g>'


def _ends(top: float) -> dict[str, Box]:
    return {
        COMPLETED: Box(10, top, 124, _END_HEIGHT),
        SUSPENDED: Box(150, top, 132, _END_HEIGHT),
        CANCELLED: Box(306, top, 124, _END_HEIGHT),
    }


def _end(state: str, box: Box, current: str | None, lang: str) -> str:
    is_current = state == current
    name = STATE_NAMES[state].text(lang)
    size = min(_NAME_SIZE, _NAME_SIZE * (box.width - 22) / text_width(name, _NAME_SIZE))
    lines = [name, _STANDING[lang]["current"]] if is_current else [name]
    first = box.middle_y + size * 0.36 - (len(lines) - 1) * size * 0.625
    caption = wrap(_CAPTIONS[lang].get(state, ""), box.width, _SMALL - 1)
    return (
        rectangle(box, fill="#fff4cc" if is_current else "#ffffff", stroke_width=3 if is_current else 1.2)
        + lines_of_text(
            lines, box.middle_x, first, size=size, anchor="middle", weight="bold" if is_current else "normal"
        )
        + lines_of_text(caption, box.middle_x, box.bottom + 14, size=_SMALL - 1, anchor="middle", fill=FAINT)
    )


def _end_arrows(closing: Box, frame: Box, ends: dict[str, Box]) -> str:
    completed, suspended, cancelled = ends[COMPLETED], ends[SUSPENDED], ends[CANCELLED]
    return "".join(
        (
            arrow((84, closing.bottom), (84, completed.y)),
            arrow((112, completed.y), (112, closing.bottom), dashed=True),
            arrow((suspended.middle_x, frame.bottom), (suspended.middle_x, suspended.y), both_ends=True),
            arrow((cancelled.middle_x, frame.bottom), (cancelled.middle_x, cancelled.y)),
            arrow((suspended.x + suspended.width, suspended.middle_y), (cancelled.x, cancelled.middle_y)),
        )
    )


def _described(rows: list[_Row], current: str | None, lang: str) -> str:
    """Say the picture in words, for those who do not see it."""
    stages = "; ".join(
        f"{row.stage.name.text(lang)}, {_due_words(row.stage)}: {_STANDING[lang][row.standing]}" for row in rows
    )
    if current is not None and current in STATE_NAMES:
        return f"{stages}. {STATE_NAMES[current].text(lang)}: {_STANDING[lang]['current']}."
    return f"{stages}."


def _due_words(stage: Stage) -> str:
    return " ".join(stage.deadline.printed.split())


def _mermaid_label(stage: Stage, lang: str) -> str:
    name, due = (text.replace('"', "'") for text in (stage.name.text(lang), _due_words(stage)))
    return f"{name}<br/>{due}"


def _id(stage: Stage) -> str:
    """Return an id that is none of Mermaid's own words, whatever the pack calls its stage."""
    return f"stage_{stage.key}"
