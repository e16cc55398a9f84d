"""The customary tables are recognised by their printed titles, in any order and spelling."""

from __future__ import annotations

import random

import pytest

from shared.roster.columns import MENTEE_COLUMNS, MENTOR_COLUMNS, Column, match_header

CUSTOMARY_MENTEES = [
    "№",
    "ФИО наставляемого",
    "Контактные данные для связи (данные представителя)",
    "Год рождения наставляемого",
    "Основной запрос наставляемого",
    "Дата вхождения в программу",
    "ФИО наставника",
    "Форма наставничества",
    "Место работы/учёбы наставника",
    "Дата завершения программы",
    "Результаты программы",
    "Обратная связь наставляемого (ссылка)",
    "Отметка о прохождении программы",
]
CUSTOMARY_MENTORS = [
    "№",
    "ФИО наставника",
    "Контактные данные для связи",
    "Место работы/учёбы наставника",
    "Основные компетенции наставника",
    "Важные для программы достижения наставника",
    "Интересы наставника",
    "Желаемый возраст наставляемых",
    "Ресурс времени на программу наставничества",
    "Дата вхождения в программу",
    "ФИО наставляемого (наставляемых)",
    "Форма наставничества",
    "Место работы/учёбы наставляемого",
    "Дата завершения программы",
    "Результаты программы",
    "Ссылка на кейс/отзыв наставника",
]


@pytest.mark.parametrize(
    ("titles", "columns", "number"),
    [(CUSTOMARY_MENTEES, MENTEE_COLUMNS, 13), (CUSTOMARY_MENTORS, MENTOR_COLUMNS, 16)],
)
def test_every_customary_column_is_known_in_any_order(
    titles: list[str], columns: tuple[Column, ...], number: int
) -> None:
    shuffled = random.Random(428).sample(titles, len(titles))
    header = match_header([title.upper().replace("Ё", "Е") for title in shuffled], columns)
    assert len(header.positions) == number == len(titles)
    assert (header.unknown, header.repeated) == ((), ())


def test_unknown_and_repeated_columns_are_told() -> None:
    header = match_header(["ФИО", "Любимый цвет", "класс", "КЛАСС"], MENTEE_COLUMNS)
    assert (header.unknown, header.repeated) == ((1,), ("class",))


@pytest.mark.parametrize("columns", [MENTEE_COLUMNS, MENTOR_COLUMNS])
def test_no_two_columns_of_a_base_share_a_spelling(columns: tuple[Column, ...]) -> None:
    spellings = [spelling for column in columns for spelling in set(column.spellings)]
    assert len(spellings) == len(set(spellings))
