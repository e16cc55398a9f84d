"""What an import says: findings by row and column with their sentences; never a value of a cell.

It knows no table of the database: what was decided comes from `import_plan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from shared.errors import FieldError, FieldsInvalid, Lang
from shared.roster.columns import TITLES

LISTED_AT_MOST = 500
"""So many findings are listed; the total beside them is always the full one."""

SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "file.empty": ("Файл пуст.", "The file is empty."),
        "file.encoding": (
            "Кодировка не распознана: нужна UTF-8 или windows-1251.",
            "UTF-8 or windows-1251 is needed.",
        ),
        "file.nul": (
            "В файле есть нулевые знаки: это не CSV.",
            "The file holds NUL characters: it is no CSV.",
        ),
        "file.workbook": (
            "Это книга Excel, а не CSV: сохраните лист как «CSV (разделители — запятые)» и отправьте его.",
            "This is an Excel workbook, no CSV: save the sheet as CSV and send that.",
        ),
        "file.document": (
            "Это документ (XML, HTML, PDF или RTF), а не CSV: сохраните таблицу как CSV.",
            "This is a document (XML, HTML, PDF or RTF), no CSV: save the table as CSV.",
        ),
        "file.quotes": (
            "Кавычки не закрыты или стоят не на месте.",
            "Quotes are not closed or out of place.",
        ),
        "file.cell_too_long": ("Ячейка слишком длинная.", "A cell is too long."),
        "file.too_many_rows": (
            "Больше 20 000 строк: разделите файл.",
            "More than 20,000 rows: split the file.",
        ),
        "file.too_many_columns": ("Больше 64 столбцов.", "More than 64 columns."),
        "file.no_rows": ("В файле нет строк, только заголовок.", "There are no rows below the header."),
        "column.missing": ("Нет обязательного столбца.", "A required column is missing."),
        "column.repeated": ("Столбец повторяется.", "The column is there twice."),
        "column.unknown": ("Столбец не распознан и не внесён.", "The column is not known and was not read."),
        "column.elsewhere": (
            "Столбец не вносится в базу: пары, сроки и итоги вносятся в своих разделах.",
            "Not kept in the base: pairs, periods and results have records of their own.",
        ),
        "row.width": ("В строке больше ячеек, чем в заголовке.", "The row has more cells than the header."),
        "row.duplicate": (
            "Этот человек уже есть выше в этом файле.",
            "This person stands above in this file.",
        ),
        "required": ("Обязательное значение.", "A value is required."),
        "name.single_word": ("Нужны фамилия и имя, через пробел.", "Family and given name are needed."),
        "text.too_long": ("Слишком длинный текст.", "The text is too long."),
        "text.characters": ("Управляющие знаки не допускаются.", "Control characters are not allowed."),
        "class.invalid": ("Класс пишется так: 5А (от 1 до 12).", "A class is written as 5А (1 to 12)."),
        "date.invalid": ("Нужна существующая дата ДД.ММ.ГГГГ.", "An existing date DD.MM.YYYY is needed."),
        "date.future": ("Эта дата ещё не наступила.", "This day has not come yet."),
        "topics.too_many": ("Не больше 20 тем.", "20 topics at most."),
        "number.invalid": ("Нужно целое число от 1 до 30.", "A whole number from 1 to 30 is needed."),
        "form.unknown": (
            "Такой формы в пакете нет или она выключена.",
            "The pack has no such form, or it is off.",
        ),
        "consent.given_by": ("Кем дано: «представитель» или «лично».", "Given by: representative or self."),
        "consent.minor": (
            "За несовершеннолетнего согласие даёт представитель.",
            "A minor's consent is given by the representative.",
        ),
        "consent.term": ("Срок согласия раньше его даты.", "The term ends before the consent was given."),
        "person.ambiguous": (
            "Подходит больше одного человека: уточните отчество, класс или год рождения.",
            "More than one person fits: add the patronymic, the class or the year of birth.",
        ),
        "consent.missing": ("Не внесено: нет согласия.", "Not kept: no consent in force."),
        "birth.year_only": (
            "Год рождения без даты служит для сверки и не вносится.",
            "A year of birth without a date is used for matching and is not kept.",
        ),
        "value.kept": (
            "В базе уже записано другое: оставлено как есть.",
            "The base holds another value: it was left as it is.",
        ),
        "hours.unreadable": ("Не число часов в месяц: не внесено.", "No number of hours a month: not kept."),
        "mentor.outside_order": (
            "Вне приказа: наставник не педагог и не ученик 9–11 классов.",
            "Outside the order.",
        ),
        "mentor.class_unknown": (
            "Класс наставника-ученика не указан.",
            "The class of a pupil mentor is not known.",
        ),
        "person.blocked": (
            "Согласие отозвано или данные уничтожаются: строка не внесена, нужно новое согласие.",
            "The consent was withdrawn or the data are being erased: not entered, a new consent is needed.",
        ),
        "member.ended": (
            "Был в базе и выбыл: повторно не внесён, внесите вручную.",
            "Was in the base and left it: not entered again, do so by hand.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """``row`` from 1 with the header, None: the whole file; ``column``: a key, or a position from 1."""

    code: str
    row: int | None = None
    column: str = ""

    @property
    def path(self) -> str:
        """The place as a dotted path: rows.17.class, columns.5, file."""
        place = "file" if self.row is None else f"rows.{self.row}"
        if self.row is None and self.column:
            place = "columns"
        return f"{place}.{self.column}" if self.column else place

    def as_json(self, lang: Lang) -> dict[str, Any]:
        """Return the finding with its sentence."""
        ru, en = SENTENCES[self.code]
        return {
            "path": self.path,
            "row": self.row,
            "column": TITLES.get(self.column, self.column) or None,
            "code": self.code,
            "detail": ru if lang == "ru" else en,
        }


class Findings:
    """Collects findings in the order they are made; lists the first and counts all."""

    def __init__(self) -> None:
        self.listed: list[Finding] = []
        self.total = 0

    def add(self, code: str, row: int | None = None, column: str = "") -> None:
        """Note one finding."""
        self.total += 1
        if len(self.listed) < LISTED_AT_MOST:
            self.listed.append(Finding(code, row, column))


class ImportRefused(FieldsInvalid):
    """The file has mistakes and nothing was imported; see errors."""

    code = "import.refused"
    ru = "В файле есть ошибки, ничего не внесено; см. errors."

    def __init__(self, findings: Findings) -> None:
        super().__init__([FieldError(f.path, f.code, *SENTENCES[f.code]) for f in findings.listed])
        self.findings = findings

    def extra(self, lang: Lang) -> dict[str, Any]:
        return {"errors": [f.as_json(lang) for f in self.findings.listed], "total": self.findings.total}


def refuse(code: str, row: int | None = None, column: str = "") -> ImportRefused:
    """Return the refusal of a file for one reason."""
    findings = Findings()
    findings.add(code, row, column)
    return ImportRefused(findings)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Counts of rows and records; the same whether it was a dry run or not."""

    rows: int
    people_created: int
    members_created: int
    consents_created: int
    updated: int
    skipped: int
    awaiting_consent: int
    warnings: tuple[Finding, ...]
    warnings_total: int
