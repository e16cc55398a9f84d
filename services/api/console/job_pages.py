"""Pages of background work: what is under way, what failed and why, and the buttons; holds no rule of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request

from services.api.console.head import link, page
from services.api.console.job_lines import JobWriter, banner, summary
from services.api.console.links import openable_by
from services.api.console.own_forms import own_form
from services.api.console.words import speaker
from services.api.language import language
from services.api.poke import poke_after_commit
from services.api.request_scope import scope, scoped
from shared.access import places
from shared.access.rights import may
from shared.db.tenancy import PLATFORM
from shared.jobs import actions, overview
from shared.jobs.errors import JobOver, JobRetried
from shared.jobs.model import OPEN, Status
from shared.jobs.overview import JobFilter
from shared.programme import job_retry

PER_PAGE = 50
REFRESH_SECONDS = 15
MUNICIPALITIES = 1_000
SHOWN: Mapping[str, tuple[str, Status | None, bool | None]] = MappingProxyType(
    {
        "": ("show_any", None, None),
        "waiting": ("show_waiting", Status.QUEUED, None),
        "running": ("show_running", Status.RUNNING, None),
        "failed": ("show_failed", Status.DEAD, False),
        "dead": ("show_dead", Status.DEAD, None),
        "done": ("show_done", Status.DONE, None),
        "cancelled": ("show_cancelled", Status.CANCELLED, None),
    }
)
"""Value of ?show= -> its word, the status, whether it was repeated."""
AGES: Mapping[str, tuple[str, timedelta | None]] = MappingProxyType(
    {
        "": ("age_any", None),
        "hour": ("age_hour", timedelta(hours=1)),
        "day": ("age_day", timedelta(days=1)),
        "week": ("age_week", timedelta(days=7)),
    }
)
SAID = frozenset({"said_retried", "said_retried_before", "said_cancelled", "said_over"})
"""What a page may be asked to say on top after a button was pressed."""


def add_job_pages(blueprint: Blueprint) -> None:
    """Add the list, a job, the bulk page and the buttons."""
    blueprint.add_url_rule("/jobs", "jobs", jobs, methods=["GET"])
    blueprint.add_url_rule("/jobs/retry", "choose_retries", choose_retries, methods=["GET"])
    blueprint.add_url_rule("/jobs/retry", "retry_jobs", retry_jobs, methods=["POST"])
    blueprint.add_url_rule("/jobs/<uuid:job_id>", "job", job, methods=["GET"])
    blueprint.add_url_rule("/jobs/<uuid:job_id>/cancel", "cancel_job", cancel_job, methods=["POST"])
    blueprint.add_url_rule("/jobs/<uuid:job_id>/retry", "retry_job", retry_job, methods=["POST"])


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what cannot be read is taken for not asked."""

    show: str
    kind: str
    age: str
    programme: str
    after: UUID | None

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Asked:
        """Read the address."""
        show, age, programme = given.get("show", ""), given.get("age", ""), given.get("programme", "")
        return cls(
            show=show if show in SHOWN else "",
            kind=given.get("kind", ""),
            age=age if age in AGES else "",
            programme=programme if _is_id(programme) else "",
            after=_uuid(given.get("after", "")),
        )

    def as_filter(self) -> JobFilter:
        """Return the filter that the list is read by."""
        _, status, is_retried = SHOWN[self.show]
        _, age = AGES[self.age]
        return JobFilter(
            status=status,
            kind=self.kind or None,
            programme_id=int(self.programme) if self.programme else None,
            is_retried=is_retried,
            created_before=None if age is None else datetime.now(UTC) - age,
        )

    def as_address(self) -> dict[str, str]:
        """Return what the address of the same list carries."""
        given = {"show": self.show, "kind": self.kind, "age": self.age, "programme": self.programme}
        return {name: value for name, value in given.items() if value}


@scoped("jobs.read")
def jobs() -> Response:
    """All work by kind, who does it, and the list."""
    conn, lang = scope().conn, language()
    writer = JobWriter(conn, scope().actor, lang)
    processes = writer.processes()
    if scope().actor.tenant.municipality_id == PLATFORM:
        found = places.municipalities(conn, after=PLATFORM, limit=MUNICIPALITIES)
        return page("jobs_platform.html", processes=processes, municipalities=found)
    asked = Asked.read(request.args)
    wanted, counts = asked.as_filter(), summary(conn)
    seen = overview.page(conn, wanted, after=asked.after, limit=PER_PAGE)
    text, tone = banner(counts, processes, lang)
    answer = page(
        "jobs.html",
        banner=text,
        tone=tone,
        kinds=writer.kinds(counts),
        processes=processes,
        lines=writer.jobs(seen),
        asked=asked,
        choices={"show": SHOWN, "age": AGES},
        place=writer.places([wanted.programme_id])(wanted.programme_id) if wanted.programme_id else None,
        next=link("jobs", **asked.as_address(), after=str(seen[-1].run.id)) if len(seen) == PER_PAGE else None,
        said=_said(),
        may_manage=may(scope().actor, "jobs.manage"),
        **_refreshing(any(line.waiting or line.running for line in counts), "jobs", asked.as_address()),
    )
    return _refreshed(answer, "jobs", asked.as_address(), is_open=any(line.waiting or line.running for line in counts))


@scoped("jobs.read")
def job(job_id: UUID) -> Response:
    """One job with its whole life."""
    current = scope()
    seen = overview.get(current.conn, job_id)
    life = JobWriter(current.conn, current.actor, language()).life(seen, openable_by(current.actor))
    is_open, address = seen.run.status in OPEN, {"job_id": str(job_id)}
    answer = page("job.html", job=life, said=_said(), **_refreshing(is_open, "job", address))
    return _refreshed(answer, "job", address, is_open=is_open)


@own_form
@scoped("jobs.manage")
def cancel_job(job_id: UUID) -> Response:
    """The button «cancel»; pressed too late it says so."""
    said = "said_cancelled"
    try:
        actions.cancel(scope().conn, scope().actor, job_id)
    except JobOver:
        said = "said_over"
    return _onward(job_id, said)


@own_form
@scoped("jobs.manage")
def retry_job(job_id: UUID) -> Response:
    """The button «repeat»; pressed twice it leads to the same new job."""
    try:
        new_id = job_retry.retry(scope().conn, scope().actor, job_id)
    except JobRetried as error:
        return _onward(UUID(error.params["job_id"]), "said_retried_before")
    poke_after_commit()
    return _onward(new_id, "said_retried")


@scoped("jobs.manage")
def choose_retries() -> Response:
    """What the bulk button would do: nothing is done yet."""
    asked = Asked.read(request.args)
    programme_id = int(asked.programme) if asked.programme else None
    tried = job_retry.retry_many(
        scope().conn, scope().actor, kind=asked.kind or None, programme_id=programme_id, is_dry_run=True
    )
    return _bulk(tried, is_done=False)


@own_form
@scoped("jobs.manage")
def retry_jobs() -> Response:
    """The bulk button: the very jobs that its page showed."""
    ids = [found for given in request.form.getlist("job")[: job_retry.MOST_AT_ONCE] if (found := _uuid(given))]
    done = job_retry.Retries((), 0)
    if ids:
        done = job_retry.retry_many(scope().conn, scope().actor, job_ids=ids)
        poke_after_commit()
    return _bulk(done, is_done=True)


def _bulk(retries: job_retry.Retries, *, is_done: bool) -> Response:
    conn, lang = scope().conn, language()
    writer = JobWriter(conn, scope().actor, lang)
    here = [item for item in retries.items if item.job.kind]
    lines = writer.jobs([overview.get(conn, item.job.id) for item in here])
    items = [
        {"line": line, "new_id": item.new_id, "refusal": item.refusal and item.refusal.text(lang)}
        for line, item in zip(lines, here, strict=True)
    ]
    return page(
        "jobs_retry.html",
        items=items,
        count=sum(item["refusal"] is None for item in items),
        left=retries.left,
        most=job_retry.MOST_AT_ONCE,
        is_done=is_done,
    )


def _refreshing(is_open: bool, endpoint: str, address: dict[str, Any]) -> dict[str, Any]:
    """Return what a page says of refreshing itself; only while something is open, and a reader may stop it."""
    is_refreshed = is_open and "still" not in request.args
    return {"refresh": REFRESH_SECONDS if is_refreshed else None, "stop": link(endpoint, **address, still="1")}


def _refreshed(answer: Response, endpoint: str, address: dict[str, Any], *, is_open: bool) -> Response:
    if is_open and "still" not in request.args:
        answer.headers["Refresh"] = f"{REFRESH_SECONDS}; url={link(endpoint, **address)}"
    return answer


def _said() -> str | None:
    said = request.args.get("said", "")
    return speaker(language())(said) if said in SAID else None


def _onward(job_id: UUID, said: str) -> Response:
    return redirect(link("job", job_id=str(job_id), said=said), 303)  # type: ignore[return-value]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19 and int(text) > 0


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
