"""The reward list of a programme by its frozen rules, derived from its last score; names stay out of it."""

from __future__ import annotations

from services.worker.kind import Handler, Job, Snapshot
from shared.db.pool import Conn
from shared.evaluation.store import latest_score
from shared.programme.packs import find_pack
from shared.rewards.ranking import ALGORITHM_VERSION, published
from shared.rewards.store import RewardInputs, ScoreMissingError, load_inputs


def load(conn: Conn, job: Job) -> Snapshot:
    """Read the rules and the evidence; without rules or a score the job ends for good."""
    programme = job.programme
    pack = find_pack(conn, programme.pack_code, programme.pack_version)
    score = latest_score(conn, programme.id)
    if score is None:
        raise ScoreMissingError
    inputs = load_inputs(conn, programme.id, pack, score)
    return Snapshot(inputs, score.until.at, based_on=score.id)


def compute(inputs: RewardInputs) -> dict[str, object]:
    """Return the lists, what of them may be published, and the mentors who are in neither list."""
    rewards = inputs.rank()
    return {
        "school": rewards.to_json(),
        "outside": published(rewards).to_json(),
        "others": list(inputs.others),
        "rules_changed_after_results": inputs.rules_changed_after_results,
    }


HANDLER = Handler(load, compute, ALGORITHM_VERSION)
