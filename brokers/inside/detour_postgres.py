"""Leads psycopg by way of a relay: libpq takes an address beside the host name, which it still checks."""

from __future__ import annotations

from typing import Any, Callable, Optional, Tuple

__all__ = ["apply"]

_PORT = 5432


def apply(find: Callable[[str, int], Optional[Tuple[str, int]]]) -> None:
    """Add the relay's address to each attempt to connect to a server that has one."""
    from psycopg import connection as module

    connection: Any = module
    attempts = connection.conninfo_attempts

    def led_attempts(*args: Any, **kwargs: Any) -> list[Any]:
        return [_led(attempt, find) for attempt in attempts(*args, **kwargs)]

    connection.conninfo_attempts = led_attempts


def _led(attempt: Any, find: Callable[[str, int], Optional[Tuple[str, int]]]) -> dict[str, Any]:
    relay = find(attempt.get("host"), int(attempt.get("port") or _PORT))
    return {**attempt, "hostaddr": relay[0], "port": relay[1]} if relay else attempt
