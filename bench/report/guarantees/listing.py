"""Lists the faults, for choosing among them."""

import textwrap
from collections.abc import Iterable

from rich.console import Console

from bench.records.matrix import FaultRecord
from bench.report.guarantees.words import GROUPS
from bench.text.cleaning import terminal_text

__all__ = ["print_faults"]

_WIDTH = 80
_LEGEND = "* runs with --quick"


def print_faults(faults: Iterable[FaultRecord], quick: Iterable[str], console: Console) -> None:
    """Print each fault's name and title under its group; those named in ``quick`` have a mark."""
    known, marked = list(faults), set(quick)
    indent = max((len(fault.name) for fault in known), default=0) + 4
    for group, title in GROUPS.items():
        own = [fault for fault in known if fault.group == group]
        if own:
            console.print(terminal_text(title, console, "bold"))
        for fault in own:
            mark = "*" if fault.name in marked else " "
            for line in _lines(f"{mark} {fault.name}", fault.title, indent):
                console.print(terminal_text(line, console), soft_wrap=True)
    console.print(terminal_text(_LEGEND, console, "dim"))


def _lines(name: str, title: str, indent: int) -> list[str]:
    return textwrap.wrap(f"{name:{indent}}{title}", _WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False)
