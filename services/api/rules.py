"""What must be true of a record beyond its fields; each rule raises, or returns further columns to write.

Rules refuse plans and claims, never the past: a fact can always be recorded as it was.
"""

from __future__ import annotations

from datetime import date

from services.api.nouns import Change, Rule
from shared.db import records
from shared.db.pool import Conn
from shared.errors import ConsentMissing, FieldError, FieldsInvalid, RuleBroken
from shared.pack.deadlines import nominal
from shared.pack.model import Pack
from shared.programme import store
from shared.programme.packs import find_pack
from shared.roster.consents import has_consent, is_minor
from shared.roster.days import local_today

CONSENTED_DETAILS = ("birth_on", "contact", "representative")
CONTACT_IS_FREE = ("parent", "outside")
"""Kinds of people whose contact is kept as that of an office is: it is how the school reaches them."""
MENTOR_DETAILS = ("competencies", "achievements", "interests", "wished_grades", "hours_per_month")
YOUNGEST_MENTOR = 9


def not_in_future(column: str) -> Rule:
    """Return a rule: the day in ``column`` has come; a fact is not recorded before it happens."""

    def rule(conn: Conn, change: Change) -> None:
        day = change.values.get(column)
        if isinstance(day, date) and day > local_today(conn):
            raise _invalid(column, "future", "Эта дата ещё не наступила.", "This day has not come yet.")

    return rule


def known_activities(conn: Conn, change: Change) -> None:
    """Activity keys are those of the programme's pack."""
    named = [*change.values.get("activity_keys", ()), *filter(None, [change.values.get("activity_key")])]
    known = {activity.key for activity in _pack(conn, change).activities()} if named else set()
    for key in named:
        if key not in known:
            column = "activity_key" if "activity_key" in change.values else "activity_keys"
            raise _invalid(column, "unknown", "Такого мероприятия в пакете нет.", "The pack has no such activity.")


def known_stage(conn: Conn, change: Change) -> None:
    """A stage key is one of the programme's pack."""
    key = change.values.get("stage_key")
    if key is not None and key not in {stage.key for stage in _pack(conn, change).stages}:
        raise _invalid("stage_key", "unknown", "Такого этапа в пакете нет.", "The pack has no such stage.")


def known_form(conn: Conn, change: Change) -> None:
    """A form of mentoring is one of the pack's that is switched on."""
    form = change.values.get("form")
    if form is not None and form not in {known.key for known in _pack(conn, change).forms if known.enabled}:
        raise _invalid(
            "form",
            "unknown",
            "Такой формы в пакете нет или она выключена.",
            "The pack has no such form, or it is off.",
        )


def known_criterion(conn: Conn, change: Change) -> None:
    """A rated criterion is one of the pack's nine."""
    key = change.values.get("criterion")
    if key is not None and key not in {criterion.key for criterion in _pack(conn, change).scoring.criteria}:
        raise _invalid("criterion", "unknown", "Такого критерия в пакете нет.", "The pack has no such criterion.")


def details_need_consent(conn: Conn, change: Change) -> None:
    """Without a consent in force only name and class of a person are kept."""
    is_free = change.after("kind") in CONTACT_IS_FREE
    was_free = change.current is not None and change.current["kind"] in CONTACT_IS_FREE
    wanted = [name for name in CONSENTED_DETAILS if change.values.get(name) is not None]
    if was_free and not is_free and change.after("contact") is not None:
        wanted.append("contact")
    if not wanted or (is_free and wanted == ["contact"]):
        return
    person_id = None if change.current is None else change.current["id"]
    if person_id is None or not has_consent(conn, person_id, "processing"):
        raise ConsentMissing(kind="processing", person_id=person_id or 0)


def topics_need_consent(conn: Conn, change: Change) -> None:
    """What a mentee asks for is kept only while the consent is in force."""
    if change.values.get("topics") or change.values.get("wish"):
        _demand_consent(conn, change.after("person_id"))


def mentor_details_need_consent(conn: Conn, change: Change) -> None:
    """What is told of a mentor beyond the name is kept only while the consent is in force."""
    if any(change.values.get(name) is not None for name in MENTOR_DETAILS):
        _demand_consent(conn, change.after("person_id"))


def member_needs_consent(conn: Conn, change: Change) -> None:
    """A mentee joins a pair only while the consent is in force."""
    if change.current is None:
        mentee = records.read(conn, records.RecordKind("mentee"), change.values["mentee_id"], _programme_id(change))
        _demand_consent(conn, mentee["person_id"])


def pair_needs_consents(conn: Conn, change: Change) -> None:
    """Nothing new is planned or noted about people of a pair whose consent is not in force."""
    people = conn.execute(
        "SELECT person_id FROM mentor WHERE municipality_id = (SELECT app_municipality_id()) AND id = %(mentor)s"
        " UNION ALL SELECT e.person_id FROM pair_member p JOIN mentee e ON e.municipality_id = p.municipality_id"
        " AND e.id = p.mentee_id WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.pair_id = %(pair)s"
        " AND p.ended_at IS NULL AND e.ended_at IS NULL",
        {"mentor": change.parent["mentor_id"], "pair": change.parent["id"]},
    )
    for row in people:
        _demand_consent(conn, row["person_id"])


def members_allow_notes(conn: Conn, change: Change) -> None:
    """A psychologist writes only about mentees for whom a consent to psychological work is in force."""
    people = conn.execute(
        "SELECT e.person_id FROM pair_member p JOIN mentee e ON e.municipality_id = p.municipality_id"
        " AND e.id = p.mentee_id WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.pair_id = %s"
        " AND p.ended_at IS NULL AND e.ended_at IS NULL",
        (change.parent["id"],),
    )
    for row in people:
        if not has_consent(conn, row["person_id"], "psych"):
            raise ConsentMissing(kind="psych", person_id=row["person_id"])


def fixed(column: str) -> Rule:
    """Return a rule: ``column`` says who or what the record is about and does not change."""

    def rule(conn: Conn, change: Change) -> None:
        if change.current is not None and change.after(column) != change.current[column]:
            ru = "Запись не переносится на другого: завершите её и создайте новую."
            raise _invalid(column, "fixed", ru, "A record is not moved: end it and create another.")

    return rule


def not_before(column: str, of: str) -> Rule:
    """Return a rule: the day in ``column`` is not before the day in ``of`` of the record or its parent."""

    def rule(conn: Conn, change: Change) -> None:
        day, start = change.after(column), change.after(of) or change.parent.get(of)
        if isinstance(day, date) and isinstance(start, date) and day < start:
            raise _invalid(
                column, "order", "Раньше начала: проверьте даты.", "Earlier than the beginning: check the dates."
            )

    return rule


def extension_is_later(conn: Conn, change: Change) -> None:
    """An extension grants a later date than the order's."""
    due_on = change.values.get("due_on")
    if due_on is None:
        return
    programme = store.get(conn, _programme_id(change))
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    activity, stage = change.after("activity_key"), change.after("stage_key")
    if activity is not None:
        deadlines = [pack.deadline_of(activity)]
    else:
        deadlines = [found.deadline for found in pack.stages if stage in (None, found.key)]
    if due_on <= min(nominal(deadline, programme.school_year) for deadline in deadlines):
        ru = "Продление — дата позже срока приказа."
        raise _invalid("due_on", "order", ru, "An extension is later than the order's date.")


def consent_of_minor(conn: Conn, change: Change) -> None:
    """A minor's consent is given by the representative, an adult's by the person."""
    is_adult = not is_minor(change.parent, change.after("given_on"))
    if change.after("given_by") == "self" and not is_adult:
        ru = "За несовершеннолетнего согласие даёт представитель."
        raise _invalid("given_by", "minor", ru, "A minor's consent is given by the representative.")
    if change.after("given_by") == "representative" and is_adult:
        raise _invalid("given_by", "adult", "С 18 лет согласие даёт сам человек.", "From 18 on the person consents.")


def mentor_origin(conn: Conn, change: Change) -> None:
    """A pupil is not entered as a teacher, nor the other way round; of pupils, only grades 9 to 11 are the order's."""
    origin = change.after("origin")
    if origin == "other" or ("person_id" not in change.values and "origin" not in change.values):
        return
    person = conn.execute(
        "SELECT p.kind, g.grade FROM person p LEFT JOIN person_grade g ON g.municipality_id = p.municipality_id"
        " AND g.person_id = p.id AND g.ended_at IS NULL AND g.school_year = %s"
        " WHERE p.municipality_id = (SELECT app_municipality_id()) AND p.id = %s",
        (store.get(conn, _programme_id(change)).school_year, change.after("person_id")),
    ).fetchone()
    if person and (person["kind"] == "pupil") != (origin == "pupils_9_11"):
        raise _invalid("origin", "mismatch", "Источник не подходит человеку.", "The origin does not fit the person.")
    if person and origin == "pupils_9_11" and not (person["grade"] or YOUNGEST_MENTOR) >= YOUNGEST_MENTOR:
        ru = "Класс младше 9-го: по приказу это «вне приказа» (origin = other)."
        raise _invalid("origin", "grade", ru, "Below grade 9: outside the order (origin = other).")


def pair_may_begin(conn: Conn, change: Change) -> None:
    """A pair is made of a mentor who was not declined and has a consent in force."""
    if change.current is not None and "mentor_id" not in change.values:
        return
    mentor = records.read(conn, records.RecordKind("mentor"), change.after("mentor_id"), _programme_id(change))
    outcome = conn.execute(
        "SELECT outcome FROM decision WHERE municipality_id = (SELECT app_municipality_id()) AND programme_id = %s"
        " AND mentor_id = %s AND ended_at IS NULL",
        (mentor["programme_id"], mentor["id"]),
    ).fetchone()
    if outcome is not None and outcome["outcome"] == "declined":
        raise RuleBroken(
            rule="pair.declined_mentor",
            ru="Кандидат отклонён: пару с ним не создать.",
            en="The candidate was declined.",
        )
    _demand_consent(conn, mentor["person_id"])


def meeting_after_training(conn: Conn, change: Change) -> None:
    """A meeting is planned only when the mentor's first training is done; a held one can always be recorded."""
    if change.values.get("planned_on") is None or change.after("held_on") is not None:
        return
    trained = conn.execute(
        "SELECT 1 FROM training_participant WHERE municipality_id = (SELECT app_municipality_id())"
        " AND programme_id = %s AND mentor_id = %s AND completed_on <= %s AND ended_at IS NULL",
        (change.parent["programme_id"], change.parent["mentor_id"], change.values["planned_on"]),
    ).fetchone()
    if trained is None:
        raise RuleBroken(
            rule="meeting.untrained",
            ru="Встречу можно планировать после первого обучения наставника; состоявшуюся — внести всегда (held_on).",
            en="A meeting is planned after the mentor's first training; a held one can always be recorded (held_on).",
        )


def _demand_consent(conn: Conn, person_id: int) -> None:
    if not has_consent(conn, person_id, "processing"):
        raise ConsentMissing(kind="processing", person_id=person_id)


def _pack(conn: Conn, change: Change) -> Pack:
    programme = store.get(conn, _programme_id(change))
    return find_pack(conn, programme.pack_code, programme.pack_version)


def _programme_id(change: Change) -> int:
    found: int = change.parent.get("programme_id") or change.parent["id"]
    return found


def _invalid(path: str, code: str, ru: str, en: str) -> FieldsInvalid:
    return FieldsInvalid([FieldError(path, code, ru, en)])
