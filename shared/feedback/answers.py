"""Decides whether what somebody wrote into a questionnaire may be kept; knows no survey, no person and no SQL."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.errors import FieldError, FieldsInvalid
from shared.pack.instruments import Question, Questionnaire

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to keep: a number on the question's scale (no = 0, yes = 1), or words."""

    question: str
    value: int | None = None
    words: str | None = None


def checked(questionnaire: Questionnaire, given: Mapping[str, object]) -> list[Answer]:
    """Return the answers to keep in the questionnaire's order; FieldsInvalid with every place that is wrong.

    Scales must be answered; yes/no and open questions may be left out (or null, or blank).
    """
    errors = [_unknown(key) for key in given if key not in {q.key for q in questionnaire.questions}]
    kept = []
    for question in questionnaire.questions:
        found = _answer(question, given.get(question.key))
        if isinstance(found, FieldError):
            errors.append(found)
        elif found is not None:
            kept.append(found)
    if errors:
        raise FieldsInvalid(errors)
    return kept


def _answer(question: Question, value: object) -> Answer | FieldError | None:
    if question.kind == "open":
        return _words(question, value)
    if value is None:
        if question.kind == "yes_no":
            return None
        return _wrong(question.key, "required", "Ответьте на этот вопрос.", "This question needs an answer.")
    if isinstance(value, bool) and question.kind == "yes_no":
        return Answer(question.key, int(value))
    low, high = (0, 1) if question.kind == "yes_no" else (question.minimum, question.maximum)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        ru, en = f"Нужно целое число от {low} до {high}.", f"A whole number from {low} to {high} is needed."
        return _wrong(question.key, "scale", ru, en)
    return Answer(question.key, value)


def _words(question: Question, value: object) -> Answer | FieldError | None:
    if value is None:
        return None
    if not isinstance(value, str):
        return _wrong(question.key, "type", "Нужна строка.", "A string is needed.")
    text = unicodedata.normalize("NFC", value).strip()
    if len(text) > LONGEST:
        ru, en = f"Не больше {LONGEST} знаков.", f"{LONGEST} characters at most."
        return _wrong(question.key, "length", ru, en)
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in text):
        ru, en = "Управляющие знаки не допускаются.", "Control characters are not allowed."
        return _wrong(question.key, "characters", ru, en)
    return Answer(question.key, words=text) if text else None


def required_keys(questionnaire: Questionnaire) -> Iterator[str]:
    """Yield the questions that must be answered."""
    return (question.key for question in questionnaire.questions if question.kind == "scale")


def _unknown(key: str) -> FieldError:
    return _wrong(key[:80], "unknown", "Такого вопроса в анкете нет.", "The questionnaire has no such question.")


def _wrong(key: str, code: str, ru: str, en: str) -> FieldError:
    return FieldError(f"answers.{key}", code, ru, en)
