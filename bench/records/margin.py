"""A margin in the user's notation."""

import re

__all__ = ["DEFAULT_MARGIN", "share"]

DEFAULT_MARGIN = 0.02


def share(text: str, what: str = "margin") -> float:
    """Parse a percentage between 0 and 100, such as ``2%`` or ``0.5 %``, to a fraction of one. Raises ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) *%", text.strip())
    if not found or not 0 < float(found[1]) < 100:  # noqa: PLR2004 - per cent
        raise ValueError(f"{text!r} is not a {what}: use a percentage between 0 % and 100 %, such as 2%")
    return float(found[1]) / 100
