"""What a bisection found, in sentences that claim no more than what was tried."""

from bench.ab.bisection import Bisection, Turn
from bench.text.cleaning import clean
from bench.text.numbers import ratio_text

__all__ = ["found_by"]


def found_by(search: Bisection, package: str) -> list[str]:
    """Return the answer, and what speaks against a single change or was not tried."""
    name, first, last = clean(package), clean(search.releases[0]), clean(search.releases[-1])
    if search.unsure:
        return [f"Whether {name} {last} is worse than {first} is not certain: see the reasons above."]
    if not search.is_worse:
        return [f"{name} {last} is not worse than {first}.", *_untried(search, "A release in between may be worse")]
    turns = search.turns
    answer = _one_change(search, turns[0], name) if len(turns) == 1 else _changes(turns, name)
    return [answer, *_unlike(search), *_untried(search, "The answer assumes that each is as its neighbours are")]


def _one_change(search: Bisection, turn: Turn, name: str) -> str:
    run = f"tried and worse: {_listed(search.bad)}; {clean(turn.before)} is not worse"
    if turn.between:
        return f"{name} gets worse with {clean(turn.after)}, or with one of {_listed(turn.between)} ({run})."
    return f"{name} {clean(turn.after)} is the first of a run of releases that are worse ({run})."


def _changes(turns: list[Turn], name: str) -> str:
    """Return every change that was seen: the worst error would be to call the first one the only one."""
    parts = [
        f"{'worse' if turn.worse else 'good again'} from {clean(turn.after)} on"
        f"{f', or from one of {_listed(turn.between)}' if turn.between else ''} ({clean(turn.before)} is "
        f"{'not' if turn.worse else 'worse'})"
        for turn in turns
    ]
    return f"{name} changes more than once: {'; '.join(parts)}."


def _unlike(search: Bisection) -> list[str]:
    if search.unlike is None:
        return []
    ends = " and ".join(f"{clean(one)} {ratio_text(search.ratio_of(one))}" for one in search.unlike)
    return [
        f"There may be more than one change: the releases that are worse are not equally so ({ends} of the good one)."
    ]


def _untried(search: Bisection, why: str) -> list[str]:
    return [f"Not tried: {_listed(search.untried)}. {why}."] if search.untried else []


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(map(clean, names))
