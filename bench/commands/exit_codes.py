"""The exit codes of the commands. Errors have their own codes: see ``brokers.errors``."""

__all__ = ["BROKEN", "CRASHED", "DONE", "INTERRUPTED", "NOT_MEASURED", "WRONG_USE"]

DONE = 0
BROKEN = 1
"""A promise was broken, an expectation was not met, or a figure regressed."""
WRONG_USE = 2
"""The request is wrong. An error of click's own that has no better code ends with it, too."""
NOT_MEASURED = 3
"""Something that was requested could not be measured."""
CRASHED = 70
"""A bug in this program: EX_SOFTWARE in sysexits.h."""
INTERRUPTED = 130
