"""Rates by totals: all events over all time, as a value for each block.

A worker may have two speeds: one that waits for a timer now and then drains 4 or 190 tasks a second. Most of its time
is in the slow drains and most of its tasks are in the fast ones, so no mean of single drains' rates says how many tasks
it finishes in an hour. The totals do.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["rate_logs"]


def rate_logs(generations: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Return for each block what it adds to the logarithm of the rate by totals, from (events, nanoseconds) rows.

    Each generation counts the same: the rate is the mean over generations of the events of a block, over that of its
    time. The means over generations of the values' means are exactly its logarithm, and the values scatter as the
    blocks move it: ``log(e/t) + e_i/e - t_i/t`` (the linearized ratio estimator: Cochran, Sampling Techniques, 1977,
    chapter 6). A generation may be empty; the events and the time of all of them may not.
    """
    means = [blocks.mean(axis=0) for blocks in generations if len(blocks)]
    if not means:
        return [np.empty(0) for _ in generations]
    events, time_ns = np.mean(means, axis=0)
    typical = np.log(events / time_ns * 1e9)
    return [typical + blocks[:, 0] / events - blocks[:, 1] / time_ns for blocks in generations]
