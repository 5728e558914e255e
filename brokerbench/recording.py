"""Finds out what the tests of a session ask for, before anything is measured.

Each selected test with the fixture runs once up to its call, with its fixtures and without a report. What it asked for
is measured together with what all others asked for; then the tests run as always. A test that fails or is skipped
before its call asks for nothing. What to know of the figures is printed below pytest-benchmark's table.
"""

from dataclasses import dataclass

import pytest
from _pytest.runner import runtestprotocol

from brokerbench.benchmarks import recorded_time
from brokerbench.sessions import session_of

__all__ = ["record"]


def record(first: pytest.Item) -> None:
    """Record and measure all tests with the fixture, of which this is the first to run; later calls do nothing."""
    session = session_of(first.config)
    if session.answer is not None:
        return
    items = [item for item in first.session.items if "broker_benchmark" in getattr(item, "fixturenames", ())]
    session.records = True
    try:
        for item, following in zip(items, [*items[1:], first if len(items) > 1 else None], strict=True):
            _use_recorded_time(item)
            runtestprotocol(item, log=False, nextitem=following)
            item._report_sections.clear()  # else its report would have what it printed twice
    finally:
        session.records = False
    session.answer = {"tests": {}}
    if session.asked:
        session.measure()
        first.config.pluginmanager.register(_Notes(session.answer.get("notes", [])), "brokerbench_notes")


@dataclass(frozen=True)
class _Notes:
    """What to know of the figures, such as the distances at which they were measured."""

    notes: list[str]

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print them: pytest-benchmark's table comes before what is called last."""
        for note in self.notes:
            terminalreporter.write_line(note)


def _use_recorded_time(item: pytest.Item) -> None:
    """Let pytest-benchmark time the test with recorded durations, and keep what else its mark says."""
    mark = item.get_closest_marker("benchmark")
    own = pytest.mark.benchmark(**{**(mark.kwargs if mark else {}), "timer": recorded_time})
    item.add_marker(own, append=False)
