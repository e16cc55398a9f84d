"""Points where a process can be told to end itself, to prove that nothing is lost; knows only names.

Settings accept the name of a point outside of production only.
"""

from __future__ import annotations

import os
import signal

POINTS = (
    "relay_before_enqueue",
    "relay_after_enqueue",
    "worker_after_claim",
    "worker_before_finish",
    "worker_after_finish",
    "worker_after_erasure",
    "scheduler_before_commit",
    "scheduler_after_commit",
    "mail_after_send",
    "chain_after_links",
    "stamper_before_commit",
    "by_request",
)
BY_REQUEST = "by_request"
"""An API armed with it ends itself where a request says, in its header X-Failpoint: at one of these points."""
REQUEST_POINTS = ("after_statement_<n>", "before_commit", "after_commit", "before_poke")


def failpoint(name: str, armed: str) -> None:
    """End this process with SIGKILL, as a crash would, when ``armed`` (the setting) is this point's name."""
    if name == armed:
        os.kill(os.getpid(), signal.SIGKILL)
