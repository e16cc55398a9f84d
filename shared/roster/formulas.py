"""Text that a spreadsheet would take for a formula: disarmed on the way out, as it was on the way in. Pure.

The signs are OWASP's («CSV Injection») and their full-width look-alikes. A spreadsheet may split a file at another
delimiter than ours, so what stands behind a delimiter, a quote or a line end inside of a cell counts as a beginning.
"""

from __future__ import annotations

import re

# Spaces alone are skipped: a sign that is both skipped and a delimiter would make the search cubic.
_BEGINNING = r"""((?:\A|(?<=[;,\t\r\n"|])) *)"""
_SIGN = r"[=+\-@\t\r＝＋－﹣−＠]"
_ARMED = re.compile(f"{_BEGINNING}('*{_SIGN})")
_DISARMED = re.compile(f"{_BEGINNING}'('*{_SIGN})")


def disarmed(text: str) -> str:
    """Return the text with an apostrophe before each sign that could begin a formula."""
    return _ARMED.sub(r"\1'\2", text)


def rearmed(text: str) -> str:
    """Return what `disarmed` was given."""
    return _DISARMED.sub(r"\1\2", text) if "'" in text else text
