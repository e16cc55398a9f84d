"""What must be true of a record beyond its fields; each rule raises, or returns further columns to write.

Rules refuse plans and claims, never the past: a fact can always be recorded as it was.
"""

from __future__ import annotations

from datetime import date

from services.api.records import Change, Rule
from shared.db import records
from shared.db.pool import Conn
from shared.db.records import Row
from shared.errors import ConsentMissing, FieldError, FieldsInvalid, RuleBroken
from shared.pack.model import Pack
from shared.programme import store
from shared.programme.packs import find_pack
from shared.roster.consents import has_consent, is_minor

ADULT_DETAILS = ("birth_on", "contact", "representative")


def not_in_future(column: str) -> Rule:
    """Return a rule: the day in ``column`` has come; a fact is not recorded before it happens."""

    def rule(conn: Conn, change: Change) -> None:
        day = change.values.get(column)
        if isinstance(day, date) and day > local_today(conn, change.parent):
            raise _invalid(column, "future", "Эта дата ещё не наступила.", "This day has not come yet.")

    return rule


def local_today(conn: Conn, row: Row) -> date:
    """Return today in the time zone of the row's municipality."""
    found = conn.execute(
        "SELECT (app_now() AT TIME ZONE timezone)::date AS today FROM municipality WHERE id = %s",
        (row["municipality_id"],),
    ).fetchone()
    today: date = found["today"] if found else date.min
    return today


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
    wanted = [name for name in ADULT_DETAILS if change.values.get(name) is not None]
    if not wanted or (change.after("kind") in ("parent", "outside") and wanted == ["contact"]):
        return
    person_id = None if change.current is None else change.current["id"]
    if person_id is None or not has_consent(conn, person_id, "processing"):
        raise ConsentMissing(kind="processing", person_id=person_id or 0)


def topics_need_consent(conn: Conn, change: Change) -> None:
    """What a mentee asks for is kept only while the consent is in force."""
    if (change.values.get("topics") or change.values.get("wish")) and not has_consent(
        conn, change.after("person_id"), "processing"
    ):
        raise ConsentMissing(kind="processing", person_id=change.after("person_id"))


def consent_of_minor(conn: Conn, change: Change) -> None:
    """A minor's consent is given by the representative."""
    if change.after("given_by") == "self" and is_minor(change.parent, change.after("given_on")):
        raise _invalid(
            "given_by",
            "minor",
            "За несовершеннолетнего согласие даёт представитель.",
            "A minor's consent is given by the representative.",
        )


def mentor_origin(conn: Conn, change: Change) -> None:
    """A pupil is not entered as a teacher, nor the other way round."""
    person_id, origin = change.after("person_id"), change.after("origin")
    if "person_id" not in change.values and "origin" not in change.values:
        return
    kinds = conn.execute(
        "SELECT kind FROM person WHERE municipality_id = (SELECT app_municipality_id()) AND id = %s",
        (person_id,),
    ).fetchone()
    if kinds and (kinds["kind"] == "pupil") != (origin == "pupils_9_11") and origin != "other":
        raise _invalid("origin", "mismatch", "Источник не подходит человеку.", "The origin does not fit the person.")


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
    if not has_consent(conn, mentor["person_id"], "processing"):
        raise ConsentMissing(kind="processing", person_id=mentor["person_id"])


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


def _pack(conn: Conn, change: Change) -> Pack:
    programme = store.get(conn, _programme_id(change))
    return find_pack(conn, programme.pack_code, programme.pack_version)


def _programme_id(change: Change) -> int:
    found: int = change.parent.get("programme_id") or change.parent["id"]
    return found


def _invalid(path: str, code: str, ru: str, en: str) -> FieldsInvalid:
    return FieldsInvalid([FieldError(path, code, ru, en)])
