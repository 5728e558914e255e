"""When the program was started: a budget counts from then on."""

import time

__all__ = ["STARTED_S"]

STARTED_S = time.monotonic()
"""The monotonic clock when this module was first imported, which ``bench.start`` and the pytest plugin do at once."""
