"""pytest plugin: a skipped test fails the run unless tests/allowed_skips.txt lists it with a reason.

Knows reports of tests and of collection (also through xdist); must not change what is run.
"""

from __future__ import annotations

from pathlib import Path

import pytest

_LIST = Path(__file__).resolve().parents[1] / "tests" / "allowed_skips.txt"


def pytest_configure(config: pytest.Config) -> None:
    """Register the gate once: on the controller, which sees the reports of all workers."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Gate(_allowed(_LIST)), "skip-gate")


def _allowed(path: Path) -> dict[str, str]:
    """Node id -> reason. Raises UsageError for a line without a reason."""
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else [], 1):
        if not line.strip() or line.startswith("#"):
            continue
        node, _, reason = line.partition("\t")
        if not reason.strip():
            raise pytest.UsageError(f"{path.name}:{number}: a node id, a tab and a reason are needed")
        found[node.strip()] = reason.strip()
    return found


class _Gate:
    def __init__(self, allowed: dict[str, str]) -> None:
        self._allowed = allowed
        self._refused: dict[str, str] = {}

    def _see(self, node: str, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and node not in self._allowed:
            longrepr = report.longrepr
            self._refused[node] = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test skipped in its setup, by a mark or in its body; also an expected failure."""
        self._see(report.nodeid, report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module skipped as a whole."""
        self._see(report.nodeid, report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn success, or "nothing ran", into failure."""
        if self._refused and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the skips that nobody has allowed."""
        if self._refused:
            terminalreporter.section("skipped without leave (tests/allowed_skips.txt)", red=True)
            for node, reason in sorted(self._refused.items()):
                terminalreporter.write_line(f"{node}\t{reason}")
