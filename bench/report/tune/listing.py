"""Lists what can be tuned on a subject, and what is left out."""

from collections.abc import Iterator
from itertools import groupby

from rich.console import Console
from rich.padding import Padding

from bench.report.tune.words import goal_words, value_text
from bench.text.cleaning import clean, terminal_text
from bench.tune.celery_settings import UNFELT
from bench.tune.tuning import Prepared

__all__ = ["print_tunables"]


def print_tunables(prepared: Prepared, console: Console) -> None:
    """Print each setting with its values, what it does and may cost; then what is left out, and why."""
    label, goal = clean(prepared.present.subject.label), goal_words(prepared.tuning.goal.record())
    if not prepared.choice.candidates:
        console.print(terminal_text(f"Nothing is left to try on {label} for {goal}.", console, "bold"))
    _print(console, f"What can be tuned on {label} for {goal}", _tried(prepared))
    _print(console, "Left out, and why", _left_out(prepared))
    unfelt = ((name, why) for name, why in sorted(UNFELT.items()))
    _print(console, "Never tried", unfelt)


def _print(console: Console, head: str, told: Iterator[tuple[str, str]]) -> None:
    for place, (name, text) in enumerate(told):
        if place == 0:
            console.print(terminal_text(head, console, "bold underline"))
        console.print(terminal_text(name, console, "bold"), soft_wrap=True)
        console.print(Padding(terminal_text(text, console), (0, 0, 0, 4)))


def _tried(prepared: Prepared) -> Iterator[tuple[str, str]]:
    for name, some in groupby(prepared.choice.candidates, key=lambda one: one.name):
        same = list(some)
        tunable = same[0].tunable
        now, values = value_text(name, same[0].before), ", ".join(value_text(name, one.value) for one in same)
        costs = f" It may cost: {tunable.costs}." if tunable.costs else ""
        does = f"{name.rpartition('.')[2]} {tunable.does}."
        yield f"{clean(name)}: {now} today, tries {values}", clean(f"{does}{costs}")


def _left_out(prepared: Prepared) -> Iterator[tuple[str, str]]:
    for one in prepared.choice.left_out:
        shown = f"{clean(one.name)}={value_text(one.name, one.value)}" if one.has_value else clean(one.name)
        yield shown, clean(one.why)
