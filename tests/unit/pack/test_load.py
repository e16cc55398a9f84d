"""The loader names every mistake of a pack at once, each with its path and line."""

from __future__ import annotations

import time

import pytest

from shared.pack.library import FOLDER
from shared.pack.load import PackInvalid, load_pack
from shared.pack.problems import SENTENCES, Problem
from shared.pack.yaml_tree import MAX_BYTES, MAX_DEPTH, MAX_NODES

TEXT = (FOLDER / "order_428.v1.yaml").read_text(encoding="utf-8")
Mistake = tuple[str, str]


def problems_of(text: str | bytes) -> list[Problem]:
    with pytest.raises(PackInvalid) as invalid:
        load_pack(text)
    return invalid.value.problems


def mistakes(text: str | bytes) -> set[Mistake]:
    return {(problem.path, problem.code) for problem in problems_of(text)}


def changed(*pairs: tuple[str, str]) -> str:
    """Return the order's pack with the first occurrence of each old text replaced."""
    text = TEXT
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_the_shipped_pack_loads_with_seven_stages_and_twenty_two_activities() -> None:
    pack = load_pack(TEXT)
    assert [stage.key for stage in pack.stages][-1] == "closing"
    assert len(list(pack.activities())) == 22
    assert pack == load_pack(TEXT.encode())


def test_guard_parameters_are_numbers_and_tuples() -> None:
    pack = load_pack(TEXT)
    assert pack.activity("I.4").guards[0].params == {"tasks": 1, "forms": 1, "expected_results": 1}
    assert pack.activity("II.1").guards[0].params["sources"] == (
        "parents", "homeroom_teachers", "psychologists", "career_tests",
    )  # fmt: skip
    assert [guard.name for guard in pack.activity("IV.2").guards if guard.carried] == ["mentors_trained"]


def test_helpers_find_stages_and_activities_and_refuse_foreign_keys() -> None:
    pack = load_pack(TEXT)
    assert pack.stage_of("VI.3").key == "work"
    following = pack.next_stage("training")
    assert following is not None
    assert following.key == "pairing"
    assert pack.next_stage("closing") is None
    assert pack.index("closing") == 6
    assert pack.deadline_of("I.5").printed == "до 31 ноября"
    assert pack.questionnaire("mentee", "after", "pupil_pupil").key == "mentee_after"
    assert pack.scoring.band(14).key == "acceptable"
    for call in (pack.stage, pack.activity, pack.stage_of, pack.form):
        with pytest.raises(KeyError):
            call("VII")


def test_every_mistake_is_reported_at_once_with_its_line() -> None:
    text = changed(
        ("version: 1", "version: one"),
        ("    label: II.", "    label: II.\n    colour: green"),
        ("name: goals_set", "name: goals_sett"),
        ("day: 6, month: 12", "day: 6, month: 13"),
        ("weight: 0.30", "weight: 0.31"),
        ("on_enter: [aggregate_feedback]", "on_enter: [aggregate_feedbacks]"),
    )
    problems = problems_of(text)
    found = {(problem.path, problem.code, problem.line) for problem in problems}
    assert found == {
        ("version", "number.whole", line_of(text, "version: one")),
        ("stages.1.colour", "field.unknown", line_of(text, "colour: green")),
        ("stages.0.activities.3.guards.0.name", "guard.unknown", line_of(text, "goals_sett")),
        ("stages.1.deadline.month", "number.whole", line_of(text, "month: 13")),
        ("scoring.indicators", "weights.sum", line_of(text, "  indicators:")),
        ("stages.6.on_enter.0", "job.unknown", line_of(text, "aggregate_feedbacks")),
    }
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)


def test_a_problem_speaks_both_languages() -> None:
    (problem,) = problems_of(changed(("name: goals_set", "name: goals_sett")))
    assert problem.message_ru == "Условия «goals_sett» нет."
    assert problem.message_en == "There is no guard goals_sett."


def test_the_error_tells_an_api_where_to_look() -> None:
    with pytest.raises(PackInvalid) as invalid:
        load_pack(changed(("version: 1", "version: 0")))
    members = invalid.value.extra("en")
    detail = "A whole number from 1 to 10000 is needed."
    assert members["errors"] == [{"path": "version", "line": 5, "code": "number.whole", "detail": detail}]


def test_an_activity_without_a_guard_is_refused() -> None:
    text = changed(("guards:\n          - {name: reward_rules_frozen, provenance: local}", "guards: []"))
    assert mistakes(text) == {("stages.5.activities.5.guards", "field.count")}


def test_all_forms_switched_off_are_refused() -> None:
    assert ("forms", "forms.disabled") in mistakes(TEXT.replace("enabled: true", "enabled: false"))


def test_an_alias_is_refused_once_and_not_as_a_wrong_value_too() -> None:
    text = changed(("{ru: I. Подготовка условий,", "&name {ru: I. Подготовка условий,"))
    text = text.replace("name: {ru: II. База наставляемых, en: II. Base of mentees}", "name: *name", 1)
    assert mistakes(text) == {("stages.0.name", "yaml.alias"), ("stages.1.name", "yaml.alias")}


def test_a_day_that_does_not_exist_is_no_mistake_of_the_pack() -> None:
    pack = load_pack(changed(("до 6 декабря, day: 6, month: 12", "до 31 сентября, day: 31, month: 9")))
    assert pack.stage("mentees").deadline.day == 31


def test_yaml_guesses_nothing() -> None:
    pack = load_pack(
        changed(("label: II.", "label: no"), ("label: III.", "label: 2020-12-10"), ("label: IV.", "label: null"))
    )
    assert [stage.label for stage in pack.stages[1:4]] == ["no", "2020-12-10", "null"]


def test_soft_and_wide_spaces_of_the_text_stay_as_printed() -> None:
    pack = load_pack(changed(("title: Обучение наставников", 'title: "Обу\\u00adчение\\u00a0наставников"')))
    assert pack.stage("training").title == "Обу\u00adчение\u00a0наставников"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "pack.empty"),
        ("# nothing but a remark\n", "pack.empty"),
        (b"code: \xff\xfe", "pack.encoding"),
        ("code: \ud800", "pack.encoding"),
        ("a: [1, 2\nb: {", "yaml.syntax"),
        ("code: a\x07b", "yaml.syntax"),
        ("- a\n- b\n", "field.shape"),
        ("just words", "field.shape"),
        ("code: '" + "я" * MAX_BYTES + "'", "pack.bytes"),
        ("[" * (MAX_DEPTH + 1), "yaml.depth"),
        ("{a: " * 50_000, "yaml.depth"),
        ("[" * 500, "yaml.depth"),
        ("- " * 100_000, "yaml.depth"),
        ("- a\n" * (MAX_NODES + 1), "yaml.nodes"),
    ],
)
def test_what_is_no_pack_at_all_is_refused_quickly(data: str | bytes, code: str) -> None:
    began = time.process_time()
    assert code in {problem.code for problem in problems_of(data)}
    assert time.process_time() - began < 5


def test_a_long_title_and_an_over_deep_file_are_refused() -> None:
    assert mistakes(changed(("title: Формирование базы наставляемых", f"title: {'я' * 501}"))) == {
        ("stages.1.title", "text.length")
    }
    assert {code for _, code in mistakes("[" * 200_000)} <= {"yaml.depth", "yaml.syntax"}


def test_a_thousand_laughs_are_not_expanded() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    assert "yaml.alias" in {problem.code for problem in problems_of("\n".join(lines))}


def test_names_of_fields_are_printable_and_short_in_the_answer() -> None:
    (path,) = {problem.path for problem in problems_of(changed(("code:", f'"x\\u202E{"y" * 500}": 1\ncode:')))}
    assert path.startswith("x?y")
    assert len(path) == 60


def test_every_sentence_is_filled_in_both_languages() -> None:
    for code, (ru, en) in SENTENCES.items():
        assert ru.count("{0}") >= en.count("{0}") > 0 or "{0}" not in ru + en, code
        assert ("{1}" in ru) == ("{1}" in en), code
