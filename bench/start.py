"""Where the program ``brokerbench`` begins: an interrupt is one line also while its libraries are still being read."""

import sys

from bench.commands.exit_codes import INTERRUPTED
from bench.commands.interrupt import end_soon_when_interrupted

__all__ = ["main"]


def main() -> None:
    """Run the command."""
    end_soon_when_interrupted()
    try:
        from bench.cli import main as run
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(INTERRUPTED)
    run()
