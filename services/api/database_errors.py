"""Broken rules of the database as errors a client understands; never shows the row that broke them."""

from __future__ import annotations

import psycopg
from psycopg import errors as pg

from shared.errors import BadInput, Duplicate, FieldError, FieldsInvalid, NastavnikError, ReferenceMissing

RULES: dict[str, tuple[str, str, str]] = {
    "consent_term": (
        "valid_until",
        "Срок согласия раньше его даты.",
        "The term ends before the consent was given.",
    ),
    "consent_withdrawal": ("withdrawn_on", "Отзыв раньше согласия.", "Withdrawn before it was given."),
    "consent_representative": ("representative", "Укажите представителя.", "Name the representative."),
    "goal_form": (
        "form",
        "Форма указывается у вида form, и только у него.",
        "A form belongs to the kind form, and only there.",
    ),
    "goal_topics": (
        "topics",
        "Темы указываются у ожидаемого результата.",
        "Topics belong to an expected result.",
    ),
    "collection_waiver": (
        "waiver",
        "Основание «не применяется» указывается с ним и только с ним.",
        "A waiver belongs to not_applicable.",
    ),
    "extension_scope": ("stage_key", "Мероприятие или этап, не оба.", "An activity or a stage, not both."),
    "criterion_scope": ("topics", "Темы или признак общего критерия.", "Topics, or a general criterion."),
    "decision_reason": ("reason", "Отказ требует причины.", "A declined candidate needs a reason."),
    "pair_period": ("ends_on", "Период кончается раньше начала.", "The period ends before it starts."),
    "pair_closed": ("closed_on", "Завершение раньше начала периода.", "It ends before its period begins."),
    "pair_outcome": ("outcome", "Дата и итог указываются вместе.", "Date and outcome go together."),
    "pair_task_period": ("ends_on", "Период кончается раньше начала.", "The period ends before it starts."),
    "specialist_who": (
        "person_id",
        "Свой специалист или организация, одно из двух.",
        "A person or an organisation, one of them.",
    ),
    "support_specialist": ("specialist_id", "Укажите специалиста.", "Name the specialist."),
    "support_declined": (
        "declined_by",
        "Кто отказался — указывается при отказе и только при нём.",
        "Who declined belongs to declined.",
    ),
    "meeting_day": ("held_on", "Нужна дата: плана или встречи.", "A day is needed: planned or held."),
    "survey_days": ("closes_on", "Закрытие раньше рассылки.", "It closes before it is sent."),
    "invitation_who": (
        "mentor_id",
        "Наставник или наставляемый, одно из двух.",
        "A mentor or a mentee, one of them.",
    ),
    "principal_scope": ("role", "Роль и школа не подходят друг к другу.", "Role and school do not fit."),
}
"""CHECK constraint: the field it is shown at, and what it says."""


REFERENCES = (
    "person_id",
    "evidence_id",
    "responsible_id",
    "mentor_id",
    "mentee_id",
    "training_id",
    "pair_id",
    "goal_id",
    "specialist_id",
    "survey_id",
    "invitation_id",
    "author_id",
    "result_id",
    "principal_id",
    "school_id",
)


def translate(error: psycopg.Error) -> NastavnikError | None:
    """Return the client's error, or None for one that is our fault."""
    name = error.diag.constraint_name or ""
    if isinstance(error, pg.UniqueViolation):
        return Duplicate(what=error.diag.table_name or "record")
    if isinstance(error, pg.ForeignKeyViolation):
        return ReferenceMissing([_missing(error)])
    if isinstance(error, pg.CheckViolation):
        fallback = ("body", "Значение нарушает правило.", "A value breaks a rule.")
        field, ru, en = RULES.get(name, fallback)
        return FieldsInvalid([FieldError(field, f"rule.{name}", ru, en)])
    if isinstance(
        error,
        (
            pg.NumericValueOutOfRange,
            pg.DatetimeFieldOverflow,
            pg.UntranslatableCharacter,
            pg.CharacterNotInRepertoire,
        ),
    ):
        return BadInput(why={"ru": "значение вне допустимых границ", "en": "a value is out of bounds"})
    if isinstance(error, psycopg.DataError) and error.sqlstate is None:  # never sent: text with a NUL
        return BadInput(why={"ru": "недопустимый знак в тексте", "en": "a character that no text may hold"})
    return None


def _missing(error: psycopg.Error) -> FieldError:
    """The constraint is called <table>_<columns>_fkey, cut at 63 characters; the last column is the reference."""
    table, name = error.diag.table_name or "", error.diag.constraint_name or ""
    columns = name.removeprefix(f"{table}_municipality_id_").split("_fkey")[0]
    stem = columns.removeprefix("programme_id_").removeprefix("school_id_")
    stem = stem.removeprefix("pair_id_")
    field = next((column for column in REFERENCES if stem and column.startswith(stem)), "body")
    ru = "Такой записи в этой программе или школе нет."
    return FieldError(field, "reference", ru, "There is no such record in this programme or school.")
