"""The command ``brokerbench``, also as ``python -m brokerbench``."""

import sys
from importlib import import_module

from brokerbench import put_on_path

__all__ = ["main"]


def main() -> None:
    """Run the command."""
    put_on_path()
    import_module("bench.start").main()


if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the working folder: a library's name there would stand for the library
    main()
