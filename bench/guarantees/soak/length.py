"""How long a soak lasts: a time, or a number of tasks."""

import re
from dataclasses import dataclass

from bench.text.numbers import timeout_text

__all__ = ["SoakLength", "soak_length"]

_UNITS_S = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}
_LEAST_S, _MOST_S = 10, 7 * 86_400
_LEAST_TASKS, _MOST_TASKS = 100, 100_000_000
_FORM = "use a time (90s, 10m, 8h) or a number of tasks (50000tasks)"


@dataclass(frozen=True, kw_only=True)
class SoakLength:
    """Either ``seconds`` or ``tasks``."""

    seconds: float | None = None
    tasks: int | None = None

    def tasks_at(self, rate_per_s: float) -> int:
        """Return how many tasks are sent at that rate."""
        return self.tasks or max(1, round((self.seconds or 0.0) * rate_per_s))

    def __str__(self) -> str:
        return f"{self.tasks:,} tasks" if self.tasks else timeout_text(self.seconds or 0.0)


def soak_length(text: str) -> SoakLength:
    """Read a length such as ``90s``, ``10m``, ``8h`` or ``50000tasks``. Raises ValueError."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?) *([a-z]*)", text.strip())
    if found and found[2] in ("task", "tasks") and found[1].isdigit():
        tasks = int(found[1])
        if not _LEAST_TASKS <= tasks <= _MOST_TASKS:
            raise ValueError(f"a soak has {_LEAST_TASKS} to {_MOST_TASKS:,} tasks, not {tasks:,}: {_FORM}")
        return SoakLength(tasks=tasks)
    if not found or found[2] not in _UNITS_S:
        raise ValueError(f"{text[:40]!r} is not how long to soak: {_FORM}")
    seconds = float(found[1]) * _UNITS_S[found[2]]
    if not _LEAST_S <= seconds <= _MOST_S:
        raise ValueError(f"a soak lasts from {_LEAST_S} s to 7 days, not {text[:40]!r}: {_FORM}")
    return SoakLength(seconds=seconds)
