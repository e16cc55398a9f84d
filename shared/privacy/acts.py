"""Acts of destruction and extracts of the log, in the words of order 179 of 28.10.2022; destroys nothing.

An act is the one place where an erased person is still named. It is kept for three years, and for nobody but the
school's curator and director; whoever may read it is the caller's to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from shared.db.pool import Conn
from shared.errors import NotFound
from shared.privacy.erasures import queries

SYSTEM = "Наставник, база данных программы наставничества"
METHOD = "Стирание записей в базе данных программой, без возможности восстановления из неё"
CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "name": "фамилия, имя, отчество",
        "birth": "дата рождения",
        "contact": "контактные данные",
        "representative": "сведения о законном представителе",
        "consents": "реквизиты согласий и имена давших согласие",
        "requests": "запросы и пожелания наставляемого",
        "mentor": "сведения о компетенциях и занятости, мотивы решений",
        "pairs": "цели, задачи, планы и темы встреч",
        "traits": "сильные стороны и зоны роста",
        "support": "записи о психологическом сопровождении",
        "safety": "обращения о безопасности",
        "answers": "ответы на анкеты",
        "links": "личные ссылки",
        "named": "упоминания в других записях",
    }
)
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "withdrawn": "отзыв согласия на обработку персональных данных (152-ФЗ, ст. 21, ч. 5)",
        "request": "достижение цели обработки, обращение субъекта (152-ФЗ, ст. 21, ч. 4)",
        "retention": "истечение срока хранения (152-ФЗ, ст. 21, ч. 4)",
    }
)


@dataclass(frozen=True, slots=True)
class Act:
    """One act. ``categories``: code -> rows destroyed, in the order of `CATEGORIES`; ``responsible_ids``: accounts."""

    erasure_id: int
    person_id: int
    subject: str
    operator: str
    reason: str
    destroyed_at: datetime
    responsible_ids: tuple[int, ...]
    categories: Mapping[str, int]
    keep_until: date
    timezone: str


@dataclass(frozen=True, slots=True)
class Words:
    """An act's codes in Russian, categories in the act's order."""

    reason: str
    categories: tuple[str, ...]


def get(conn: Conn, erasure_id: int) -> Act:
    """Return the act of an erasure that was done; NotFound before it, after three years, and for another school's."""
    row = queries().get_act(conn, erasure_id=erasure_id)
    if row is None:
        raise NotFound
    responsible = dict.fromkeys(who for who in (row["requested_by"], row["run_by"]) if who is not None)
    return Act(
        erasure_id=row["erasure_id"],
        person_id=row["person_id"],
        subject=row["subject"],
        operator=row["operator"],
        reason=row["reason"],
        destroyed_at=row["destroyed_at"],
        responsible_ids=tuple(responsible),
        categories={code: row["categories"][code] for code in CATEGORIES if code in row["categories"]},
        keep_until=row["keep_until"],
        timezone=row["timezone"],
    )


def in_words(act: Act) -> Words:
    """Return what its codes mean."""
    return Words(REASONS[act.reason], tuple(CATEGORIES[code] for code in act.categories))
