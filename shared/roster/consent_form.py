"""A consent document to print and sign: what is kept is filled in, the rest are lines for the hand. Writes nothing.

Knows the fields that the law asks for; must not know how they are laid out. The wording is in `consent_words`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.access import audit, places
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.errors import NotFound, RecordEnded
from shared.roster.consent_words import KINDS, NOTE, Words
from shared.roster.consents import is_minor
from shared.roster.days import local_today

_TERM = (
    "Согласие действует со дня подписания до «___» ______________ 20___ г.; если дата не вписана — до окончания "
    "участия в программе наставничества."
)
_APART = "Согласие оформлено отдельно от других документов (ч. 1 ст. 9)."
_SIGN = "Дата, подпись, расшифровка подписи"


class Signer(StrEnum):
    """Who signs: the representative of a minor, or the person."""

    MINOR = "minor"
    ADULT = "adult"


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled place; ``value`` is empty where it is filled by hand."""

    label: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Whom the document names."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of the text; against each of ``choices`` the signer writes yes or no, and conditions."""

    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentForm:
    """The whole document, in Russian; ``note`` is for the school and no part of it."""

    kind: str
    signer: Signer
    title: str
    law: str
    parties: tuple[Party, ...]
    opening: str
    clauses: tuple[Clause, ...]
    signatures: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What is kept of the person whose data it is about; all empty for a blank form."""

    name: str = ""
    birth_on: date | None = None
    representative: str = ""


def blank_form(conn: Conn, school_id: int, kind: str, signer: Signer) -> ConsentForm:
    """Return a form of the school without a person. NotFound for a kind that is none and another tenant's school."""
    return consent_form(kind, signer, school=places.school(conn, school_id)["name"], subject=Subject())


def form_for(conn: Conn, actor: Actor, person_id: int, kind: str) -> ConsentForm:
    """Return a person's form and log that it was made. NotFound as in `blank_form`, RecordEnded."""
    row = conn.execute("SELECT * FROM person WHERE id = %s", (person_id,)).fetchone()
    if row is None:
        raise NotFound
    if row["ended_at"] is not None:
        raise RecordEnded(on=f"{row['ended_at']:%d.%m.%Y}")
    signer = Signer.MINOR if is_minor(row, local_today(conn)) else Signer.ADULT
    name = " ".join(filter(None, (row["family_name"], row["given_name"], row["patronymic"])))
    subject = Subject(name, row["birth_on"], row["representative"] or "")
    made = consent_form(kind, signer, school=places.school(conn, row["school_id"])["name"], subject=subject)
    audit.record(conn, actor, "person.consent_form", "person", person_id)
    return made


def consent_form(kind: str, signer: Signer, *, school: str, subject: Subject) -> ConsentForm:
    """Return the document. NotFound for a kind that is none."""
    words = KINDS.get(kind)
    if words is None:
        raise NotFound
    return ConsentForm(
        kind=kind,
        signer=signer,
        title=words.title,
        law=words.law,
        parties=_parties(words, signer, school, subject),
        opening=_opening(words, signer),
        clauses=_clauses(words),
        signatures=_signatures(signer),
        note=NOTE,
    )


def _parties(words: Words, signer: Signer, school: str, subject: Subject) -> tuple[Party, ...]:
    born = "" if subject.birth_on is None else f"{subject.birth_on:%d.%m.%Y}"
    own = (Line("Фамилия, имя, отчество", subject.name), Line("Дата рождения", born), Line("Адрес"))
    contact = (Line("Телефон, адрес электронной почты или почтовый адрес"),) if words.needs_contact else ()
    operator = Party("Оператор", (Line("Наименование школы", school), Line("Адрес"), Line("ИНН, ОГРН")))
    if signer is Signer.ADULT:
        passport = Line("Паспорт: серия, номер, кем и когда выдан")
        return operator, Party("Субъект персональных данных", (*own, passport, *contact))
    child = Line("Свидетельство о рождении или паспорт: серия, номер, кем и когда выдано")
    representative = (
        Line("Фамилия, имя, отчество", subject.representative),
        Line("Адрес"),
        Line("Паспорт: серия, номер, кем и когда выдан"),
        Line("Документ о полномочиях (свидетельство о рождении, решение об опеке)"),
    )
    return (
        operator,
        Party("Субъект персональных данных (несовершеннолетний)", (*own, child)),
        Party("Законный представитель", (*representative, *contact)),
    )


def _opening(words: Words, signer: Signer) -> str:
    who, whose = "законный представитель", "интересах несовершеннолетнего"
    if signer is Signer.ADULT:
        who, whose = "субъект персональных данных", "своём интересе"
    return f"Я, названный выше {who}, свободно, своей волей и в {whose} даю оператору согласие {words.object}."


def _clauses(words: Words) -> tuple[Clause, ...]:
    blanks = Clause(words.blanks_title, lines=tuple(map(Line, words.blanks)))
    return (
        Clause("Цель", (f"{words.purpose[0].upper()}{words.purpose[1:]}.",)),
        Clause("Перечень персональных данных", items=words.items, choices=words.choices),
        Clause("Действия с данными", (f"{words.actions[0].upper()}{words.actions[1:]}.", *words.limits)),
        *((blanks,) if words.blanks else ()),
        Clause("Срок", (_TERM,)),
        Clause("Как отозвать", (*words.withdrawal, _APART)),
    )


def _signatures(signer: Signer) -> tuple[str, ...]:
    if signer is Signer.ADULT:
        return (_SIGN,)
    return (f"Законный представитель. {_SIGN}", f"С согласием ознакомлен (с 14 лет, по желанию). {_SIGN}")
