"""Cells of an imported row to values; a bad cell is CellError with its code. Knows no row and no database."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

FIRST_YEAR, LAST_YEAR = 1900, 2100
_CLASS = re.compile(r"(\d{1,2})\s*[-–—]?\s*[«\"']?\s*([^\W\d_]{0,5})\s*[»\"']?(?:\s*(?:класс|кл)\.?)?", re.IGNORECASE)
_DAY = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})(?:\s*г\.?)?", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_YEAR = re.compile(r"(\d{4})(?:\s*г\.?)?", re.ASCII)
_HOURS = re.compile(r"(\d{1,3})(?:\s*(?:ч|час|часа|часов)\.?)?(?:\s*(?:в|/)\s*(?:месяц|мес)\.?)?", re.IGNORECASE)
_LOOKALIKES = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")


class CellError(ValueError):
    """A cell cannot be read; ``code`` is that of the finding."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in its parts."""

    family: str
    given: str
    patronymic: str | None = None


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """A grade 1-12 and a letter, None where there is none."""

    grade: int
    letter: str | None = None


def fold(text: str) -> str:
    """Return a text as names and topics are compared: without case, ё as е, spaces and hyphens evened out."""
    lowered = unicodedata.normalize("NFC", text).casefold().replace("ё", "е")
    return re.sub(r"\s*[-–—]\s*", "-", " ".join(lowered.split()))


def fold_letter(letter: str | None) -> str | None:
    """Return a class letter as it is kept and compared: upper case, Latin look-alikes as Cyrillic."""
    return letter.upper().translate(_LOOKALIKES) if letter else None


def parse_text(text: str, longest: int) -> str | None:
    """Return the text, None for an empty cell."""
    if len(text) > longest:
        raise CellError("text.too_long")
    if not text.isprintable() and any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in text):
        raise CellError("text.characters")
    return text or None


def parse_name(text: str) -> Name:
    """Split «фамилия имя отчество»; whatever follows the given name is the patronymic («Али Гасан оглы»)."""
    if not text:
        raise CellError("required")
    parse_text(text, 302)
    words = text.split()
    if len(words) < 2:
        raise CellError("name.single_word")
    name = Name(words[0], words[1], " ".join(words[2:]) or None)
    if max(len(name.family), len(name.given), len(name.patronymic or "")) > 100:
        raise CellError("text.too_long")
    return name


def parse_class(text: str) -> SchoolClass | None:
    """Read «5А», «5 «А»», «10-Б класс», «11»."""
    if not text:
        return None
    match = _CLASS.fullmatch(text)
    if match is None or not text.isprintable() or not 1 <= int(match[1]) <= 12:
        raise CellError("class.invalid")
    letter = match[2]
    if letter.lower() in ("класс", "кл"):
        letter = ""
    if len(fold_letter(letter) or "") > 5:
        raise CellError("class.invalid")
    return SchoolClass(int(match[1]), fold_letter(letter))


def parse_day(text: str) -> date | None:
    """Read «05.12.2020» or «2020-12-05»; a day that does not exist is refused."""
    if not text:
        return None
    match = _DAY.fullmatch(text)
    day, month, year = match.groups() if match else (None, None, None)
    if match is None:
        match = _ISO_DAY.fullmatch(text)
        year, month, day = match.groups() if match else (None, None, None)
    if not (day and month and year):
        raise CellError("date.invalid")
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise CellError("date.invalid") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise CellError("date.invalid")
    return found


def parse_birth(text: str) -> tuple[int | None, date | None]:
    """Return the year and the date of birth; the date is None where only the year is written."""
    match = _YEAR.fullmatch(text)
    if match is not None:
        year = int(match[1])
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise CellError("date.invalid")
        return year, None
    day = parse_day(text)
    return (None, None) if day is None else (day.year, day)


def parse_topics(text: str) -> list[str]:
    """Split request topics at semicolons, bars and line ends; a comma belongs to a topic."""
    topics: dict[str, str] = {}
    for part in re.split(r"[;|\n]", text):
        topic = parse_text(" ".join(part.split()), 200)
        if topic is not None:
            topics.setdefault(fold(topic), topic)
    if len(topics) > 20:
        raise CellError("topics.too_many")
    return list(topics.values())


def parse_capacity(text: str) -> int | None:
    """Read how many mentees a mentor takes, 1 to 30."""
    if not text:
        return None
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or not 1 <= int(text) <= 30:
        raise CellError("number.invalid")
    return int(text)


def parse_hours(text: str) -> int | None:
    """Read hours a month, «4», «4 ч», «4 часа в месяц»; free words are CellError, 0 to 200 otherwise."""
    if not text:
        return None
    match = _HOURS.fullmatch(text)
    if match is None or int(match[1]) > 200:
        raise CellError("hours.unreadable")
    return int(match[1])


def parse_giver(text: str) -> str | None:
    """Read by whom a consent was given: ``self`` or ``representative``."""
    if not text:
        return None
    word = fold(text)
    if word in ("self", "лично", "сам", "сама", "сам(а)", "самостоятельно", "совершеннолетний"):
        return "self"
    if word in (
        "representative",
        "представитель",
        "представителем",
        "законный представитель",
        "родитель",
        "мать",
        "отец",
    ):
        return "representative"
    raise CellError("consent.given_by")
