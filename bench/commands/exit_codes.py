"""How a command ends, for whoever called it. Errors have codes of their own: see ``brokers.errors``."""

__all__ = ["BROKEN", "CRASHED", "DONE", "INTERRUPTED", "NOT_MEASURED"]

DONE = 0
BROKEN = 1
"""A promise was broken, or what was found is not what was expected."""
NOT_MEASURED = 3
"""Something that was asked for could not be measured."""
CRASHED = 70
"""A mistake of this program's own: sysexits.h calls it EX_SOFTWARE."""
INTERRUPTED = 130
