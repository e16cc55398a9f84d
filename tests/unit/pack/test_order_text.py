"""The pack's words are the order's words: rebuilt from the source file character by character."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.pack.library import FOLDER, shipped
from shared.pack.model import Pack, Stage

SOURCE = (FOLDER / "order_428.source.ru.txt").read_text(encoding="utf-8")
PACK = shipped("order_428", 1)
_ITEM = re.compile(r"(?:^|(?<= ))(\d+\.) (.*?)(?= \d+\. |$)")


@dataclass(frozen=True, slots=True)
class PrintedStage:
    """One stage as printed: its heading, activities as (label, text), the cells of the due column."""

    heading: str
    activities: list[tuple[str, str]]
    due_cells: list[str]


def plain_rows(source: str) -> list[PrintedStage]:
    """Read the first table: cells between tabs, a row without a heading continues the stage above."""
    lines = source.split("\n")
    start = lines.index("Этап\tМероприятия в ОО\tсроки") + 1
    stages: list[PrintedStage] = []
    for line in lines[start : lines.index("", start)]:
        heading, activities, due = line.split("\t")
        if heading:
            stages.append(PrintedStage(heading, [], []))
        stages[-1].activities.extend((found[1], found[2]) for found in _ITEM.finditer(activities))
        stages[-1].due_cells.append(due)
    return stages


def marked_up_rows(source: str) -> list[PrintedStage]:
    """Read the second table: cells in tags, activities as list items that carry their printed number."""
    stages: list[PrintedStage] = []
    for line in source.split("\n"):
        if line.startswith("<p>"):
            heading, activities, due = (cell.strip() for cell in line.split("\t"))
            items = re.findall(r"<li>(.*?)</li>", activities)
            pairs = [(label, text) for label, _, text in (item.partition(" ") for item in items)]
            cells = [cell.removeprefix("<p>").removesuffix("</p>") for cell in (heading, due)]
            stages.append(PrintedStage(cells[0], pairs, [cells[1]]))
    return stages


PRINTED = plain_rows(SOURCE) + marked_up_rows(SOURCE)


def test_the_source_holds_seven_stages_and_twenty_two_activities() -> None:
    assert len(PRINTED) == 7
    assert [len(stage.activities) for stage in PRINTED] == [5, 2, 2, 2, 1, 6, 4]


def test_the_seven_labels_and_titles_are_the_printed_ones() -> None:
    assert [f"{stage.label} {stage.title}" for stage in PACK.stages] == [stage.heading for stage in PRINTED]


def test_the_twenty_two_labels_and_texts_are_the_printed_ones() -> None:
    printed = [pair for stage in PRINTED for pair in stage.activities]
    assert len(printed) == 22
    assert [(activity.label, activity.text) for activity in PACK.activities()] == printed


def test_the_seven_deadlines_are_the_printed_ones() -> None:
    printed = ["".join(stage.due_cells) for stage in PRINTED]
    assert [stage.deadline.printed for stage in PACK.stages] == printed


def test_the_first_deadline_stands_in_one_row_of_five_and_the_others_cover_their_stage() -> None:
    assert PRINTED[0].due_cells == ["до 31 ноября", "", "", "", ""]
    assert [stage.deadline.stands_in for stage in PACK.stages] == ["I.1", *[None] * 6]


def test_both_tables_can_be_written_back_from_the_pack() -> None:
    table = "\n".join(_written_plain(stage) for stage in PACK.stages[:5])
    assert f"\nЭтап\tМероприятия в ОО\tсроки\n{table}\n\n" in SOURCE
    assert f"\n{_written_marked_up(PACK)}\n\nЗаместитель" in SOURCE


def test_the_order_is_named_as_its_heading_says() -> None:
    assert f"от {PACK.order.on:%d.%m.%Y} №{PACK.order.number}" in SOURCE
    assert f"ПРИЛОЖЕНИЕ {PACK.order.appendix}" in SOURCE
    assert PACK.order.body_held is False


def _written_plain(stage: Stage) -> str:
    items = [f"{activity.label} {activity.text}" for activity in stage.activities]
    heading, due = f"{stage.label} {stage.title}", stage.deadline.printed
    if stage.deadline.stands_in is None:
        return f"{heading}\t{' '.join(items)}\t{due}"
    return "\n".join([f"{heading}\t{items[0]}\t{due}", *(f"\t{item}\t" for item in items[1:])])


def _written_marked_up(pack: Pack) -> str:
    rows = []
    for stage in pack.stages[5:]:
        items = " ".join(f"<li>{activity.label} {activity.text}</li>" for activity in stage.activities)
        listed = f'<ol style="list-style-type: none"> {items} </ol>'
        rows.append(f"<p>{stage.label} {stage.title}</p>\t{listed}\t<p>{stage.deadline.printed}</p>")
    return "\n".join(rows)
