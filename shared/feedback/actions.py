"""The verbs of surveys: invite, hand a link out again, close, answer. Take the caller's transaction, never commit.

Writers that an account calls run inside `writing` of their caller; `answer` is called through a personal link and
holds the programme itself, with the few rights such a link has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosql

from shared.access import audit, links
from shared.access.links import Granted, Purpose
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.db.records import RecordKind, Row, refusal
from shared.db.records import read as read_record
from shared.errors import NotFound, RuleBroken
from shared.feedback.answers import Answer, checked
from shared.pack.model import Pack, Questionnaire, SafetyRule
from shared.programme import store
from shared.programme.packs import find_pack
from shared.programme.writing import demand_open
from shared.roster.consents import demand_unblocked

SURVEY = RecordKind("survey", feeds=True)
INVITATION = RecordKind("invitation", feeds=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the holder of a link is asked. ``row`` is the invitation with its survey's columns."""

    row: Row
    questionnaire: Questionnaire
    safety: SafetyRule


def invite(conn: Conn, actor: Actor, survey: Row, *, days: int) -> list[tuple[Row, Granted]]:
    """Ask every active participant of the survey's side who was not asked yet; return invitations and links.

    A second call returns only those who came since. RuleBroken when the survey is closed.
    """
    _demand_running(survey)
    rows = sorted(
        _queries().invite(conn, survey_id=survey["id"], created_by=actor.principal_id), key=lambda row: row["id"]
    )
    granted = links.grant(conn, actor, Purpose.ANSWER, rows, days=days)
    audit.record(conn, actor, "survey.invite", "survey", survey["id"], programme_id=survey["programme_id"])
    return list(zip(rows, granted, strict=True))


def renew(conn: Conn, actor: Actor, invitation: Row, *, days: int) -> Granted:
    """Give an invitation a new link and stop its old ones; RuleBroken when it is answered or the survey closed."""
    _demand_running(read_record(conn, SURVEY, invitation["survey_id"]))
    if invitation["ended_at"] is not None or invitation["answered_at"] is not None:
        raise RuleBroken(
            rule="invitation.over",
            ru="На приглашение уже ответили, или оно снято: новая ссылка не нужна.",
            en="The invitation was answered or ended: it needs no new link.",
        )
    demand_unblocked(conn, _queries().person_asked(conn, invitation_id=invitation["id"])["person_id"])
    links.revoke_of(conn, Purpose.ANSWER, invitation["id"])
    granted = links.grant(conn, actor, Purpose.ANSWER, [invitation], days=days)[0]
    audit.record(
        conn,
        actor,
        "invitation.renew_link",
        "invitation",
        invitation["id"],
        programme_id=invitation["programme_id"],
    )
    return granted


def close(conn: Conn, actor: Actor, survey: Row, *, expected: int) -> Row:
    """Set the cut-off; nothing is answered after it. VersionMismatch, RecordEnded, RuleBroken."""
    row: Row | None = _queries().close_survey(conn, survey_id=survey["id"], expected=expected)
    if row is None:
        if survey["version"] == expected:
            _demand_running(survey)
        raise refusal(read_record(conn, SURVEY, survey["id"]), expected)
    audit.record(conn, actor, "survey.close", "survey", row["id"], programme_id=row["programme_id"])
    return row


def is_invited(conn: Conn, survey_id: int) -> bool:
    """Say whether anybody was asked."""
    return bool(_queries().has_invitations(conn, survey_id=survey_id)["found"])


def asked(conn: Conn, invitation_id: int) -> Asked:
    """Return what an invitation asks; NotFound when the transaction does not see it."""
    row = _queries().survey_of_invitation(conn, invitation_id=invitation_id)
    if row is None:
        raise NotFound
    programme = store.get(conn, row["programme_id"])
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    return Asked(row, questionnaire_of(pack, row["questionnaire"], row["side"], row["moment"]), pack.safety)


def answer(conn: Conn, actor: Actor, invitation_id: int, given: Mapping[str, object]) -> None:
    """Keep the answers to one invitation, once and whole.

    Raises FieldsInvalid with every wrong place; RuleBroken when closed, answered already or the consent is gone.
    """
    held = asked(conn, invitation_id)
    demand_open(store.lock(conn, held.row["programme_id"]))
    row = _queries().survey_of_invitation(conn, invitation_id=invitation_id)
    _demand_answerable(conn, row)
    kept = checked(held.questionnaire, given)
    _queries().mark_answered(conn, invitation_id=invitation_id)
    names = ("municipality_id", "school_id", "programme_id", "survey_id", "invitation_id")
    _queries().insert_answers(
        conn,
        **{name: row[name] for name in names},
        questions=[item.question for item in kept],
        values=[item.value for item in kept],
        words=[item.words for item in kept],
    )
    _open_case(conn, held, kept)
    store.bump_inputs(conn, row["programme_id"])
    audit.record(conn, actor, "invitation.answer", "invitation", invitation_id, programme_id=row["programme_id"])


def _open_case(conn: Conn, held: Asked, kept: Sequence[Answer]) -> None:
    """Open a confidential case when an answer about safety is at or below the pack's limit."""
    asked_for = held.safety.questions.get(held.row["side"])
    if any(item.question == asked_for and (item.value or 0) <= held.safety.maximum for item in kept):
        names = ("municipality_id", "school_id", "programme_id", "mentee_id", "invitation_id")
        _queries().open_safety_case(conn, **{name: held.row[name] for name in names})


def questionnaire_of(pack: Pack, key: str, side: str, moment: str) -> Questionnaire:
    """Return the questionnaire by key, side and moment; KeyError for a foreign one."""
    for found in pack.questionnaires:
        if (found.key, found.side, found.moment) == (key, side, moment):
            return found
    raise KeyError(key)


def demand_planned(conn: Conn, survey: Row, changed: Mapping[str, Any]) -> None:
    """Raise RuleBroken when a change would put other questions to people who were asked, or after the cut-off."""
    _demand_running(survey)
    moved = [name for name in ("side", "moment", "questionnaire") if changed.get(name, survey[name]) != survey[name]]
    if moved and is_invited(conn, survey["id"]):
        raise RuleBroken(
            rule="survey.invited",
            ru="Приглашения уже выданы: сторону, момент и анкету не сменить; завершите опрос и создайте новый.",
            en="People were invited: end this survey and create another to change side, moment or questionnaire.",
        )


def _demand_answerable(conn: Conn, row: Row) -> None:
    if row["answered_at"] is not None:
        raise RuleBroken(rule="answers.given", ru="На эту анкету уже ответили.", en="This was answered already.")
    if row["is_closed"]:
        raise RuleBroken(
            rule="answers.closed",
            ru="Опрос закрыт: ответы больше не принимаются.",
            en="The survey is closed: no answer is taken any more.",
        )
    if not links.may_act(conn):
        raise RuleBroken(
            rule="link.consent",
            ru="Нет действующего согласия на обработку данных: ответ не принимается.",
            en="There is no consent in force: no answer is taken.",
        )


def _demand_running(survey: Row) -> None:
    if survey["closed_at"] is not None or survey["ended_at"] is not None:
        raise RuleBroken(
            rule="survey.closed",
            ru="Опрос закрыт и больше не меняется.",
            en="The survey is closed and changes no more.",
        )


@lru_cache(maxsize=1)
def _queries() -> Any:
    return aiosql.from_path(Path(__file__).with_name("surveys.sql"), "psycopg")
