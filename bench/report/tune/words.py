"""How settings, gains and goals are named in the reports of a tuning."""

import json
from collections.abc import Iterable
from typing import Any

from bench.records.figures import Estimate
from bench.records.tune import GoalName, GoalPart, GoalRecord, Setting, StageName, TuneRecord
from bench.report.wording import joined
from bench.text.cleaning import clean, clean_value
from bench.text.numbers import Figure, duration_figure, number, number_figure, rate_figure

__all__ = [
    "STAGES",
    "counted",
    "figure_of",
    "goal_of",
    "goal_words",
    "named",
    "short",
    "title_of",
    "value_text",
]

_WHAT: dict[GoalName, str] = {
    "enqueue": "an enqueue",
    "throughput": "worker throughput",
    "latency": "p99 latency",
    "cpu": "CPU time of a task",
    "dollars": "price of a task",
}
STAGES: dict[StageName, str] = {
    "screening": "Each alone",
    "combining": "Together, and other values",
    "ablation": "The best without one",
    "confirmation": "Confirmation",
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def value_text(name: str, value: Any) -> str:
    """Return a value as in a SPEC of ``ab``: ``0.1``, ``true``, ``null``."""
    if isinstance(value, str):
        return clean_value(name, value)
    return clean(json.dumps(value, default=str))


def named(setting: Setting) -> str:
    """Return ``broker_transport_options.polling_interval=0.1``."""
    return f"{clean(setting.name)}={value_text(setting.name, setting.value)}"


def short(settings: Iterable[Setting]) -> str:
    """Return settings by the last part of their names: ``polling_interval=0.1 + pool=threads``."""
    return " + ".join(f"{clean(one.name).rpartition('.')[2]}={value_text(one.name, one.value)}" for one in settings)


def counted(count: int, one: str) -> str:
    """Return a small number in words: ``two settings``."""
    many = one if count == 1 else f"{one}s"
    return f"{_NUMBERS[count] if count < len(_NUMBERS) else f'{count:,}'} {many}"


def goal_of(record: TuneRecord) -> str:
    """Return what was to improve: ``worker throughput``; of several, ``throughput (weight 2) and enqueue``."""
    return goal_words(record.goal)


def goal_words(goal: GoalRecord) -> str:
    """Return a goal in words."""
    parts = goal.parts
    if len(parts) == 1:
        return _part(parts[0])
    weighted = len({part.weight for part in parts}) > 1
    return joined([f"{one.name}{f' (weight {one.weight:g})' if weighted else ''}" for one in parts])


def _part(part: GoalPart) -> str:
    at = f" at {number(part.rate_per_s)} tasks a second" if part.rate_per_s else ""
    return f"{_WHAT[part.name]}{at}"


def title_of(record: TuneRecord) -> str:
    """Return what was tuned: ``sqs (ministack)``."""
    subject = record.subject
    emulated = f" ({clean(subject.server.software)})" if subject.server and subject.server.emulator else ""
    return f"{clean(subject.label)}{emulated}"


def figure_of(name: GoalName, estimate: Estimate | None) -> Figure:
    """Return a figure of a goal, in its unit."""
    if name == "throughput":
        return rate_figure(estimate)
    return number_figure(estimate) if name == "dollars" else duration_figure(estimate)
