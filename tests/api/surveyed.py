"""A programme with a survey and its personal links, and results as a worker leaves them; knows no rule of theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from shared.db.tenancy import Tenant
from tests.api.beginnings import Beginning
from tests.conftest import ConnAs
from tests.http import API

WHOLE_ANSWER = {
    "comfort": 9,
    "personal_meetings": 8,
    "group_meetings": 7,
    "support": 10,
    "help": 9,
    "plan_clear": 8,
    "safety": 10,
    "expectations_clear": 7,
    "joint_work": 9,
    "result": 8,
    "expectations_met": 8,
    "valued": "  Разговоры  ",
    "continue": 1,
    "become_mentor": 0,
}


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with a personal link and nothing else."""

    app: Flask
    token: str

    def get(self, noun: str) -> TestResponse:
        """GET /answers/{link} or /links/{link}."""
        return self.app.test_client().get(f"{API}/{noun}/{self.token}")

    def post(self, noun: str, json: Any, *, verb: str = "", key: str | None = None, lang: str = "ru") -> TestResponse:
        """POST /answers/{link} or /links/{link}:verb."""
        headers = {"Accept-Language": lang} | ({"Idempotency-Key": key} if key else {})
        return self.app.test_client().post(f"{API}/{noun}/{self.token}{verb}", json=json, headers=headers)

    def confirm(self, json: Any = None) -> TestResponse:
        """POST /links/{link}:confirm, without a body unless one is given."""
        return self.post("links", json, verb=":confirm")


def survey(beginning: Beginning, side: str = "mentee", moment: str = "after") -> int:
    """Plan a survey."""
    made = beginning.curator.post(f"{beginning.path}/surveys", {"side": side, "moment": moment})
    return int(made["id"])


def invited(beginning: Beginning, survey_id: int) -> list[Holder]:
    """Invite everybody who was not asked yet; return the holders of their links."""
    found = beginning.curator.post(f"/surveys/{survey_id}:invite", {}, status=200)
    return [Holder(beginning.curator.app, item["token"]) for item in found["items"]]


def close(beginning: Beginning, survey_id: int) -> Any:
    """Close a survey in its current version."""
    version = beginning.curator.version(f"{beginning.path}/surveys/{survey_id}")
    return beginning.curator.post(f"/surveys/{survey_id}:close", status=200, version=version)


def compute(beginning: Beginning, conn_as: ConnAs, kind: str, body: dict[str, Any]) -> int:
    """Leave a result of a kind as the engine does, on the programme's facts of now; return its id."""
    conn = conn_as("engine", Tenant(beginning.municipality_id, beginning.school_id))
    job_kind = {
        "feedback_summary": "aggregate_feedback",
        "effectiveness": "score_effectiveness",
        "reward_list": "build_reward_list",
    }
    keys = (beginning.municipality_id, beginning.school_id, beginning.programme_id)
    job = conn.execute(
        "INSERT INTO job_run (municipality_id, school_id, programme_id, kind, cause, status, progress)"
        " VALUES (%s, %s, %s, %s, 'request:1', 'done', 1) RETURNING id",
        (*keys, job_kind[kind]),
    ).fetchone()
    assert job is not None
    row = conn.execute(
        "INSERT INTO result (municipality_id, school_id, programme_id, kind, job_run_id, fence, inputs_version,"
        " cut_off_at, body, canonical, digest, inputs_digest, pack_code, pack_version, algorithm_version)"
        " SELECT municipality_id, school_id, id, %s, %s, 1, inputs_version, now(), %s, %s, %s, %s,"
        " 'order_428', 1, 'a-1' FROM programme WHERE id = %s RETURNING id",
        (kind, job["id"], json.dumps(body), json.dumps(body), "d" * 64, "e" * 64, beginning.programme_id),
    ).fetchone()
    assert row is not None
    conn.commit()
    return int(row["id"])
