"""Says in one line why an environment could not be built."""

import re

from brokers.documents import shortened
from brokers.errors import UsageError

__all__ = ["short_reason"]

_DRAWN = re.compile(r"^[^\w\[`'\"(]+")  # the tree that uv draws before its lines
_NO_NEWS = (
    "hint:",
    "cannot install the resolved packages",
    "nothing satisfies",
    "error: No solution",
)  # what the row says already


def short_reason(error: UsageError) -> str:
    """Return what an error about an environment says, in one line: of a failed build, what was built and why it failed.

    uv draws its messages as trees of many lines.
    """
    lines = [_DRAWN.sub("", line).strip() for line in error.format_message().splitlines()]
    said = [line.removeprefix("cause: ") for line in lines if line and not line.startswith(_NO_NEWS)] or lines
    built = next((line for line in said if "Failed to build" in line), None)
    if built:
        return shortened(f"{built.removeprefix('error: ')} ({said[-1]})")
    return shortened(" ".join(said))
