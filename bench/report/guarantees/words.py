"""Describes a cell of the matrix: in a few words for a table, and in a sentence with all counts."""

from collections.abc import Iterable, Sequence

from bench.records.matrix import AttemptRecord, Cell, Group, Outcome
from bench.text.cleaning import clean, first_line
from bench.text.numbers import MISSING, duration, plural

__all__ = [
    "GROUPS",
    "MEANING",
    "WORDS",
    "counts",
    "detail",
    "findings",
    "sentence",
    "tasks_named",
    "times_s",
    "worst",
]

GROUPS: dict[Group, str] = {
    "worker": "Worker",
    "server": "Server",
    "network": "Network",
    "producer": "Producer",
    "semantics": "Semantics",
}
MEANING: dict[Outcome, str] = {
    "kept": "no promise of the tier was broken",
    "allowed": "accepted tasks were lost, which the fast tier allows",
    "broken": "a promise of the tier was broken: tasks were lost, the worker stopped consuming, or as its section says",
    "shown": "no tier promises anything here, or your own limit prevented the fault: the cell shows what happens",
    "not run": "it could not be run, so nothing is known; its section says why",
}
WORDS = {
    "lost N/M": "N of M accepted tasks never finished",
    "N twice": "N tasks started more often than they should",
    "N limited": "your own time limits or expiry ended N tasks",
    "N unknown": "N tasks expired at the broker or were lost, which cannot be told",
    "back N s": "an open task started again N s after the fault",
    "N refused": "apply_async raised for N tasks",
    "stopped": "the worker did not start consuming again in time",
}
_WORST_FIRST: Sequence[Outcome] = ("not run", "broken", "allowed", "kept", "shown")
_MOST_RUNS = 6


def detail(cell: Cell) -> str:
    """Return the most important figures of a cell in a few characters; empty if there are none."""
    attempts = cell.attempts
    if cell.outcome == "not run" or not attempts:
        return ""
    worst = []
    if stops := sum(one.stopped for one in attempts):
        worst.append("stopped" if stops == len(attempts) else f"stopped {stops} of {len(attempts)}")
    if any(one.lost for one in attempts):
        worst.append(f"lost {_short([len(one.lost) for one in attempts])}/{max(one.sent for one in attempts)}")
    if any(one.limited for one in attempts):
        worst.append(f"{_short([len(one.limited) for one in attempts])} limited")
    if any(one.unknown for one in attempts):
        worst.append(f"{_short([len(one.unknown) for one in attempts])} unknown")
    return ", ".join(worst or _lesser(attempts))


def _lesser(attempts: list[AttemptRecord]) -> list[str]:
    """Return the figures to show if nothing was lost and no worker stopped."""
    twice = [len(one.duplicated) for one in attempts]
    back_s = [round(one.back_s) for one in attempts if one.back_s is not None]
    refused = [one.refused for one in attempts]
    found = [f"{_short(refused)} refused"] if any(refused) else []
    found += [f"{_short(twice)} twice"] if any(twice) else []
    return [*found, f"back {_short(back_s) if any(back_s) else '<1'} s"] if back_s else found


def _short(numbers: list[int]) -> str:
    least, most = min(numbers), max(numbers)
    return f"{least}" if least == most else f"{least}-{most}"


def sentence(cell: Cell) -> str:
    """Return all counts of a cell's attempts, or why it was not run."""
    if cell.outcome == "not run":
        return f"not run: {first_line(cell.why) or 'no reason given'}"
    attempts = cell.attempts
    parts = [f"{counts(one.sent for one in attempts)} accepted"]
    parts += [f"{counts(numbers)} {what}" for what, numbers in _counted(attempts).items() if any(numbers)]
    parts += ["none lost"] if not any(one.lost for one in attempts) else []
    if stops := sum(one.stopped for one in attempts):
        parts.append(f"the worker stopped consuming in {stops} of {plural(len(attempts), 'attempt')}")
    back_s, recovered_s = [one.back_s for one in attempts], [one.recovered_s for one in attempts]
    parts += [f"the last open task started {times_s(back_s)} after the fault"] if _known(back_s) else []
    parts += [f"consuming again after {times_s(recovered_s)}"] if _known(recovered_s) else []
    return "; ".join(parts)


def _counted(attempts: list[AttemptRecord]) -> dict[str, list[int]]:
    return {
        "refused": [one.refused for one in attempts],
        "unanswered": [one.unanswered for one in attempts],
        "lost": [len(one.lost) for one in attempts],
        "duplicated": [len(one.duplicated) for one in attempts],
        "ended by your own limits": [len(one.limited) for one in attempts],
        "expired at the broker or lost": [len(one.unknown) for one in attempts],
        "late": [len(one.late) for one in attempts],
        "uninvited": [len(one.uninvited) for one in attempts],
    }


def findings(cell: Cell) -> list[str]:
    """Return the findings of the attempts, each once."""
    return list(dict.fromkeys(clean(one.finding) for one in cell.attempts if one.finding))


def counts(numbers: Iterable[int]) -> str:
    """Return equal numbers as one, and others as ``1 to 3``."""
    known = sorted(numbers)
    return f"{known[0]:,}" if known[0] == known[-1] else f"{known[0]:,} to {known[-1]:,}"


def times_s(seconds: Iterable[float | None]) -> str:
    """Return the known times as one time or as a range."""
    known = sorted(_known(seconds))
    if not known:
        return MISSING
    low, high = duration(1e9 * known[0]), duration(1e9 * known[-1])
    same_unit = low.split()[-1] == high.split()[-1]
    return low if low == high else f"{low.split()[0] if same_unit else low} to {high}"


def _known(seconds: Iterable[float | None]) -> list[float]:
    return [one for one in seconds if one is not None]


def worst(cell: Cell) -> int:
    """Return the index of the attempt to show: the worst outcome, then the most lost and repeated tasks."""
    places = range(len(cell.attempts))
    return min(places, key=lambda place: _badness(cell.attempts[place]), default=0)


def _badness(attempt: AttemptRecord) -> tuple[int, bool, int, int, float]:
    return (
        _WORST_FIRST.index(attempt.outcome),
        not attempt.stopped,
        -len(attempt.lost),
        -len(attempt.duplicated),
        -(attempt.back_s or 0.0),
    )


def tasks_named(numbers: Iterable[int]) -> str:
    """Return ``task 3`` or ``tasks 0, 2-5 and 9``; if that is long, only how many tasks of which range."""
    known = sorted(set(numbers))
    runs: list[list[int]] = []
    for number in known:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    if len(runs) > _MOST_RUNS:
        return f"{len(known)} of the tasks {known[0]}-{known[-1]}"
    names = [name for run in runs for name in _run(run)]
    named = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"{'task' if len(known) == 1 else 'tasks'} {named}"


def _run(run: list[int]) -> list[str]:
    """Return the names of consecutive numbers; three or more are a range."""
    return [f"{run[0]}-{run[-1]}"] if len(run) > 2 else [str(number) for number in run]  # noqa: PLR2004
