"""Why a ratio is not certain although its interval excludes 1: for the legends, which explain the mark ``?``."""

from collections.abc import Iterable

from bench.records.figures import Ratio
from bench.text.numbers import ratio_bounds

__all__ = ["doubt_words"]

_ONE_SET = (
    "only one set of processes was measured, so a difference cannot be told from the luck of these processes; "
    "a longer run measures several"
)
_TOGETHER = "verdicts hold for all ratios of the run together, so an interval can just miss 1 without one"


def doubt_words(ratios: Iterable[Ratio]) -> str:
    """Return a sentence about the inconclusive ones whose interval excludes 1; empty if there are none."""
    doubted = [one for one in ratios if one.verdict == "inconclusive" and _excludes_1(one)]
    reasons = [
        _ONE_SET if any(one.generations == 1 for one in doubted) else "",
        _TOGETHER if any(one.generations != 1 for one in doubted) else "",
    ]
    told = "; ".join(filter(None, reasons))
    return f"A ? although the interval excludes 1: {told}." if told else ""


def _excludes_1(ratio: Ratio) -> bool:
    bounds = ratio_bounds(ratio)
    return bounds is not None and not bounds[0] <= 1 <= bounds[1]
