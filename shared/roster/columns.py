"""The columns a base may be imported from: class lists and the customary tables; knows no values of cells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Place = Literal["used", "silent", "elsewhere"]
"""used: read into the base; silent: carries nothing; elsewhere: known, but kept by other records."""


@dataclass(frozen=True, slots=True)
class Column:
    """``title`` as it is printed, ``spellings`` normalised by `fold_header`."""

    key: str
    title: str
    spellings: tuple[str, ...]
    place: Place = "used"


@dataclass(frozen=True, slots=True)
class Header:
    """Where the known columns stand (key to position) and the positions of the others, both from 0."""

    positions: Mapping[str, int]
    elsewhere: tuple[str, ...]
    unknown: tuple[int, ...]
    repeated: tuple[str, ...]


def fold_header(text: str) -> str:
    """Return a header as it is compared: lower case, ё as е, words only."""
    lowered = unicodedata.normalize("NFC", text).casefold().replace("ё", "е")
    return " ".join(re.sub(r"[^\w№]+", " ", lowered).split())


NUMBER = Column("number", "№", ("№", "№ п п", "n", "n п п", "номер"), "silent")
CLASS = Column("class", "Класс", ("класс", "класс наставляемого", "класс наставника"))
_BIRTH = ("дата рождения", "год рождения")
_CONSENT = (
    Column("given_by", "Согласие: кем дано", ("согласие кем дано", "кем дано согласие", "кем дано")),
    Column(
        "representative",
        "Согласие: представитель",
        ("согласие представитель", "представитель", "законный представитель", "согласие фио представителя"),
    ),
    Column("given_on", "Согласие: дата", ("согласие дата", "дата согласия")),
    Column("document", "Согласие: документ", ("согласие документ", "документ согласия", "реквизиты согласия")),
    Column("valid_until", "Согласие: срок", ("согласие срок", "срок согласия", "согласие действует до")),
)
CONSENT_KEYS = tuple(column.key for column in _CONSENT)


def _detail(key: str, title: str, *spellings: str) -> Column:
    return Column(key, title, (fold_header(title), *spellings))


def _elsewhere(key: str, title: str, *spellings: str) -> Column:
    return Column(key, title, (fold_header(title), *spellings), "elsewhere")


_FORM = ("форма наставничества", "форма")
MENTEE_COLUMNS: tuple[Column, ...] = (
    NUMBER,
    Column(
        "name",
        "ФИО наставляемого",
        (
            "фио наставляемого",
            "фио",
            "ф и о",
            "фамилия имя отчество",
            "ученик",
            "фио ученика",
            "обучающийся",
            "фио обучающегося",
        ),
    ),
    CLASS,
    *_CONSENT,
    _detail(
        "contact",
        "Контактные данные для связи (данные представителя)",
        "контактные данные для связи",
        "контактные данные",
        "контакты",
    ),
    _detail("birth", "Год рождения наставляемого", *_BIRTH, "дата рождения наставляемого"),
    _detail(
        "topics",
        "Основной запрос наставляемого",
        "основной запрос",
        "запрос",
        "темы",
        "запрос темы",
        "темы запроса",
    ),
    _detail("joined_on", "Дата вхождения в программу", "дата вхождения"),
    Column("form", "Форма наставничества", _FORM, "elsewhere"),
    _elsewhere("mentor_name", "ФИО наставника"),
    _elsewhere("mentor_place", "Место работы/учёбы наставника"),
    _elsewhere("finished_on", "Дата завершения программы", "дата завершения"),
    _elsewhere("results", "Результаты программы"),
    _elsewhere("feedback", "Обратная связь наставляемого (ссылка)", "обратная связь наставляемого"),
    _elsewhere("mark", "Отметка о прохождении программы"),
)
MENTOR_COLUMNS: tuple[Column, ...] = (
    NUMBER,
    Column(
        "name",
        "ФИО наставника",
        ("фио наставника", "фио", "ф и о", "фамилия имя отчество", "наставник", "фио педагога"),
    ),
    CLASS,
    *_CONSENT,
    _detail("contact", "Контактные данные для связи", "контактные данные", "контакты"),
    _detail("birth", "Год рождения наставника", *_BIRTH, "дата рождения наставника"),
    _detail("competencies", "Основные компетенции наставника", "основные компетенции", "компетенции"),
    _detail("achievements", "Важные для программы достижения наставника", "достижения наставника", "достижения"),
    _detail("interests", "Интересы наставника", "интересы"),
    _detail("wished_grades", "Желаемый возраст наставляемых", "желаемый возраст", "желаемые классы"),
    _detail(
        "hours_per_month",
        "Ресурс времени на программу наставничества",
        "ресурс времени",
        "часов в месяц",
        "часы в месяц",
    ),
    _detail("capacity", "Сколько наставляемых", "вместимость", "число наставляемых"),
    _detail("joined_on", "Дата вхождения в программу", "дата вхождения"),
    _detail("form", "Форма наставничества", "форма"),
    _elsewhere("workplace", "Место работы/учёбы наставника"),
    _elsewhere("mentee_names", "ФИО наставляемого (наставляемых)", "фио наставляемого", "фио наставляемых"),
    _elsewhere("mentee_place", "Место работы/учёбы наставляемого", "место учебы наставляемого"),
    _elsewhere("finished_on", "Дата завершения программы", "дата завершения"),
    _elsewhere("results", "Результаты программы"),
    _elsewhere("feedback", "Ссылка на кейс/отзыв наставника", "ссылка на кейс отзыв"),
)
TITLES: Mapping[str, str] = MappingProxyType(
    {column.key: column.title for column in (*MENTOR_COLUMNS, *MENTEE_COLUMNS)}
    | {"name": "ФИО", "birth": "Год рождения"}
)
"""How a column is called in a finding, whatever the file called it."""


def match_header(cells: Sequence[str], columns: Sequence[Column]) -> Header:
    """Find the known columns in a header row, in any order; a column without a title is unknown."""
    known = {spelling: column for column in columns for spelling in column.spellings}
    positions: dict[str, int] = {}
    unknown, repeated, elsewhere = [], [], []
    for position, cell in enumerate(cells):
        column = known.get(fold_header(cell))
        if column is None:
            unknown.append(position)
        elif column.key in positions:
            repeated.append(column.key)
        else:
            positions[column.key] = position
            if column.place == "elsewhere":
                elsewhere.append(column.key)
    return Header(MappingProxyType(positions), tuple(elsewhere), tuple(unknown), tuple(repeated))


def count_known(cells: Sequence[str], columns: Sequence[Column]) -> int:
    """Say how many cells of a row are titles of known columns."""
    spellings = {spelling for column in columns for spelling in column.spellings}
    return sum(fold_header(cell) in spellings for cell in cells)
