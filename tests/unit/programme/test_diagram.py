"""The pictures of the workflow show the machine as it is, with the current stage marked."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from shared.pack.library import FOLDER, shipped
from shared.pack.load import load_pack
from shared.programme.diagram import mermaid, svg
from shared.programme.machine import STATE_NAMES, Workflow
from shared.programme.svg_shapes import text_width, wrap
from shared.programme.workflow_page import workflow_page

PACK = shipped("order_428", 1)
NAMESPACE = "{http://www.w3.org/2000/svg}"
ROOT = Path(__file__).parents[3]


def drawn(current: str | None, lang: str = "ru", done: tuple[str, ...] = ()) -> ET.Element:
    return ET.fromstring(svg(PACK, current=current, lang=lang, done=done))  # noqa: S314 - our own text


def words_of(picture: ET.Element) -> str:
    return " ".join(" ".join(text.itertext()) for text in picture.iter(f"{NAMESPACE}text"))


def thick_boxes(picture: ET.Element) -> list[ET.Element]:
    return [box for box in picture.iter(f"{NAMESPACE}rect") if box.get("stroke-width") == "3"]


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_picture_shows_every_state_and_every_printed_deadline(lang: str) -> None:
    shown = "".join(words_of(drawn("training", lang)).split())
    for stage in PACK.stages:
        assert "".join(stage.name.text(lang).split()) in shown
        assert "".join(stage.deadline.printed.split()) in shown
    assert all(name.text(lang) in shown for name in STATE_NAMES.values())


def test_the_current_stage_is_marked_by_a_frame_a_sign_and_a_word() -> None:
    picture = drawn("training", done=("conditions", "mentees", "mentors"))
    assert len(thick_boxes(picture)) == 1
    assert words_of(picture).count("сейчас") == 1
    signs = list(picture.iter(f"{NAMESPACE}circle"))
    assert len(signs) == 7
    assert [sign.get("fill") for sign in signs].index("#1a1a1a") == 3  # only the fourth sign is filled
    ticks = [line for line in picture.iter(f"{NAMESPACE}polyline") if line.get("stroke-width") == "2.4"]
    assert len(ticks) == 3


@pytest.mark.parametrize("state", sorted(STATE_NAMES))
def test_a_state_beside_the_stages_is_marked_too(state: str) -> None:
    picture = drawn(state)
    assert len(thick_boxes(picture)) == 1
    assert "сейчас" in words_of(picture)


def test_nothing_is_marked_without_a_current_state() -> None:
    assert thick_boxes(drawn(None)) == []


def test_the_picture_says_itself_in_words() -> None:
    picture = drawn("mentees", done=("conditions",))
    assert picture.get("role") == "img"
    assert picture.findtext(f"{NAMESPACE}title") == "Этапы программы наставничества"
    described = picture.findtext(f"{NAMESPACE}desc") or ""
    assert "I. Подготовка условий, до 31 ноября: пройден" in described
    assert "II. База наставляемых, до 6 декабря: сейчас" in described
    assert "V. Пары и группы, до 10 декабря: впереди" in described


def test_the_picture_scales_and_carries_no_script_style_or_id() -> None:
    text = svg(PACK, current="work", lang="ru")
    assert re.search(r'viewBox="0 0 440 \d+(\.\d+)?" width="100%"', text)
    assert not re.search(r"<script|<style|style=|\bid=|href|\bon\w+=", text)


def test_every_shape_and_word_stays_inside_the_picture() -> None:
    picture = drawn("closing")
    width, height = (float(part) for part in str(picture.get("viewBox")).split()[2:])
    for box in picture.iter(f"{NAMESPACE}rect"):
        x, y, w, h = (float(str(box.get(name))) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height
    for text in picture.iter(f"{NAMESPACE}text"):
        size = float(str(text.get("font-size")))
        for span in text:
            if text.get("text-anchor") == "start":
                assert float(str(span.get("x"))) + text_width(span.text or "", size) <= width
            assert float(str(span.get("y"))) <= height


def test_words_of_an_uploaded_pack_cannot_break_out_of_the_picture() -> None:
    text = (FOLDER / "order_428.v1.yaml").read_text(encoding="utf-8")
    hostile = load_pack(text.replace("ru: I. Подготовка условий", "ru: '</text><script>alert(1)</script>&amp;\"'", 1))
    picture = ET.fromstring(svg(hostile, current="conditions", lang="ru"))  # noqa: S314 - our own text
    assert list(picture.iter(f"{NAMESPACE}script")) == []
    assert "alert(1)" in words_of(picture)
    assert "\"</text><script>alert(1)</script>&amp;'<br/>" in mermaid(hostile, "ru")


def test_long_words_are_wrapped_at_spaces_only() -> None:
    lines = wrap("Организация работы наставнических пар и групп", 120, 15)
    assert " ".join(lines) == "Организация работы наставнических пар и групп"
    assert len(lines) > 2
    assert all(text_width(line, 15) <= 120 or " " not in line for line in lines)
    assert wrap("", 120, 15) == []


def test_the_mermaid_text_has_exactly_the_moves_of_the_machine() -> None:
    arrows = set(re.findall(r"^ *(\w+) --> (\w+): (\w+)$", mermaid(PACK, "ru"), re.MULTILINE))
    stages = {stage.key for stage in PACK.stages}

    def drawn_as(trigger: str, src: str, dst: str) -> tuple[str, str, str]:
        """Moves that every stage has are drawn once, from or to the state that holds the stages."""
        if trigger in ("advance", "complete") or src == "completed":
            return (_name(src), _name(dst), trigger)
        return ("open" if src in stages else src, "open" if dst in stages else dst, trigger)

    def _name(state: str) -> str:
        return f"stage_{state}" if state in stages else state

    moves = {drawn_as(spec.trigger, spec.src, spec.dst) for spec in Workflow(PACK).transitions()}
    assert arrows == moves


def test_the_mermaid_text_names_every_stage_in_the_asked_language() -> None:
    for lang in ("ru", "en"):
        text = mermaid(PACK, lang)
        for stage in PACK.stages:
            due = " ".join(stage.deadline.printed.split())
            assert f'state "{stage.name.text(lang)}<br/>{due}" as stage_{stage.key}' in text


def test_the_workflow_page_is_fresh() -> None:
    written = (ROOT / "docs" / "workflow.md").read_text(encoding="utf-8")
    assert written == workflow_page(PACK), "docs/workflow.md is stale: run `nastavnik diagram`"
