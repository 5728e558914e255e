"""What a tuning prints before it begins, and at the beginning of each stage."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bench.records.tune import StageName
from bench.report.tune.words import goal_words
from bench.text.cleaning import clean
from bench.text.numbers import plural, timeout_text
from bench.tune.tuning import Prepared

__all__ = ["plan_lines", "stage_line"]

_STAGES: dict[StageName, str] = {
    "screening": "screening {}, each alone",
    "combining": "trying {} of what acts, together and with other values",
    "ablation": "taking out each of {} in turn",
    "confirmation": "confirming in fresh processes, with another seed",
}


def plan_lines(prepared: Prepared, promises_s: float) -> Iterator[str]:
    """Yield what is tried for what, and when that ends at the latest."""
    tuning, choice = prepared.tuning, prepared.choice
    names = list(dict.fromkeys(one.name for one in choice.candidates))
    left = f"; {plural(len(choice.left_out), 'setting or value', 'settings or values')} left out (see --list)"
    yield clean(
        f"tuning {prepared.present.subject.label} for {goal_words(tuning.goal.record())}: "
        f"{plural(len(names), 'setting')}, {plural(len(choice.candidates), 'value')}{left if choice.left_out else ''}"
    )
    end = datetime.now() + timedelta(seconds=tuning.budget_s)
    more = f", then guarantees for at most {timeout_text(promises_s)}" if prepared.touches else ""
    latest = f"searching until {end:%H:%M:%S} at the latest ({timeout_text(tuning.budget_s)})"
    yield f"{latest}{more}; Ctrl-C keeps what is known by then"


def stage_line(stage: StageName, sides: int, budget_s: float) -> str:
    """Return what a stage does, and for how long."""
    what = plural(sides, "candidate") if stage == "screening" else plural(max(1, sides - 1), "setting")
    if stage == "combining":
        what = plural(max(1, sides - 1), "combination")
    return f"{_STAGES[stage].format(what)}: at most {timeout_text(budget_s)}"
