"""Which settings to try together, once it is known what each does alone."""

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from bench.stats.halving import Standing

__all__ = ["Combination", "combination", "combined", "first_combinations", "leaders", "on_top", "without"]

_MOST_ACTING = 4  # of which all pairs are tried
_MOST_TOGETHER = 14  # combinations: two generations' worth
_MOVED = 1.5  # times better: what limited the figure then is probably something else now


@dataclass(frozen=True)
class Combination:
    """Settings that are tried together, by their dotted names. Two combinations of one label are the same."""

    label: str
    settings: Mapping[str, Any] = field(compare=False)

    def __len__(self) -> int:
        """Return how many settings it has."""
        return len(self.settings)

    def joined(self, other: "Combination") -> "Combination":
        """Return both together; where they set the same, the other one's value."""
        return combination({**self.settings, **other.settings})


def combination(settings: Mapping[str, Any]) -> Combination:
    """Return the combination of these settings, in the order of their names, so that each has one label."""
    ordered = {name: settings[name] for name in sorted(settings)}
    return Combination(" ".join(f"{name}={_shown(value)}" for name, value in ordered.items()), ordered)


def _shown(value: Any) -> str:
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)


def without(whole: Combination, name: str) -> Combination:
    """Return the combination without one setting."""
    return combination({other: value for other, value in whole.settings.items() if other != name})


def first_combinations(candidates: Sequence[tuple[str, Any]]) -> list[Combination]:
    """Return what to try alone, the most promising first.

    First comes each setting with its most promising value (the first one that ``candidates`` have of it), then the
    second values, and so on.
    """
    ranks: dict[str, int] = {}
    ranked = []
    for name, value in candidates:
        ranks[name] = ranks.get(name, -1) + 1
        ranked.append((ranks[name], combination({name: value})))
    return list(dict.fromkeys(one for _, one in sorted(ranked, key=lambda pair: pair[0])))


def leaders(
    standings: Mapping[str, Standing],
    combinations: Sequence[Combination],
    removes: Callable[[Combination], bool] = lambda _: False,
) -> list[Combination]:
    """Return the combinations that have a standing, the best first, each setting with its best value.

    Before all others come those that ``removes`` says remove what the present settings wait for. Others may seem better
    because they were measured in other generations, or avoid that wait only while they are lucky.
    """
    known = [one for one in combinations if one.label in standings]
    found: list[Combination] = []
    for one in sorted(known, key=lambda one: (not removes(one), -standings[one.label].log)):
        if not any(one.settings.keys() <= other.settings.keys() for other in found):
            found.append(one)
    return found[:_MOST_ACTING]


def combined(
    leading: Sequence[Combination],
    best_gain: float,
    others: Sequence[Combination],
    idle: Sequence[Combination],
    partners: Iterable[tuple[str, str]] = (),
) -> list[Combination]:
    """Return what may be better than the first of what acts: pairs, all together, other values, and what is next.

    ``leading`` is what acts, the first, which gains ``best_gain``, before the others. ``others`` are further values of
    settings. ``idle`` seemed to do nothing alone: two of them that are ``partners`` are tried together; and if the
    first gains much, something else is what limits the figure now, so all of them are tried again on top of it. Two
    settings that do nothing alone are only found if they are named as partners.
    """
    names = {name for one in leading for name in one.settings}
    found = [one.joined(two) for one, two in itertools.combinations(leading, 2)]
    if len(leading) > 2:  # noqa: PLR2004 - more than a pair
        found.append(reduce(Combination.joined, leading))
    found += [other for other in others if other.settings.keys() <= names]
    alone: dict[str, Combination] = {}
    for one in (one for one in idle if not one.settings.keys() & names):
        alone.setdefault(next(iter(one.settings)), one)
    found += [alone[one].joined(alone[two]) for one, two in partners if one in alone and two in alone]
    if best_gain >= _MOVED:
        found += [one.joined(leading[0]) for one in alone.values()]
    known = {one.label for one in leading}
    return [one for one in dict.fromkeys(found) if one.label not in known][:_MOST_TOGETHER]


def on_top(
    best: Combination, leading: Sequence[Combination], others: Sequence[Combination], idle: Sequence[Combination]
) -> list[Combination]:
    """Return what may be better than the best together with it: what acts, other values, and what did nothing alone.

    Something else is what limits the figure with the best, so each setting is tried with it, whatever it did alone.
    """
    found = [best.joined(one) for one in leading]
    if len(leading) > 1:
        found.append(reduce(Combination.joined, leading, best))
    names = {name for one in (best, *leading) for name in one.settings}
    found += [best.joined(one) for one in others if one.settings.keys() <= names]
    alone: dict[str, Combination] = {}
    for one in (one for one in idle if not one.settings.keys() & names):
        alone.setdefault(next(iter(one.settings)), one)
    found += [best.joined(one) for one in alone.values()]
    return [one for one in dict.fromkeys(found) if one.label != best.label][:_MOST_TOGETHER]
