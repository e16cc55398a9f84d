"""Jobs as lines that a page prints: from counts, rows and instants to words; writes nothing, knows no HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from services.api.console.words import duration_text, moment_text, speaker
from services.api.resources.job_schemas import kind_name, result_path
from services.api.resources.jobs_overview import job_deeds, processes
from shared.access.model import Actor
from shared.access.reading import local_times, principal_names
from shared.access.rights import may
from shared.db.pool import Conn
from shared.errors import Lang
from shared.jobs import overview
from shared.jobs.kinds import KINDS
from shared.jobs.model import OPEN, Status
from shared.jobs.overview import JobSeen, KindSummary
from shared.pack.deadlines import format_school_year
from shared.programme import store as programmes

TONES = {Status.DEAD: "late", Status.DONE: "in-time"}
STATES = {
    Status.QUEUED: "status_queued",
    Status.RUNNING: "status_running",
    Status.DONE: "status_done",
    Status.DEAD: "status_dead",
    Status.CANCELLED: "status_cancelled",
}
DUTIES = {"dispatcher": "process_dispatcher", "worker": "process_worker"}
DEEDS = {"job.ask": "deed_ask", "job.cancel": "deed_cancel", "job.retry": "deed_retry"}


@dataclass(frozen=True, slots=True)
class KindLine:
    """One kind of work and what is with it; counts of 0 are left out by the page."""

    kind: str
    name: str
    is_known: bool
    counts: KindSummary
    oldest: str | None
    last_success: str


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """A process of the engine."""

    name: str
    since: str
    silence: str
    is_silent: bool


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job. ``percent`` only while it runs; ``why`` is the last failure, also of one that will be tried again."""

    id: UUID
    name: str
    is_known: bool
    status: str
    state: str
    tone: str
    percent: int | None
    why: str | None
    place: str
    programme_id: int | None
    facts: tuple[str, ...]
    can_cancel: bool
    can_retry: bool
    retried_as: UUID | None


@dataclass(frozen=True, slots=True)
class DeedLine:
    """What somebody did to the job."""

    name: str
    at: str
    who: str


@dataclass(frozen=True, slots=True)
class JobLife:
    """One job in full."""

    line: JobLine
    attempts: str
    started: str | None
    error_code: str | None
    result: str | None
    retry_of: UUID | None
    deeds: tuple[DeedLine, ...]


class JobWriter:
    """Puts jobs into words, in one language and on the municipality's clock."""

    def __init__(self, conn: Conn, actor: Actor, lang: Lang) -> None:
        self._conn, self._lang, self._say = conn, lang, speaker(lang)
        self._may_manage = may(actor, "jobs.manage")

    def kinds(self, lines: Sequence[KindSummary]) -> tuple[KindLine, ...]:
        """Return a line for each kind."""
        at = self._clock(line.last_success_at for line in lines)
        return tuple(self._kind(line, at(line.last_success_at)) for line in lines)

    def processes(self) -> tuple[ProcessLine, ...]:
        """Return the processes of the engine."""
        found = processes()
        at = self._clock(seen["started_at"] for seen in found)
        return tuple(
            ProcessLine(
                name=self._say(DUTIES[seen["duty"]]) + (f" {seen['name']}" if seen["name"] else ""),
                since=self._say("process_since", at=at(seen["started_at"])),
                silence=self._say("process_silent", time=duration_text(seen["silent_seconds"], self._lang))
                if seen["is_silent"]
                else self._say("process_here"),
                is_silent=seen["is_silent"],
            )
            for seen in found
        )

    def jobs(self, found: Sequence[JobSeen]) -> tuple[JobLine, ...]:
        """Return a line for each job."""
        at = self._clock(
            moment for seen in found for moment in (seen.run.created_at, seen.run.finished_at, seen.run.next_at)
        )
        places = self.places(seen.run.programme_id for seen in found)
        return tuple(self._job(seen, places(seen.run.programme_id), at) for seen in found)

    def life(self, seen: JobSeen, openable: Callable[[str], bool]) -> JobLife:
        """Return one job with all that is known of it."""
        run, (line,) = seen.run, self.jobs([seen])
        result, deeds = result_path(run), job_deeds(seen)
        at = self._clock([run.started_at, *(deed["at"] for deed in deeds)])
        names = principal_names(self._conn, [deed["principal_id"] for deed in deeds if deed["principal_id"]])
        return JobLife(
            line=line,
            attempts=f"{run.attempts} / {run.max_attempts}",
            started=at(run.started_at) or None,
            error_code=None if run.error is None else run.error.code,
            result=result if result is not None and openable(result.partition("?")[0]) else None,
            retry_of=seen.retry_of,
            deeds=tuple(
                DeedLine(self._say(DEEDS[deed["action"]]), at(deed["at"]), self._who(deed["principal_id"], names))
                for deed in deeds
            ),
        )

    def places(self, programme_ids: Iterable[int | None]) -> Callable[[int | None], str]:
        """Return a function from a programme to its school and year."""
        titles = programmes.titles(self._conn, (one for one in programme_ids if one is not None))

        def place(programme_id: int | None) -> str:
            if programme_id is None:
                return self._say("of_municipality")
            title = titles.get(programme_id)
            number = self._say("number", id=programme_id)
            return number if title is None else f"{title[0]}, {format_school_year(title[1])}"

        return place

    def _kind(self, line: KindSummary, last_success: str) -> KindLine:
        oldest = None
        if line.oldest_waiting_seconds is not None:
            oldest = self._say("oldest", time=duration_text(line.oldest_waiting_seconds, self._lang))
        return KindLine(
            kind=line.kind,
            name=kind_name(line.kind, self._lang),
            is_known=line.kind in KINDS,
            counts=line,
            oldest=oldest,
            last_success=self._say("last_success", at=last_success) if last_success else self._say("never_succeeded"),
        )

    def _job(self, seen: JobSeen, place: str, at: Callable[[datetime | None], str]) -> JobLine:
        run, error = seen.run, seen.run.error
        facts = [self._say("asked_on", at=at(run.created_at))]
        if run.finished_at is not None:
            facts.append(self._say("ended_on", at=at(run.finished_at)))
        if run.status in OPEN and run.attempts:
            facts.append(self._say("attempts", count=run.attempts, of=run.max_attempts))
        if run.status is Status.QUEUED and run.attempts:
            facts.append(self._say("next_attempt", at=at(run.next_at)))
        is_over = run.status in (Status.DEAD, Status.CANCELLED) and seen.retried_as is None
        return JobLine(
            id=run.id,
            name=kind_name(run.kind, self._lang),
            is_known=run.kind in KINDS,
            status=run.status.value,
            state=self._say(STATES[run.status]),
            tone=TONES.get(run.status, ""),
            percent=round(run.progress * 100) if run.status is Status.RUNNING else None,
            why=None if error is None else error.ru if self._lang == "ru" else error.en,
            place=place,
            programme_id=run.programme_id,
            facts=tuple(facts),
            can_cancel=self._may_manage and run.status in OPEN,
            can_retry=self._may_manage and is_over and run.kind in KINDS,
            retried_as=seen.retried_as,
        )

    def _who(self, principal_id: int | None, names: Mapping[int, str]) -> str:
        if principal_id is None:
            return self._say("by_itself")
        return names.get(principal_id, self._say("number", id=principal_id))

    def _clock(self, moments: Iterable[datetime | None]) -> Callable[[datetime | None], str]:
        """Return a function from an instant to words on the municipality's clock, '' for None."""
        local = local_times(self._conn, (moment for moment in moments if moment is not None))

        def at(moment: datetime | None) -> str:
            if moment is None:
                return ""
            if moment not in local:  # an administrator outside of any municipality
                return moment_text(moment.astimezone(UTC), self._lang) + " UTC"
            return moment_text(local[moment], self._lang)

        return at


def banner(lines: Sequence[KindSummary], found: Sequence[ProcessLine], lang: Lang) -> tuple[str, str]:
    """Return the one sentence on top and its tone: what needs a person comes first."""
    say = speaker(lang)
    dead, waiting = sum(line.dead for line in lines), sum(line.due for line in lines)
    if waiting and all(process.is_silent for process in found):
        return say("jobs_stuck", count=waiting), "late"
    if dead:
        return say("jobs_failed", count=dead), "late"
    unfinished = sum(line.waiting + line.running for line in lines)
    return (say("jobs_open", count=unfinished), "") if unfinished else (say("jobs_fine"), "in-time")


def summary(conn: Conn) -> list[KindSummary]:
    """Return what is counted here, the kinds in the order of this release, those of others last."""
    order = {kind: place for place, kind in enumerate(KINDS)}
    return sorted(overview.summary(conn), key=lambda line: (order.get(line.kind, len(order)), line.kind))
