"""Pure functions from samples to figures; none of them opens a file or depends on a broker."""

import scipy

__all__ = ["load_libraries"]


def load_libraries() -> None:
    """Load the libraries that compute figures. This takes a second or two: do it before timing or interrupts matter."""
    _ = scipy.stats, scipy.optimize
