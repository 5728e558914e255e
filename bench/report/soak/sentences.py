"""The answer of a soak, in at most five sentences, and what it did, a sentence for each subject."""

from collections import Counter

from bench.figures.disturbance import then_busy
from bench.guarantees.soak.quantities import Quantity, quantity_named
from bench.records.figures import Estimate
from bench.records.soak import Drift, Soak, SoakOutcome, SoakRun
from bench.text.cleaning import clean, first_line
from bench.text.numbers import Figure, number, number_figure, plural, rate, size, size_figure, timeout_text

__all__ = ["answer", "change_figure", "drift_sentence", "length_of", "level", "notes_of", "reading_of", "run_sentence"]

_MOST_SENTENCES = 4
_THOUSAND = 1000
_GIB = 1 << 30
_MANY = 1000  # more of something that is counted


def length_of(soak: Soak) -> str:
    """Return how long each subject was to be soaked: ``10 min``, ``50,000 tasks``."""
    return f"{soak.asked_tasks:,} tasks" if soak.asked_tasks else timeout_text(soak.asked_s or 0)


def answer(soak: Soak) -> list[str]:
    """Return the answer in at most five sentences."""
    counts = Counter(run.outcome for run in soak.runs)
    words: dict[SoakOutcome, str] = {
        "broken": "broken",
        "drifts": "with drift",
        "steady": "steady",
        "unclear": "unclear",
        "not run": "not run",
    }
    counted = ", ".join(f"{counts[outcome]} {word}" for outcome, word in words.items() if counts[outcome])
    subjects = plural(len(soak.runs), "subject")
    sentences = [sentence for run in soak.runs for sentence in _found(run)]
    shown = sentences if len(sentences) <= _MOST_SENTENCES else sentences[: _MOST_SENTENCES - 1]
    more = len(sentences) - len(shown)
    also = [f"And {more} more: see the table."] if more else []
    return [f"A soak of {subjects}, {length_of(soak)} each: {counted}.", *shown, *also]


def _found(run: SoakRun) -> list[str]:
    """Return what is broken, what drifts, and why a subject was not run."""
    name, found = clean(run.subject), []
    if run.lost:
        allowed = "" if run.outcome == "broken" else ", which its tier allows"
        found.append(f"{name}: lost {run.lost:,} of {run.accepted:,} accepted tasks{allowed}.")
    if run.why:
        found.append(f"{name}: {first_line(run.why).rstrip('.')}.")
    return [*found, *(f"{name}: {drift_sentence(drift)}." for drift in run.drifting)]


def drift_sentence(drift: Drift) -> str:
    """Return what drifts, by how much, from which value to which, and what that comes to."""
    quantity = quantity_named(drift.quantity)
    falls = (drift.slope or 0) < 0
    verb = f"{'fall' if falls else 'grow'}{'' if quantity.plural else 's'}"
    by = f"{_by(drift, quantity)}, from {level(drift.first, quantity)} to {level(drift.last, quantity)}"
    return f"{quantity.words} {verb} by {by}{_comes_to(drift, quantity)}"


def _by(drift: Drift, quantity: Quantity) -> str:
    """Return ``1.1 KiB a task (0.9 to 1.2)``, or a change for 1,000 tasks, or for a reconnect."""
    sign = 1 if (drift.slope or 0) >= 0 else -1
    if quantity.unit == "bytes":
        figure, each = size_figure(_estimate(drift, 1, sign)), "a task"
    elif drift.per == "reconnect":
        figure, each = number_figure(_estimate(drift, 1, sign)), "a reconnect"
    else:
        figure, each = number_figure(_estimate(drift, _THOUSAND, sign)), "per 1,000 tasks"
    return f"{figure.text} {each} ({figure.interval})"


def _estimate(drift: Drift, times: float, sign: int = 1) -> Estimate | None:
    if drift.slope is None or drift.low is None or drift.high is None:
        return None
    low, high = sorted((sign * times * drift.low, sign * times * drift.high))
    return Estimate(value=sign * times * drift.slope, low=low, high=high)


def _comes_to(drift: Drift, quantity: Quantity) -> str:
    """Return after how many tasks the growth is large: 1 GiB, or 1,000 more."""
    if not drift.slope or drift.slope < 0 or quantity.unit == "rate":
        return ""
    large, words = (_GIB, "1 GiB") if quantity.unit == "bytes" else (_MANY, f"{_MANY:,} more")
    return f": {words} after {_rounded(large / drift.slope)} {drift.per}s"


def _rounded(tasks: float) -> str:
    """Return a number of tasks with two significant digits."""
    return f"{float(f'{tasks:.2g}'):,.0f}"


def level(value: float | None, quantity: Quantity) -> str:
    """Return a value of the quantity with its unit."""
    if value is None:
        return ""
    return {"bytes": size, "count": number, "rate": rate}[quantity.unit](value)


def change_figure(drift: Drift) -> Figure:
    """Return the change for 1,000 tasks, or for a reconnect, with its interval."""
    estimate = _estimate(drift, _THOUSAND if drift.per == "task" else 1)
    return size_figure(estimate) if quantity_named(drift.quantity).unit == "bytes" else number_figure(estimate)


def run_sentence(run: SoakRun) -> str:
    """Return what happened to the tasks of a subject, at which rate, and how often it had to reconnect."""
    name = clean(run.subject)
    if run.rate_per_s is None:
        return f"{name}: not run"
    sent = f"at {number(run.rate_per_s)} tasks a second, {_share(run)}"
    ledger = [f"{run.finished:,} of {run.accepted:,} accepted tasks finished", f"{run.lost:,} lost"]
    ledger += [f"{run.duplicated:,} ran again"]
    ledger += [f"{run.uninvited:,} uninvited"] if run.uninvited else []
    ledger += [f"{run.refused:,} refused"] if run.refused else []
    ledger += [f"{run.unfinished:,} still open"] if run.unfinished else []
    resets = plural(run.reconnects, "reconnect") if not run.why_no_reconnects else "no reconnects"
    return f"{name}: {sent}; {', '.join(ledger)}; {resets}"


def _share(run: SoakRun) -> str:
    if run.capacity_per_s is None:
        return "a third of what it drained: it sustained no rate that was tried"
    return f"half of the {number(run.capacity_per_s)} that it sustains"


def notes_of(soak: Soak) -> list[str]:
    """Return what to know before trusting the figures."""
    notes = [clean(warning) for warning in soak.warnings]
    if soak.status == "interrupted":
        notes.insert(0, "interrupted: the figures cover what was measured until then")
    notes += [
        f"{clean(run.subject)}: no connection was reset: {clean(run.why_no_reconnects)}"
        for run in soak.runs
        if run.why_no_reconnects
    ]
    emulators = [one.label for one in soak.subjects if one.is_emulated]
    if emulators:
        notes.append(f"{', '.join(map(clean, emulators))}: the server is an emulator, whose own memory shows nothing")
    notes += [
        f"{clean(run.subject)}: more and more tasks waited: it did not keep up with half of what it sustained before, "
        "or other programs were in its way; what the server holds is not judged"
        for run in soak.runs
        if run.fell_behind
    ]
    machine = soak.environment
    if beside := then_busy(machine.other_cores, machine.cores_allowed):
        notes.append(beside)
    short = [clean(run.subject) for run in soak.runs if _is_unclear(run)]
    if short:
        notes.append(f"{', '.join(short)}: some quantities could not be judged (?): soak for longer")
    return notes


def _is_unclear(run: SoakRun) -> bool:
    return not run.fell_behind and any(drift.verdict == "unclear" for drift in run.drifts)


def reading_of() -> str:
    """Return how to read the table."""
    return (
        "Change: in the second half of the run, for each 1,000 tasks (or a reconnect, where it says so), with a 99 % "
        "interval. A quantity drifts if its "
        "change is certain, goes on until the end, and is large enough to matter; what only warms up does not."
    )
