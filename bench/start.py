"""The entry point of ``brokerbench``: an interrupt prints one line even while the libraries are being imported."""

import sys
from collections.abc import Callable
from importlib import import_module

from bench.commands.exit_codes import INTERRUPTED
from bench.commands.interrupt import end_soon_when_interrupted
from bench.commands.streams import outlive_readers

__all__ = ["main", "main_for_pytest"]


def main() -> None:
    """Run the command; Ctrl-C and a termination signal both shut it down in order, and within seconds in any case."""
    _run(lambda: import_module("bench.cli").cli(standalone_mode=False))


def main_for_pytest() -> None:
    """Answer one request of the pytest plugin, and end as a command does."""
    _run(lambda: import_module("bench.for_pytest.answering").answer())


def _run(step: Callable[[], int]) -> None:
    """Run this, and exit with its code."""
    outlive_readers()
    end_soon_when_interrupted()
    try:
        from bench.commands.ending import exit_with
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(INTERRUPTED)
    exit_with(step)
