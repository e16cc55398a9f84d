"""Words that blockers are made of, in the forms that Russian and English ask for; knows no facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shared.pack.words import LocalText
from shared.programme.fact_values import Lack

_MONTHS_RU = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Noun:
    """The Russian genitive in both numbers, as «из» demands it, and the English word in both numbers."""

    of_one: str
    of_many: str
    one: str
    many: str


MENTEES = Noun("наставляемого", "наставляемых", "mentee", "mentees")
MENTORS = Noun("наставника", "наставников", "mentor", "mentors")
CANDIDATES = Noun("кандидата", "кандидатов", "candidate", "candidates")
SELECTED = Noun("отобранного наставника", "отобранных наставников", "selected mentor", "selected mentors")
PAIRS = Noun("пары или группы", "пар и групп", "pair or group", "pairs and groups")
PARTICIPANTS = Noun("участника", "участников", "participant", "participants")
TOPICS = Noun("темы запросов", "тем запросов", "request topic", "request topics")
CRITERIA = Noun("критерия", "критериев", "criterion", "criteria")
ACTIVITIES = Noun("мероприятия", "мероприятий", "activity", "activities")


def of_total(count: int, of: int, noun: Noun) -> LocalText:
    """Return «4 из 37 наставляемых» and "4 of 37 mentees"."""
    is_one = of % 10 == 1 and of % 100 != 11
    return LocalText(
        f"{count} из {of} {noun.of_one if is_one else noun.of_many}",
        f"{count} of {of} {noun.one if of == 1 else noun.many}",
    )


def lacking(ru: str, en: str, lack: Lack, noun: Noun) -> LocalText:
    """Return «Не обучены: 3 из 12 наставников»: what is wrong, and with how many of how many."""
    total = of_total(lack.count, lack.of, noun)
    return LocalText(f"{ru}: {total.ru}", f"{en}: {total.en}")


def day_words(day: date) -> LocalText:
    """Return «18 мая» and "18 May"."""
    return LocalText(f"{day.day} {_MONTHS_RU[day.month - 1]}", f"{day.day} {_MONTHS_EN[day.month - 1]}")


def listed(words: Iterable[LocalText]) -> LocalText:
    """Return the words joined by commas."""
    found = list(words)
    return LocalText(", ".join(word.ru for word in found), ", ".join(word.en for word in found))


def days_late(count: int) -> LocalText:
    """Return «2 дн.» and "2 days"."""
    return LocalText(f"{count} дн.", f"{count} day" if count == 1 else f"{count} days")
