"""A cell of the matrix in words: short ones for a table, and a sentence of all that was counted."""

from collections.abc import Iterable, Sequence

from bench.records.matrix import AttemptRecord, Cell, Group, Outcome
from bench.text.cleaning import clean, first_line
from bench.text.numbers import MISSING, duration

__all__ = [
    "GROUPS",
    "MEANING",
    "WORDS",
    "counts",
    "detail",
    "findings",
    "plural",
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
    "kept": "nothing that the tier promises was broken",
    "allowed": "accepted tasks were lost, and the fast tier allows it",
    "broken": "not what the tier promises: tasks were lost, the worker stopped consuming, or what its section says",
    "shown": "nobody promises anything here: the cell says what happens",
    "not run": "it could not be played, and nothing is known; its section says why",
}
WORDS = {
    "lost 1/9": "one of nine accepted tasks never finished",
    "1 twice": "one task started more often than it should",
    "back 6 s": "an open task started again so long after the fault",
    "2 refused": "apply_async raised for two tasks",
    "stopped": "the worker did not consume again in the time that it was given",
}
_WORST_FIRST: Sequence[Outcome] = ("not run", "broken", "allowed", "kept", "shown")
_MOST_RUNS = 6


def detail(cell: Cell) -> str:
    """Return the most telling figures of a cell in a few characters; nothing where there are none."""
    attempts = cell.attempts
    if cell.outcome == "not run" or not attempts:
        return ""
    worst = []
    if stops := sum(one.stopped for one in attempts):
        worst.append("stopped" if stops == len(attempts) else f"stopped {stops} of {len(attempts)}")
    if any(one.lost for one in attempts):
        worst.append(f"lost {_short([len(one.lost) for one in attempts])}/{max(one.sent for one in attempts)}")
    return ", ".join(worst or _lesser(attempts))


def _lesser(attempts: list[AttemptRecord]) -> list[str]:
    """Return what is told where nothing is lost and nobody stopped."""
    twice = [len(one.duplicated) for one in attempts]
    back_s = [round(one.back_s) for one in attempts if one.back_s is not None]
    refused = [one.refused for one in attempts]
    told = [f"{_short(refused)} refused"] if any(refused) else []
    told += [f"{_short(twice)} twice"] if any(twice) else []
    return [*told, f"back {_short(back_s) if any(back_s) else '<1'} s"] if back_s else told


def _short(numbers: list[int]) -> str:
    least, most = min(numbers), max(numbers)
    return f"{least}" if least == most else f"{least}-{most}"


def sentence(cell: Cell) -> str:
    """Tell all that was counted in a cell's attempts; why, where it was not run."""
    if cell.outcome == "not run":
        return f"not run: {first_line(cell.why) or 'no reason given'}"
    attempts = cell.attempts
    told = [f"{counts(one.sent for one in attempts)} accepted"]
    told += [f"{counts(numbers)} {what}" for what, numbers in _counted(attempts).items() if any(numbers)]
    told += ["none lost"] if not any(one.lost for one in attempts) else []
    if stops := sum(one.stopped for one in attempts):
        told.append(f"the worker stopped consuming in {stops} of {plural(len(attempts), 'attempt')}")
    back_s, recovered_s = [one.back_s for one in attempts], [one.recovered_s for one in attempts]
    told += [f"the last open task started {times_s(back_s)} after the fault"] if _known(back_s) else []
    told += [f"consuming again after {times_s(recovered_s)}"] if _known(recovered_s) else []
    return "; ".join(told)


def _counted(attempts: list[AttemptRecord]) -> dict[str, list[int]]:
    return {
        "refused": [one.refused for one in attempts],
        "unanswered": [one.unanswered for one in attempts],
        "lost": [len(one.lost) for one in attempts],
        "duplicated": [len(one.duplicated) for one in attempts],
        "late": [len(one.late) for one in attempts],
        "uninvited": [len(one.uninvited) for one in attempts],
    }


def findings(cell: Cell) -> list[str]:
    """Return what the attempts found, in words, each once."""
    return list(dict.fromkeys(clean(one.finding) for one in cell.attempts if one.finding))


def counts(numbers: Iterable[int]) -> str:
    """Print the same number once, and others as ``1 to 3``."""
    known = sorted(numbers)
    return f"{known[0]:,}" if known[0] == known[-1] else f"{known[0]:,} to {known[-1]:,}"


def times_s(seconds: Iterable[float | None]) -> str:
    """Print times, those that are known, as one or as a range."""
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
    """Name tasks by their places: ``task 3``, ``tasks 0, 2-5 and 9``; how many where that would be long."""
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
    """Name the numbers of a run, from three on as a range."""
    return [f"{run[0]}-{run[-1]}"] if len(run) > 2 else [str(number) for number in run]  # noqa: PLR2004


def plural(count: int, what: str) -> str:
    """Print ``1 attempt`` and ``3 attempts``."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
