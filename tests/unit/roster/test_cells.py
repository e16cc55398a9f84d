"""What people write in a cell becomes one value, or a code that says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from shared.roster import cells
from shared.roster.cells import CellError, Name, SchoolClass


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Иванов Иван Иванович", Name("Иванов", "Иван", "Иванович")),
        ("Иванов  Иван", Name("Иванов", "Иван")),
        ("Мамедов Али Гасан оглы", Name("Мамедов", "Али", "Гасан оглы")),
        ("Петрова-Водкина Анна Мария", Name("Петрова-Водкина", "Анна", "Мария")),
    ],
)
def test_a_name_is_split_into_family_given_and_patronymic(text: str, name: Name) -> None:
    assert cells.parse_name(text) == name


@pytest.mark.parametrize(
    ("text", "school_class"),
    [
        ("5А", SchoolClass(5, "А")),
        ("5 а", SchoolClass(5, "А")),
        ("5-А", SchoolClass(5, "А")),
        ("5 «Б»", SchoolClass(5, "Б")),
        ('5"Б"', SchoolClass(5, "Б")),
        ("10 Б класс", SchoolClass(10, "Б")),
        ("11 класс", SchoolClass(11)),
        ("11", SchoolClass(11)),
        ("5A", SchoolClass(5, "А")),
        ("", None),
    ],
)
def test_a_class_is_read_however_it_is_written(text: str, school_class: SchoolClass | None) -> None:
    assert cells.parse_class(text) == school_class


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("05.12.2020", date(2020, 12, 5)),
        ("5.12.2020 г.", date(2020, 12, 5)),
        ("2020-12-05", date(2020, 12, 5)),
        ("", None),
    ],
)
def test_a_date_is_read(text: str, day: date | None) -> None:
    assert cells.parse_day(text) == day


def test_a_year_of_birth_is_no_date_of_birth() -> None:
    assert cells.parse_birth("2009 г.") == (2009, None)
    assert cells.parse_birth("01.02.2009") == (2009, date(2009, 2, 1))
    assert cells.parse_birth("") == (None, None)


def test_topics_are_split_and_told_apart_by_more_than_spelling() -> None:
    assert cells.parse_topics("Математика, алгебра; адаптация | АДАПТАЦИЯ\nречь") == [
        "Математика, алгебра",
        "адаптация",
        "речь",
    ]


def test_hours_are_read_only_when_they_are_hours_a_month() -> None:
    assert [cells.parse_hours(text) for text in ("4", "4 ч", "4 часа в месяц", "")] == [4, 4, 4, None]


@pytest.mark.parametrize(
    ("parse", "text", "code"),
    [
        (cells.parse_name, "Иванов", "name.single_word"),
        (cells.parse_name, "", "required"),
        (cells.parse_name, f"{'И' * 101} Иван", "text.too_long"),
        (cells.parse_name, "Иванов Ив\x07ан", "text.characters"),
        (cells.parse_class, "13А", "class.invalid"),
        (cells.parse_class, "0", "class.invalid"),
        (cells.parse_class, "пятый", "class.invalid"),
        (cells.parse_day, "31.11.2020", "date.invalid"),
        (cells.parse_day, "29.02.2021", "date.invalid"),
        (cells.parse_day, "12/31/2020", "date.invalid"),
        (cells.parse_day, "05.12.20", "date.invalid"),
        (cells.parse_day, "05.12.1899", "date.invalid"),
        (cells.parse_birth, "1066", "date.invalid"),
        (cells.parse_capacity, "0", "number.invalid"),
        (cells.parse_capacity, "31", "number.invalid"),
        (cells.parse_capacity, "два", "number.invalid"),
        (cells.parse_hours, "2 часа в неделю", "hours.unreadable"),
        (cells.parse_giver, "сосед", "consent.given_by"),
        (cells.parse_topics, ";".join(f"тема {n}" for n in range(21)), "topics.too_many"),
    ],
)
def test_a_bad_cell_says_what_is_wrong_and_not_what_it_held(parse: Callable[[str], Any], text: str, code: str) -> None:
    with pytest.raises(CellError) as caught:
        parse(text)
    assert caught.value.code == code
    assert str(caught.value) == code
