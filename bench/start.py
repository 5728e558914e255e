"""The entry point of ``brokerbench``: an interrupt prints one line even while the libraries are being imported."""

import sys
from importlib import import_module

from bench.commands.exit_codes import INTERRUPTED
from bench.commands.interrupt import end_soon_when_interrupted
from bench.commands.streams import outlive_readers

__all__ = ["main"]


def main() -> None:
    """Run the command; Ctrl-C and a termination signal both shut it down in order, and within seconds in any case."""
    outlive_readers()
    end_soon_when_interrupted()
    try:
        from bench.commands.ending import exit_with
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(INTERRUPTED)
    exit_with(lambda: import_module("bench.cli").cli(standalone_mode=False))
