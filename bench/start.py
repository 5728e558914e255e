"""Where the program ``brokerbench`` begins: an interrupt is one line also while its libraries are being imported."""

import sys

from bench.commands.exit_codes import INTERRUPTED
from bench.commands.interrupt import end_soon_when_interrupted

__all__ = ["main"]


def main() -> None:
    """Run the command; Ctrl-C and a termination signal end it in the same orderly way, and in any case soon."""
    end_soon_when_interrupted()
    try:
        from bench.cli import cli
        from bench.commands.ending import exit_with
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(INTERRUPTED)
    exit_with(lambda: cli(standalone_mode=False))
