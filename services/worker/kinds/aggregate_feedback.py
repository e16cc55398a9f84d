"""The feedback summary of a programme: whole for the school, masked for everybody else."""

from __future__ import annotations

from services.worker.kind import Handler, Job, Snapshot
from shared.db.pool import Conn
from shared.feedback.aggregate import ALGORITHM_VERSION
from shared.feedback.masking import masked
from shared.feedback.store import FeedbackInputs, cut_off, load_inputs
from shared.programme.packs import find_pack


def load(conn: Conn, job: Job) -> Snapshot:
    """Read what was asked and answered up to the cut-off."""
    programme = job.programme
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    until = cut_off(conn, programme.id)
    return Snapshot(load_inputs(conn, programme.id, pack, until), until.at)


def compute(inputs: FeedbackInputs) -> dict[str, object]:
    """Return both readings of one summary: what is masked is decided once, here."""
    summary = inputs.summary()
    return {"school": summary.to_json(), "outside": masked(summary).to_json()}


HANDLER = Handler(load, compute, ALGORITHM_VERSION)
