"""The instant that the programme calls now; leases and retries use the database's own clock instead.

The database decides (SQL function ``app_now()``); a fixed instant is handed to it per transaction, for the
demo and the tests only.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path


def fixed_now(clock_file: str) -> str:
    """Return the instant that the file fixes as ISO text, '' for the real clock; ValueError for an unreadable one."""
    if not clock_file:
        return ""
    text = Path(clock_file).read_text(encoding="ascii").strip()
    return datetime.fromisoformat(text).isoformat() if text else ""
