"""The mistakes a pack can have, with their sentences in both languages; knows nothing of how they are found.

A finding is a code with its values after colons ("text.length:1:200"): marshmallow passes plain strings on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from shared.errors import FieldError, FieldsInvalid, Lang

Path = tuple[str | int, ...]

SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "pack.bytes": ("Файл больше {0} байт.", "The file is larger than {0} bytes."),
        "pack.encoding": ("Файл не в кодировке UTF-8.", "The file is not UTF-8."),
        "pack.empty": ("Файл пуст.", "The file is empty."),
        "yaml.syntax": ("Ошибка YAML: {0}.", "YAML cannot be read: {0}."),
        "yaml.alias": ("Ссылки и якоря YAML не допускаются.", "YAML anchors and aliases are not allowed."),
        "yaml.tag": ("Теги YAML не допускаются.", "YAML tags are not allowed."),
        "yaml.key": ("Имя поля должно быть простой строкой.", "A field's name must be a plain string."),
        "yaml.duplicate": ("Поле указано дважды.", "The field is given twice."),
        "yaml.documents": ("В файле больше одного документа.", "The file holds more than one document."),
        "yaml.depth": ("Вложенность глубже {0} уровней.", "Nested deeper than {0} levels."),
        "yaml.nodes": ("Больше {0} значений.", "More than {0} values."),
        "field.unknown": ("Неизвестное поле.", "Unknown field."),
        "field.required": ("Обязательное поле не заполнено.", "The field is required."),
        "field.shape": ("Здесь ожидается набор полей или список.", "A mapping or a list is expected here."),
        "field.text": ("Здесь ожидается строка.", "Text is expected here."),
        "field.count": ("Нужно от {0} до {1} элементов.", "Between {0} and {1} items are needed."),
        "text.length": ("Длина от {0} до {1} знаков.", "The length must be {0} to {1} characters."),
        "text.characters": (
            "Недопустимые знаки в тексте.",
            "The text holds characters that are not allowed.",
        ),
        "key.form": (
            "Ключ: латинские буквы, цифры, точка и подчёркивание, до 40 знаков, первой буква.",
            "A key: Latin letters, digits, dot, underscore, at most 40, a letter first.",
        ),
        "key.slug": (
            "Ключ: строчные латинские буквы, цифры и подчёркивание, до 40 знаков, первой буква.",
            "A key: lower-case Latin letters, digits, underscore, at most 40, a letter first.",
        ),
        "number.whole": ("Нужно целое число от {0} до {1}.", "A whole number from {0} to {1} is needed."),
        "number.share": (
            "Нужна доля от 0 до 1, например 0.25.",
            "A share from 0 to 1 is needed, such as 0.25.",
        ),
        "flag.form": ("Нужно true или false.", "true or false is needed."),
        "date.form": ("Нужна дата вида 2020-09-23.", "A date such as 2020-09-23 is needed."),
        "school_year.form": ("Нужен учебный год вида 2020/21.", "A school year such as 2020/21 is needed."),
        "choice.unknown": ("Допустимо одно из: {0}.", "One of these is allowed: {0}."),
        "key.repeated": ("Ключ «{0}» повторяется.", "The key {0} is repeated."),
        "key.reserved": ("Ключ «{0}» занят состоянием.", "The key {0} is taken by a state."),
        "guard.unknown": ("Условия «{0}» нет.", "There is no guard {0}."),
        "guard.repeated": ("Условие повторяется.", "The guard is repeated."),
        "guard.param_unknown": (
            "У условия «{0}» нет такого параметра.",
            "The guard {0} has no such parameter.",
        ),
        "guard.param_missing": (
            "Условию «{0}» нужен параметр «{1}».",
            "The guard {0} needs the parameter {1}.",
        ),
        "guard.param_list": (
            "Нужен список без повторов из: {0}.",
            "A list without repeats is needed, of: {0}.",
        ),
        "guard.carried": (
            "Условие «{0}» нельзя отложить: это допускают не все условия и только до последнего этапа.",
            "The guard {0} cannot be carried: not every guard can, and none from the last stage on.",
        ),
        "deadline.year": (
            "Год «{0}» не совпадает с учебным годом.",
            "The year {0} is not of the school year.",
        ),
        "deadline.offset": (
            "Срок вне учебного года: сентябрь-декабрь это 0, январь-август 1.",
            "Outside of the school year: September-December is 0, January-August is 1.",
        ),
        "deadline.printed": (
            "Напечатано «{0}», а день и месяц другие.",
            "The printed words say {0}, the day and month differ.",
        ),
        "deadline.stands_in": ("На этом этапе нет мероприятия «{0}».", "The stage has no activity {0}."),
        "job.unknown": ("Задания «{0}» нет.", "There is no job kind {0}."),
        "forms.disabled": ("Нужна хотя бы одна включённая форма.", "At least one form must be enabled."),
        "reference.form": ("Формы «{0}» нет.", "There is no form {0}."),
        "reference.question": (
            "Вопроса «{0}» нет в анкете «{1}».",
            "The questionnaire {1} has no question {0}.",
        ),
        "reference.place": ("Этапа или мероприятия «{0}» нет.", "There is no stage or activity {0}."),
        "questionnaire.repeated": (
            "Для этой стороны, момента и формы анкета уже есть.",
            "This side, moment and form has a questionnaire already.",
        ),
        "questionnaire.missing": (
            "Нет общей анкеты: {0}, {1}.",
            "There is no general questionnaire: {0}, {1}.",
        ),
        "question.bounds": (
            "У шкалы нужны minimum < maximum, у других вопросов их нет.",
            "A scale needs minimum < maximum, other questions have none.",
        ),
        "question.differs": (
            "Вопрос «{0}» до и после имеет разный вид или шкалу.",
            "The question {0} differs in kind or bounds before and after.",
        ),
        "question.flag": ("У вопроса «{0}» нет признака «{1}».", "The question {0} lacks the flag {1}."),
        "rule.scale": ("Вопрос «{0}» не шкала.", "The question {0} is no scale."),
        "rule.threshold": ("Порог вне шкалы вопроса «{0}».", "The threshold is outside of the scale of {0}."),
        "rule.side": ("Не указан вопрос стороны «{0}».", "The question of the side {0} is not named."),
        "weights.sum": ("Сумма весов {0}, а должна быть 1.", "The weights sum to {0}, not to 1."),
        "bands.cover": (
            "Уровни должны без пропусков и наложений покрыть 0-{0}.",
            "The bands must cover 0-{0} without gaps or overlaps.",
        ),
        "criteria.count": (
            "Условие ждёт {0} критериев, а их {1}.",
            "The guard expects {0} criteria, there are {1}.",
        ),
        "catalogue.missing": ("Нет справочника «{0}».", "The catalogue {0} is missing."),
        "year.repeated": ("Год {0} повторяется.", "The year {0} is repeated."),
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: its dotted path, its line (from 1; 0: none), a stable code and both sentences."""

    path: str
    line: int
    code: str
    message_ru: str
    message_en: str

    def message(self, lang: str) -> str:
        return self.message_en if lang == "en" else self.message_ru


class PackInvalid(FieldsInvalid):
    """The methodology pack has mistakes; see errors."""

    code = "pack.invalid"
    ru = "В пакете методики есть ошибки; см. errors."

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.line, problem.path, problem.code))
        super().__init__([FieldError(p.path, p.code, p.message_ru, p.message_en) for p in self.problems])

    def extra(self, lang: Lang) -> dict[str, Any]:
        return {
            "errors": [
                {"path": p.path, "line": p.line, "code": p.code, "detail": p.message(lang)} for p in self.problems
            ]
        }


def problem(path: Path, line: int, finding: str) -> Problem:
    """Spell out a finding; KeyError for a code without a sentence."""
    code, *values = finding.split(":")
    shown = [printable(value) for value in values]
    ru, en = SENTENCES[code]
    return Problem(dotted(path), line, code, ru.format(*shown), en.format(*shown))


def dotted(path: Path) -> str:
    """Return 'stages.0.activities.2.text'; unprintable characters are replaced and long names cut."""
    return ".".join(printable(str(part)) for part in path)


def printable(text: str, longest: int = 60) -> str:
    """Return at most ``longest`` characters that can be shown and stored anywhere."""
    return "".join(char if char.isprintable() else "?" for char in text[:longest])
