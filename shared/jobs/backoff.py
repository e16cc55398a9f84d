"""How long a failed job waits before the next attempt; pure arithmetic."""

from __future__ import annotations

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 300.0


def delay_seconds(attempts: int, chance: float) -> float:
    """Return the wait after ``attempts`` failures (>= 1): 2, 4, 8 .. 300 s, of which a random half.

    ``chance`` is in [0, 1): jobs that failed together do not come back together. The wait lies between half
    of the step and all of it ("equal jitter": M. Brooker, Exponential Backoff And Jitter, AWS blog, 2015).
    """
    if attempts < 1 or not 0 <= chance < 1:
        raise ValueError("attempts >= 1, 0 <= chance < 1")
    step = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempts - 1, 30))
    return step / 2 + chance * step / 2
