"""What a console's screen can do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from bench.text.cleaning import clean, terminal_text

__all__ = ["redraws", "working"]


def redraws(console: Console) -> bool:
    """Return True if lines can be redrawn in place.

    ``FORCE_COLOR`` asks for colours, also in a file, and rich then takes it for a terminal. A cursor cannot move there.
    """
    return console.is_terminal and not console.is_dumb_terminal and console.file.isatty()


@contextmanager
def working(console: Console) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows what a slow step is doing: in one line that is redrawn, else in a line for each."""
    if redraws(console):
        with console.status("") as status:
            yield lambda text: status.update(terminal_text(clean(text), console))
    else:
        yield lambda text: console.print(terminal_text(clean(text), console), soft_wrap=True)
