"""Pure functions from samples to figures; none of them opens a file or knows a broker."""

import scipy

__all__ = ["load_libraries"]


def load_libraries() -> None:
    """Load what figures are made with. It takes a second or two: do it before anything is timed or interrupted."""
    _ = scipy.stats, scipy.optimize
