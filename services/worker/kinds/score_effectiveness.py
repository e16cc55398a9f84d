"""The effectiveness score of a programme: whole for the school, masked for everybody else."""

from __future__ import annotations

from services.worker.kind import Handler, Job, Snapshot
from shared.db.pool import Conn
from shared.evaluation.outside import masked
from shared.evaluation.score import ALGORITHM_VERSION
from shared.evaluation.store import EvaluationInputs, load_inputs
from shared.feedback.store import cut_off
from shared.programme.packs import find_pack


def load(conn: Conn, job: Job) -> Snapshot:
    """Read the ratings and the counts up to the cut-off."""
    programme = job.programme
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    until = cut_off(conn, programme.id)
    return Snapshot(load_inputs(conn, programme.id, pack, until), until.at)


def compute(inputs: EvaluationInputs) -> dict[str, object]:
    """Return both readings of one score."""
    score = inputs.score()
    return {"school": score.to_json(), "outside": masked(score).to_json()}


HANDLER = Handler(load, compute, ALGORITHM_VERSION)
