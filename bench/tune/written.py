"""Writes settings as a user does."""

import json
from collections.abc import Mapping
from typing import Any

from brokers.outside import safe_line, safe_values

__all__ = ["setting_text", "spec_text"]


def setting_text(name: str, value: Any) -> str:
    """Return ``NAME=VALUE`` as in a SPEC of ``ab``, with ``***`` for a secret."""
    shown = safe_values(value, name)
    return safe_line(f"{name}={shown if isinstance(shown, str) else json.dumps(shown)}")


def spec_text(settings: Mapping[str, Any]) -> str:
    """Return all settings in one line."""
    return " ".join(setting_text(name, value) for name, value in settings.items())
