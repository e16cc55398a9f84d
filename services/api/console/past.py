"""What has happened to a programme, as lines of a page: its events, its computations; reads only."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.api.console.words import day_text, moment_text, speaker
from services.api.resources.result_paths import PATHS
from shared.access.model import Actor
from shared.access.reading import local_times, principal_names
from shared.access.rights import may
from shared.db.pool import Conn
from shared.errors import Lang
from shared.jobs import overview
from shared.jobs.kinds import KINDS, JobKind
from shared.jobs.model import OPEN, JobRun, Status
from shared.pack.model import Pack
from shared.programme import results
from shared.programme.actions import CREATE
from shared.programme.machine import TransitionSpec, Workflow
from shared.programme.report import GuardStatus
from shared.programme.store import EventWithReason

_COUNTED = {GuardStatus.MET: "were_met", GuardStatus.CARRIED: "were_carried", GuardStatus.WAIVED: "were_waived"}
_JOBS_LOOKED_AT = 50
SHORT_HASH = 10


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event. ``at`` is on the municipality's clock; ``path`` names both states; ``hash`` is its beginning."""

    seq: int
    at: str
    name: str
    path: str
    who: str
    reason: str | None
    conditions: str
    hash: str


@dataclass(frozen=True, slots=True)
class Computation:
    """The last result of a kind and the job that is under way or has failed since; either may be missing."""

    name: str
    link: str
    computed: str | None
    approved: str | None
    is_stale: bool
    job: str | None


def event_lines(conn: Conn, pack: Pack, events: Sequence[EventWithReason], lang: Lang) -> tuple[EventLine, ...]:
    """Return the history in its order."""
    at = local_times(conn, [item.event.at for item in events])
    names = principal_names(conn, [item.event.actor_id for item in events])
    workflow, say = Workflow(pack), speaker(lang)
    lines = []
    for item in events:
        event = item.event
        name, path = say("created"), workflow.state_name(event.dst).text(lang)
        if event.trigger != CREATE and event.src is not None:
            name = workflow.trigger_name(TransitionSpec(event.trigger, event.src, event.dst)).text(lang)
            path = f"{workflow.state_name(event.src).text(lang)} → {path}"
        lines.append(
            EventLine(
                seq=event.seq,
                at=moment_text(at[event.at], lang),
                name=name,
                path=path,
                who=names.get(event.actor_id, say("number", id=event.actor_id)),
                reason=item.reason,
                conditions=_conditions(event.body, lang),
                hash=event.hash[:SHORT_HASH],
            )
        )
    return tuple(lines)


def computations(
    conn: Conn, actor: Actor, programme_id: int, lang: Lang, openable: Callable[[str], bool]
) -> tuple[Computation, ...]:
    """Return a line for each kind that was computed or asked for and that the reader may open."""
    recent = []
    if may(actor, "jobs.read"):
        wanted = overview.JobFilter(programme_id=programme_id)
        recent = [seen.run for seen in overview.page(conn, wanted, limit=_JOBS_LOOKED_AT)]
    lines = []
    for kind in (KINDS[name] for name in PATHS):
        link = f"/api/v1/programmes/{programme_id}/{PATHS[kind.name]}"
        if openable(link):
            job = next((job for job in recent if job.kind == kind.name), None)
            lines.append(_computation(conn, kind, job, link, programme_id=programme_id, lang=lang))
    return tuple(line for line in lines if line is not None)


def _computation(
    conn: Conn, kind: JobKind, job: JobRun | None, link: str, *, programme_id: int, lang: Lang
) -> Computation | None:
    result = results.find(conn, programme_id, kind.result_kind)
    waiting = None if job is None else _job_words(job, lang)
    if result is None and waiting is None:
        return None
    computed = approved = None
    say = speaker(lang)
    if result is not None:
        at = local_times(conn, [result.created_at])[result.created_at]
        computed = say("computed_on", at=moment_text(at, lang))
        if result.approved_on is not None:
            approved = say("approved_on", day=day_text(result.approved_on, lang))
    return Computation(
        name=kind.ru if lang == "ru" else kind.en,
        link=link,
        computed=computed,
        approved=approved,
        is_stale=result is not None and result.is_stale,
        job=waiting,
    )


def _job_words(job: JobRun, lang: Lang) -> str | None:
    """Say what the last job of a kind is doing, None when there is nothing to say beside its result."""
    say = speaker(lang)
    if job.status is Status.RUNNING:
        return say("under_way", percent=round(job.progress * 100))
    if job.status in OPEN:
        return say("queued")
    if job.status is Status.DEAD and job.error is not None:
        return say("failed", why=job.error.ru if lang == "ru" else job.error.en)
    return None


def _conditions(body: str, lang: Lang) -> str:
    """Count a guard report's lines: «выполнено 9, отложено 1»; '' for a move that asks nothing."""
    guards = json.loads(body).get("guards") or ()
    counts = Counter(guard["status"] for guard in guards)
    say = speaker(lang)
    return ", ".join(say(word, count=counts[status]) for status, word in _COUNTED.items() if counts[status])
