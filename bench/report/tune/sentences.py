"""The answer of a tuning, in at most six sentences, and the notes below it."""

from bench.records.gain import Gain
from bench.records.tune import PromiseRecord, Tried, TuneRecord
from bench.report.tune.words import counted, figure_of, goal_of, named, short, title_of
from bench.report.wording import joined, with_dry
from bench.text.cleaning import clean
from bench.text.numbers import limit_text, ratio_figure

__all__ = ["answer", "bad", "break_words", "gain_words", "good", "notes_of", "promises_with", "reading_of"]

_MOST_NAMED = 2
_OF_WORKER = {"pool", "concurrency"}
"""What every fault chooses itself."""


def answer(record: TuneRecord) -> list[str]:
    """Return the answer in at most six sentences, the conclusion first."""
    head, rest = {
        "helps": _helps,
        "breaks a limit": _breaks,
        "nothing helps": _nothing,
        "unclear": _unclear,
        "not measured": _not_measured,
    }[record.outcome](record)
    told = [with_dry(f"{title_of(record)}: {head}", record.workload), *rest]
    return [*told, *_reason(record), *_emulated(record)]


def good(record: TuneRecord) -> bool:
    """Return whether better settings are confirmed and give nothing up."""
    return record.outcome == "helps" and not promises_with(record, "traded")


def bad(record: TuneRecord) -> bool:
    """Return whether settings that gain break something: a limit, or a promise."""
    return record.outcome == "breaks a limit" or bool(promises_with(record, "traded"))


def promises_with(record: TuneRecord, verdict: str) -> list[PromiseRecord]:
    """Return the guarantees with that verdict."""
    return [one for one in record.promises if one.verdict == verdict]


def gain_words(gain: Gain, record: TuneRecord) -> str:
    """Return what a gain is of, with its interval: ``worker throughput 41x (38 to 44) of today's``."""
    what, figure = goal_of(record), str(ratio_figure(gain))
    parts = record.goal.parts
    if len(parts) > 1:
        return f"{what} together {figure} as good as today"
    return {
        "enqueue": f"{what} is {figure} as fast as today",
        "throughput": f"{what} {figure} of today's",
        "latency": f"{what} is {figure} better than today's",
        "cpu": f"{what} is {figure} better than today's",
        "dollars": f"{what} is {figure} better than today's",
    }[parts[0].name]


def _helps(record: TuneRecord) -> tuple[str, list[str]]:
    confirmed = record.confirmed
    assert confirmed is not None  # noqa: S101 - the record's own rule
    by = counted(len(record.lines), "setting")
    if len(record.lines) > 1 and any(
        not line.contribution or not line.contribution.is_certain for line in record.lines
    ):
        by = f"{by} together, not each of which certainly adds to it"
    return f"{gain_words(confirmed, record)}, by {by}; {_given_up(record)}.", [
        f"That is confirmed in fresh processes with another seed: {_figures(record)}.{_searched(record)}",
        *_trades(record),
        *_limits(record),
    ]


def _figures(record: TuneRecord) -> str:
    """Return each figure today and with the new settings: ``3.98 tasks/s today, 158 with the new settings``."""
    each = [
        f"{clean(one.figure)} {figure_of(one.name, one.present).text} today, "
        f"{figure_of(one.name, one.tuned).text} with the new settings"
        for one in record.figures
        if one.present and one.tuned
    ]
    return "; ".join(each) or "each figure is in --json"


def _searched(record: TuneRecord) -> str:
    if record.searched is None:
        return ""
    return f" The search had found {ratio_figure(record.searched).text}, which is what chose them."


def _given_up(record: TuneRecord) -> str:
    """Return what happens to the guarantees, as a clause."""
    if traded := promises_with(record, "traded"):
        return f"but that trades a guarantee away: {_names(traded)}"
    unclear, missing = promises_with(record, "unclear"), promises_with(record, "not played")
    if unclear:
        return f"whether {_names(unclear)} {'is' if len(unclear) == 1 else 'are'} as before is unclear"
    if missing and len(missing) == len(record.promises):
        return f"what they change of {_names(missing)} was not played"
    if missing:
        return f"nothing lost in what was played, and {_names(missing)} not played"
    return "nothing lost that was kept before" if record.promises else _without_promises(record)


def _without_promises(record: TuneRecord) -> str:
    if any(line.setting.name in _OF_WORKER for line in record.lines):
        return f"no fault can show what {'they change' if len(record.lines) > 1 else 'it changes'} of the guarantees"
    return "no guarantee depends on them"


def _names(promises: list[PromiseRecord]) -> str:
    names = [clean(one.fault) for one in promises]
    more = len(names) - _MOST_NAMED
    return joined([*names[:_MOST_NAMED], f"{more} more"]) if more > 0 else joined(names)


def _trades(record: TuneRecord) -> list[str]:
    traded = promises_with(record, "traded")
    if not traded:
        return []
    one, more = traded[0], len(traded) - 1
    others = f" (and {more} more, below)" if more else ""
    return [f"Traded away, {clean(one.fault)}: {break_words(one)}{others}."]


def break_words(one: PromiseRecord) -> str:
    """Return a guarantee today and with the new settings."""
    return f"{clean(one.before) or '?'} today, {clean(one.after) or '?'} with the new settings"


def _limits(record: TuneRecord) -> list[str]:
    open_ = [clean(one.limit.text) for one in record.limits if one.verdict != "kept"]
    kept = [clean(one.limit.text) for one in record.limits if one.verdict == "kept"]
    if open_:
        return [f"Whether they keep {joined(open_)} is not certain."]
    return [f"They keep {joined(kept)}."] if kept else []


def _breaks(record: TuneRecord) -> tuple[str, list[str]]:
    broken = joined([clean(one.limit.text) for one in record.limits if one.verdict == "broken"])
    gain = (
        f"{gain_words(record.confirmed, record)} with {_found(record)}; but that" if record.confirmed else "what gains"
    )
    told = "So there are no lines to copy: loosen the limit, or keep the present settings."
    return f"{gain} breaks the limit {broken or 'that you set'}.", [told]


def _nothing(record: TuneRecord) -> tuple[str, list[str]]:
    failed = [short(one.settings) for one in record.tried if one.fate == "failed"]
    without = [f"That leaves out what failed: {joined(failed[:_MOST_NAMED])}, and why is below."] if failed else []
    return f"nothing helps: {clean(record.why)}.", ["Keep the present settings.", *without]


def _unclear(record: TuneRecord) -> tuple[str, list[str]]:
    return f"inconclusive: {clean(record.why)}.", [*_unconfirmed(record)]


def _not_measured(record: TuneRecord) -> tuple[str, list[str]]:
    return f"not measured to the end: {clean(record.why)}.", [*_unconfirmed(record)]


def _unconfirmed(record: TuneRecord) -> list[str]:
    """Return the best of the search, and that it is not confirmed."""
    best = record.found or _best(record)
    told = []
    if record.confirmed:
        told.append(f"The confirmation found {ratio_figure(record.confirmed)} for {_found(record)}.")
    if best and best.gain:
        told.append(
            f"In the search, {short(best.settings)} seemed to gain {ratio_figure(best.gain).text}. That is not "
            "confirmed: the best of many tries looks better than it is."
        )
    return told


def _best(record: TuneRecord) -> Tried | None:
    kept = [one for one in record.tried if one.gain and one.fate == "kept" and one.gain.value > 1 + record.margin]
    return max(kept, key=lambda one: one.gain.value if one.gain else 0.0, default=None)


def _found(record: TuneRecord) -> str:
    return short(record.tested) if record.tested else "what was found"


def _reason(record: TuneRecord) -> list[str]:
    """Return why the present figure is what it is: the main reason that was seen."""
    return [f"Today's {one.metric.replace('-', ' ')}: {clean(one.text)}." for one in record.reasons[:1]]


def _emulated(record: TuneRecord) -> list[str]:
    server = record.subject.server
    if not server or not server.emulator:
        return []
    name, broker = clean(server.software), clean(record.subject.broker)
    return [f"An emulator ({name}) stood in for {broker}: how much it gains at the real service, this cannot say."]


def notes_of(record: TuneRecord) -> list[str]:
    """Return what to know before trusting the figures."""
    notes = [clean(warning) for warning in (*record.warnings, *record.environment.lost_here)]
    if record.held:
        held = joined([named(one) for one in record.held])
        notes.insert(0, f"everything was measured with {held}, which is held and not among the lines to copy")
    if record.status == "interrupted":
        notes.insert(0, "interrupted: this is what was measured until then")
    return notes


def reading_of(record: TuneRecord) -> str:
    """Return how to read the gains."""
    return (
        "Gains: how many times better than the present settings, with 95 % intervals and the number of sets of "
        "fresh processes; ?: not certain. Those of the search chose the settings, and flatter them. Differences up to "
        f"{limit_text(record.margin)} count as none."
    )
