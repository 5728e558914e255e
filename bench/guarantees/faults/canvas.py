"""A chain of three tasks, and a chord: three tasks and another one that runs when all three have ended.

The worker sends the next task of a chain when the previous one ends. A result backend counts the tasks of a chord; here
all brokers use the same one. Every task must run once, and not before the tasks that it waits for. Source: "Canvas:
Designing Work-flows" in Celery's user guide.
"""

from functools import partial
from itertools import pairwise

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.ledger import Ledger
from bench.subject.recorder import FINISHED, STARTED
from brokers.protocol import Settings

__all__ = ["FAULTS"]

_STEP_S = 0.1
_RESULTS: Settings = {"result_backend": "lent", "task_ignore_result": False, "result_expires": 60}


def _run(attempt: Attempt, shape: str, steps: int) -> Observation:
    attempt.worker()
    numbers = attempt.numbered(steps)
    step = attempt.scene.task("tasks.sleep", [min(_STEP_S, attempt.scene.time_limit_s() / 2)])
    attempt.command("canvas", first=numbers.start, shape=shape, steps=[step] * steps)
    attempt.settle()
    attempt.scene.pause(1.0)  # nothing more should come
    ledger = attempt.ledger()
    if ledger.limited:  # what would have followed was never sent
        attempt.never_sent(set(numbers) - ledger.numbers(STARTED))
    runs = [len(ledger.starts(number)) for number in numbers]
    once = runs == [1] * steps
    ordered = once and _in_order(ledger, shape, list(numbers))
    repeated = f"its tasks run {', '.join(map(str, runs))} times"
    return Observation(
        f"every task runs once, {'in order' if ordered else 'not in order'}" if once else repeated,
        kept=ordered,
        figures={"runs": float(sum(runs))},
    )


def _in_order(ledger: Ledger, shape: str, numbers: list[int]) -> bool:
    """Return whether each task, which ran once, started after the tasks that it waits for had ended."""
    if shape == "chord":
        return all(_follows(ledger, numbers[-1], header) for header in numbers[:-1])
    return all(_follows(ledger, later, earlier) for earlier, later in pairwise(numbers))


def _follows(ledger: Ledger, later: int, earlier: int) -> bool:
    ends = ledger.of(FINISHED, earlier)
    return bool(ends) and ends[0].at_ns < ledger.starts(later)[0].at_ns


def _fault(shape: str, title: str, steps: int, settings: Settings) -> Fault:
    return Fault(
        name=shape,
        group="semantics",
        title=title,
        about=__doc__ or "",
        run=partial(_run, shape=shape, steps=steps),
        breaks="nothing",
        concurrency=2,
        settings=settings,
        typical_s=20,
    )


FAULTS = (
    _fault("chain", "A chain of three tasks", 3, {}),
    _fault("chord", "A chord of three tasks and its body, with results in a backend", 4, _RESULTS),
)
