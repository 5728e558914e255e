"""Compares two counts of rare events: whether one side has them more often than the other."""

from dataclasses import dataclass

import scipy  # loads its parts on demand: they take a second

from bench.stats.intervals import CONFIDENCE

__all__ = ["CountRatio", "compared_counts"]

_RULE_OF_THREE = 3.0  # if that many are expected, none occurs in 5 % of all cases


@dataclass(frozen=True)
class CountRatio:
    """The ratio of two rates, and its exact 95 % interval; None for a missing bound, or without events for the value.

    ``beyond`` and ``within`` are the p-values of "it is not larger than the limit allows" and of "it is larger".
    ``visible`` is the smallest rate of the other side that this number of trials detects if ours has no events.
    ``ours`` and ``theirs`` are the (events, trials) that were compared.
    """

    value: float | None
    low: float | None
    high: float | None
    beyond: float
    within: float
    visible: float
    ours: tuple[int, int] = (0, 1)
    theirs: tuple[int, int] = (0, 1)

    def grown(self, times: float, limit: float) -> "CountRatio":
        """Return the comparison after that many times as many trials, if events come as often."""
        ours, theirs = ((round(events * times), round(trials * times)) for events, trials in (self.ours, self.theirs))
        return compared_counts(ours, theirs, limit)


def compared_counts(ours: tuple[int, int], theirs: tuple[int, int], limit: float) -> CountRatio:
    """Compare (events, trials) of the other side with ours.

    Given the sum of both counts, one of them is binomial (Przyborowski and Wilenski, Biometrika 31, 1940). ``limit`` is
    relative: 0.05 allows the rate to be 1.05 times as high. Without any event on either side, both rates are as good as
    zero, and within every limit.
    """
    (our_events, our_trials), (their_events, their_trials) = ours, theirs
    events = our_events + their_events
    visible = _RULE_OF_THREE / their_trials
    if not events:
        return CountRatio(None, None, None, 1.0, 0.0, visible, ours, theirs)
    bound = (1 + limit) * their_trials / ((1 + limit) * their_trials + our_trials)
    test = scipy.stats.binomtest(their_events, events)
    low, high = (_odds(share) for share in test.proportion_ci(CONFIDENCE, method="exact"))
    scale = our_trials / their_trials
    return CountRatio(
        value=None if not our_events else their_events / our_events * scale,
        low=None if low is None else low * scale,
        high=None if high is None else high * scale,
        beyond=float(scipy.stats.binomtest(their_events, events, bound, alternative="greater").pvalue),
        within=float(scipy.stats.binomtest(their_events, events, bound, alternative="less").pvalue),
        visible=visible,
        ours=ours,
        theirs=theirs,
    )


def _odds(share: float) -> float | None:
    return None if share >= 1 else share / (1 - share)
