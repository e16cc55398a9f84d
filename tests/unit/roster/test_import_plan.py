"""What a row means depends on whom the school has: found, filled, brought or refused; decided without a database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Any

from shared.pack.library import shipped_packs
from shared.roster.cells import Name, SchoolClass
from shared.roster.columns import count_known
from shared.roster.csv_table import read_table
from shared.roster.directory import Directory, Known
from shared.roster.entries import MENTEES, MENTORS, BaseKind, read_entries
from shared.roster.import_plan import ImportPlan, plan_import
from shared.roster.import_report import Findings, ImportReport

TODAY = date(2020, 11, 10)
YEAR = 2020
CONSENT = "Кем дано;Представитель;Дата согласия;Документ согласия;Срок согласия"
GIVEN = "представитель;Иванова М.;01.09.2020;Лист 1;31.08.2021"


def known(id_: int, name: Name, grade: SchoolClass | None = None, **changes: Any) -> Known:
    values: dict[str, Any] = {
        "kind": "pupil",
        "grades": {} if grade is None else {YEAR: grade},
        "birth_on": None,
        "contact": None,
        "is_consented": False,
        "consents": frozenset(),
    }
    return Known(id_, name=name, **values | changes)


def plan(
    text: str, people: Iterable[Known] = (), kind: BaseKind = MENTEES
) -> tuple[ImportPlan, ImportReport, Findings]:
    table = read_table(text.encode(), None, score=partial(count_known, columns=kind.columns))
    reading = read_entries(table, kind, forms=shipped_packs()[0].forms, today=TODAY)
    made, report = plan_import(reading, Directory(people, school_year=YEAR), kind, school_year=YEAR, today=TODAY)
    return made, report, reading.errors


def codes(findings: Findings) -> list[tuple[int | None, str, str]]:
    return [(f.row, f.column, f.code) for f in findings.listed]


def warned(report: ImportReport) -> list[tuple[int | None, str, str]]:
    return [(f.row, f.column, f.code) for f in report.warnings]


IVAN = Name("Иванов", "Иван", "Иванович")


def test_a_class_list_brings_names_and_classes_that_await_consent() -> None:
    made, report, errors = plan("ФИО;Класс\nИванов Иван Иванович;5А\nПетрова Анна;5А\n")
    assert not errors.total
    assert [(p["family_name"], p["kind"], p["contact"], p["birth_on"]) for p in made.people] == [
        ("Иванов", "pupil", None, None),
        ("Петрова", "pupil", None, None),
    ]
    assert made.grades == [
        {"place": 0, "grade": 5, "class_letter": "А"},
        {"place": 1, "grade": 5, "class_letter": "А"},
    ]
    assert (report.people_created, report.members_created, report.awaiting_consent) == (2, 2, 2)


def test_details_without_a_consent_are_told_and_not_kept() -> None:
    made, report, _ = plan("ФИО;Класс;Контакты;Дата рождения;Запрос\nИванов Иван;5А;+7 900;01.02.2009;Алгебра\n")
    assert made.people[0]["contact"] is None
    assert made.people[0]["birth_on"] is None
    assert made.members == [{"place": 0}]
    assert sorted(warned(report)) == [(2, key, "consent.missing") for key in ("birth", "contact", "topics")]


def test_details_with_a_consent_in_the_row_are_kept() -> None:
    made, report, errors = plan(
        f"ФИО;Класс;Контакты;Дата рождения;Запрос;{CONSENT}\nИванов Иван;5А;+7 900;01.02.2009;Алгебра;{GIVEN}\n"
    )
    assert not errors.total
    assert (made.people[0]["contact"], made.people[0]["birth_on"]) == ("+7 900", "2009-02-01")
    assert made.members == [{"place": 0, "topics": ["Алгебра"]}]
    assert made.consents[0]["valid_until"] == "2021-08-31"
    assert (report.awaiting_consent, report.warnings_total) == (0, 0)


def test_a_consent_that_has_run_out_keeps_no_details() -> None:
    given = "представитель;Иванова М.;01.09.2019;Лист 1;31.08.2020"
    made, report, _ = plan(f"ФИО;Класс;Запрос;{CONSENT}\nИванов Иван;5А;Алгебра;{given}\n")
    assert len(made.consents) == 1
    assert made.members == [{"place": 0}]
    assert report.awaiting_consent == 1


def test_a_known_person_with_a_consent_in_force_gets_what_is_empty() -> None:
    person = known(
        7, IVAN, SchoolClass(5, "А"), is_consented=True, contact="старый", member_id=70, member={"topics": []}
    )
    made, report, _ = plan("ФИО;Класс;Контакты;Запрос\nИВАНОВ Иван;5 а;новый;Алгебра\n", [person])
    assert made.member_changes == [{"id": 70, "topics": ["Алгебра"]}]
    assert made.people_changes == []
    assert (report.updated, report.skipped, report.people_created) == (1, 0, 0)
    assert warned(report) == [(2, "contact", "value.kept")]


def test_the_same_row_again_changes_nothing() -> None:
    person = known(
        7,
        IVAN,
        SchoolClass(5, "А"),
        is_consented=True,
        consents=frozenset({(date(2020, 9, 1), "Лист 1")}),
        member_id=70,
        member={"topics": ["алгебра"]},
    )
    made, report, _ = plan(f"ФИО;Класс;Запрос;{CONSENT}\nИванов Иван Иванович;5А;Алгебра;{GIVEN}\n", [person])
    assert made == ImportPlan(skipped=1)
    assert (report.skipped, report.warnings_total) == (1, 0)


def test_a_withdrawn_consent_does_not_rise_again() -> None:
    person = known(7, IVAN, SchoolClass(5, "А"), consents=frozenset({(date(2020, 9, 1), "Лист 1")}))
    made, report, _ = plan(f"ФИО;Класс;Запрос;{CONSENT}\nИванов Иван Иванович;5А;Алгебра;{GIVEN}\n", [person])
    assert made.consents == []
    assert made.members == [{"person_id": 7}]
    assert warned(report) == [(2, "topics", "consent.missing")]


def test_namesakes_are_told_apart_by_class_then_by_year_of_birth() -> None:
    people = [
        known(1, IVAN, SchoolClass(5, "А")),
        known(2, IVAN, SchoolClass(5, "Б")),
        known(3, IVAN, SchoolClass(9, "А"), birth_on=date(2005, 3, 1)),
    ]
    assert plan("ФИО;Класс\nИванов Иван;5Б\n", people)[0].members == [{"person_id": 2}]
    assert plan("ФИО;Год рождения\nИванов Иван Иванович;2005\n", people[2:])[0].members == [{"person_id": 3}]
    assert plan("ФИО;Год рождения\nИванов Иван;2006\n", people[2:])[0].members == [{"place": 0}]
    assert codes(plan("ФИО\nИванов Иван\n", people)[2]) == [(2, "name", "person.ambiguous")]


def test_last_years_class_moves_on() -> None:
    person = known(1, IVAN, grades={YEAR - 1: SchoolClass(4, "А")})
    made, _, _ = plan("ФИО;Класс\nИванов Иван Иванович;5А\n", [person])
    assert made.members == [{"person_id": 1}]
    assert made.grades == [{"person_id": 1, "grade": 5, "class_letter": "А"}]
    assert plan("ФИО;Класс\nИванов Иван Иванович;7А\n", [person])[0].members == [{"place": 0}]


def test_one_person_twice_in_a_file_is_a_mistake() -> None:
    text = "ФИО;Класс\nИванов Иван;5А\nиванов  иван;5 «А»\nИванов Иван;5Б\n"
    assert codes(plan(text)[2]) == [(3, "name", "row.duplicate")]
    person = known(1, IVAN, SchoolClass(5, "А"))
    assert codes(plan("ФИО;Класс\nИванов Иван;5А\nИванов Иван Иванович;5А\n", [person])[2]) == [
        (3, "name", "row.duplicate")
    ]


def test_who_left_the_base_is_not_entered_again() -> None:
    person = known(1, IVAN, SchoolClass(5, "А"), has_left=True)
    made, report, _ = plan("ФИО;Класс\nИванов Иван;5А\n", [person])
    assert made.members == []
    assert warned(report) == [(2, "name", "member.ended")]


def test_a_minor_does_not_consent_alone() -> None:
    header, row = f"ФИО;Класс;Дата рождения;{CONSENT}", "лично;;01.09.2020;Лист 1;"
    assert codes(plan(f"{header}\nИванов Иван;11А;;{row}\n")[2]) == [(2, "given_by", "consent.minor")]
    assert codes(plan(f"{header}\nИванов Иван;11А;02.09.2002;{row}\n")[2]) == [(2, "given_by", "consent.minor")]
    assert plan(f"{header}\nИванов Иван;11А;01.09.2002;{row}\n")[2].total == 0


def test_a_consent_says_who_when_and_by_what() -> None:
    header = f"ФИО;Класс;{CONSENT}"
    cases = {
        "представитель;;01.09.2020;Лист 1;": (2, "representative", "required"),
        "представитель;Мама;;Лист 1;": (2, "given_on", "required"),
        "представитель;Мама;01.09.2020;;": (2, "document", "required"),
        "представитель;Мама;11.11.2020;Лист 1;": (2, "given_on", "date.future"),
        "представитель;Мама;01.09.2020;Лист 1;31.08.2020": (2, "valid_until", "consent.term"),
        ";;01.09.2020;Лист 1;": (2, "given_by", "required"),
    }
    assert {cells: codes(plan(f"{header}\nИванов Иван;5А;{cells}\n")[2]) for cells in cases} == {
        cells: [expected] for cells, expected in cases.items()
    }


def test_a_year_of_birth_alone_is_matched_by_and_not_invented() -> None:
    made, report, _ = plan(f"ФИО;Класс;Год рождения;{CONSENT}\nИванов Иван;5А;2009;{GIVEN}\n")
    assert made.people[0]["birth_on"] is None
    assert warned(report) == [(None, "birth", "birth.year_only")]


def test_all_mistakes_are_told_at_once() -> None:
    text = "ФИО;Класс;Дата вхождения\nИванов;13А;31.11.2020\n;;\nПетров Пётр;5А;01.10.2020;лишнее\n"
    assert codes(plan(text)[2]) == [
        (2, "name", "name.single_word"),
        (2, "class", "class.invalid"),
        (2, "joined_on", "date.invalid"),
        (4, "", "row.width"),
    ]


def test_mentors_come_from_where_the_order_says_or_with_a_warning() -> None:
    text = (
        "ФИО наставника;Класс;Форма наставничества\n"
        "Учителева Анна;;учитель – ученик\nСтарший Олег;10А;Ученик-ученик\nМладший Олег;7А;ученик - ученик\n"
    )
    made, report, errors = plan(text, kind=MENTORS)
    assert not errors.total
    assert [(p["kind"], m["origin"]) for p, m in zip(made.people, made.members, strict=True)] == [
        ("teacher", "teachers"),
        ("pupil", "pupils_9_11"),
        ("pupil", "other"),
    ]
    assert (4, "name", "mentor.outside_order") in warned(report)


def test_a_form_that_is_off_is_refused() -> None:
    text = "ФИО наставника;Форма наставничества\nУчителева Анна;студент - ученик\nШкольная Анна;кружок\n"
    assert codes(plan(text, kind=MENTORS)[2]) == [(2, "form", "form.unknown"), (3, "form", "form.unknown")]


def test_a_mentor_known_as_psychologist_counts_as_staff() -> None:
    person = known(5, Name("Душина", "Вера"), kind="psychologist")
    made, _, _ = plan("ФИО наставника\nДушина Вера\n", [person], MENTORS)
    assert made.members == [{"person_id": 5, "origin": "teachers"}]


def test_listed_findings_are_bounded_and_the_total_is_not() -> None:
    _, _, errors = plan("ФИО\n" + "Иванов\n" * 700)
    assert (len(errors.listed), errors.total) == (500, 700)
