"""The readable answer to an access request: everything kept about one person, on paper if need be; writes no row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response

from services.api.console import head
from services.api.console.words import day_text, moment_text
from services.api.language import language
from services.api.request_scope import scoped
from services.api.resources.privacy import RIGHT, read_record
from shared.access.model import Role
from shared.errors import Lang
from shared.pack.deadlines import format_school_year
from shared.pack.model import LocalText
from shared.privacy.codes import CODES
from shared.privacy.pack_words import Names
from shared.privacy.record import Deed, Section
from shared.privacy.words import COLUMNS, SECTIONS

_AS_TEXT = frozenset({"family_name", "given_name", "patronymic", "text", "words", "title", "topic", "wish", "document"})
"""Columns whose value is somebody's own words, never a code."""
TEXTS: Mapping[str, LocalText] = MappingProxyType(
    {
        "title": LocalText("Что о вас хранится", "What is kept about you"),
        "lead": LocalText(
            "Ответ на запрос субъекта персональных данных (152-ФЗ, ст. 14). Подготовлен:",
            "Answer to an access request (152-ФЗ, art. 14). Prepared:",
        ),
        "purpose": LocalText(
            "Цель обработки: школьная программа наставничества. Основание: согласия, перечисленные ниже.",
            "Purpose: the school's mentoring programme. Ground: the consents listed below.",
        ),
        "who": LocalText(
            "Доступ имеют куратор, директор и педагог-психолог школы, к записям психолога — только он и куратор; "
            "методист района видит показатели без имён.",
            "Seen by the school's curator, director and psychologist, the psychologist's notes by the curator and the "
            "psychologist alone; the district's methodist sees figures, no names.",
        ),
        "terms": LocalText(
            "Оператор — школа. Данные остаются на её сервере и за границу не передаются. Срок — до конца согласия.",
            "The operator is the school. Data stay on its server and are not sent abroad, until the consent ends.",
        ),
        "rights": LocalText(
            "Вы вправе исправить сведения и отозвать согласие: обработка прекратится сразу.",
            "You may have the data corrected and withdraw a consent: processing stops at once.",
        ),
        "deeds": LocalText("Кто и когда вносил или открывал эти записи", "Who wrote or opened these records, and when"),
    }
)
DEEDS: Mapping[str, LocalText] = MappingProxyType(
    {
        "create": LocalText("внесено", "entered"),
        "update": LocalText("изменено", "changed"),
        "end": LocalText("снято", "ended"),
        "read": LocalText("открыто", "opened"),
        "list": LocalText("открыт список, где есть эта запись", "a list with it was opened"),
        "names": LocalText("имя могло быть на странице программы", "the name may have been on the programme's page"),
        "export": LocalText("выгружен файл, где есть эта запись, без имени", "a file with it was taken, nameless"),
        "export_names": LocalText(
            "выгружен файл, где есть эта запись, с именем", "a file with it was taken, with the name"
        ),
        "record": LocalText("открыто по запросу", "opened for a request"),
        "consent_form": LocalText("составлен бланк согласия", "a consent form was made"),
        "answer": LocalText("дан ответ", "answered"),
        "confirm": LocalText("подтверждено", "confirmed"),
        "revoke": LocalText("отозвано", "revoked"),
        "block": LocalText("обработка остановлена", "processing stopped"),
        "unblock": LocalText("уничтожение отменено", "the erasure was cancelled"),
        "erase_now": LocalText("поручено уничтожить сразу", "to be erased at once"),
        "erase": LocalText("данные уничтожены", "data destroyed"),
        "": LocalText("изменено", "changed"),
    }
)
ENTITIES: Mapping[str, LocalText] = MappingProxyType(
    {**SECTIONS, "erasure_act": LocalText("Акт об уничтожении", "Act of destruction")}
)
"""What a deed was done to: kept rows, and the act that has no section of its own."""
ACTORS: Mapping[str, LocalText] = MappingProxyType(
    {
        Role.ADMIN: LocalText("Администратор системы", "Administrator"),
        Role.METHODIST: LocalText("Методист", "Methodist"),
        Role.CURATOR: LocalText("Куратор", "Curator"),
        Role.DIRECTOR: LocalText("Директор", "Director"),
        Role.PSYCHOLOGIST: LocalText("Педагог-психолог", "Psychologist"),
        Role.RESPONDENT: LocalText("По личной ссылке", "By a personal link"),
        "engine": LocalText("Система", "The system"),
    }
)
_LAST = ("created_at", "updated_at", "ended_at", "end_reason")


@dataclass(frozen=True, slots=True)
class Line:
    """One kept row: label and value of each column that is filled."""

    cells: tuple[tuple[str, str], ...]
    is_ended: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A section in words."""

    key: str
    title: str
    lines: tuple[Line, ...]


@scoped(RIGHT)
def person_record(person_id: int) -> Response:
    """Everything kept about one person."""
    record, lang = read_record(person_id), language()
    writer = _Writer(lang, ZoneInfo(record.timezone), record.names)
    return head.page(
        "person.html",
        person_id=None if record.is_ended else record.person_id,
        name=record.name,
        school=record.school,
        texts={key: text.text(lang) for key, text in TEXTS.items()},
        prepared=writer.moment(record.prepared_at),
        blocks=[writer.block(section) for section in record.sections],
        deeds=[writer.deed(deed) for deed in record.deeds],
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """Puts rows into words, in one language and one zone."""

    lang: Lang
    zone: ZoneInfo
    names: Names

    def block(self, section: Section) -> Block:
        return Block(section.key, SECTIONS[section.key].text(self.lang), tuple(map(self._line, section.rows)))

    def deed(self, deed: Deed) -> tuple[str, str]:
        verb = DEEDS.get(deed.action.rpartition(".")[2], DEEDS[""]).text(self.lang)
        what = f"{ENTITIES[deed.entity].text(self.lang)}, № {deed.entity_id}: {verb}"
        what += f" (× {deed.times})" if deed.times > 1 else ""
        who = ACTORS[deed.actor_role].text(self.lang) + ("" if deed.actor_id is None else f", № {deed.actor_id}")
        return self.moment(deed.at), f"{what}. {who}"

    def moment(self, at: datetime) -> str:
        return moment_text(at.astimezone(self.zone), self.lang)

    def _line(self, row: Mapping[str, Any]) -> Line:
        keys = [key for key in row if key not in _LAST] + [key for key in _LAST if key in row]
        filled = [key for key in keys if row[key] not in (None, "", [])]
        if row.get("updated_at") == row.get("created_at"):
            filled = [key for key in filled if key != "updated_at"]
        cells = tuple(
            (COLUMNS[key].text(self.lang), self._named(key, row) or self._shown(key, row[key])) for key in filled
        )
        return Line(cells, row.get("ended_at") is not None)

    def _named(self, key: str, row: Mapping[str, Any]) -> str | None:
        """Return the words of a pack's own code, None where the column holds none."""
        code = f"{row['side']}.{row['moment']}.{row[key]}" if key == "question" else str(row[key])
        found = self.names.get((key, code))
        return None if found is None else found.text(self.lang)

    def _shown(self, key: str, value: Any) -> str:
        if isinstance(value, bool):
            return CODES["yes" if value else "no"].text(self.lang)
        if isinstance(value, list):
            return "; ".join(self._shown(key, item) for item in value)
        if isinstance(value, dict):
            return ", ".join(f"{name} {item}" for name, item in value.items() if not isinstance(item, dict | list))
        if key == "school_year":
            return format_school_year(int(value))
        if key.endswith("_at"):
            return self.moment(datetime.fromisoformat(value))
        if key.endswith("_on") or key == "valid_until":
            return day_text(date.fromisoformat(value), self.lang)
        code = CODES.get(str(value)) if key not in _AS_TEXT else None
        return str(value) if code is None else code.text(self.lang)
