"""Leads a worker's pycurl by way of a relay; boto3 looks hosts up by ``socket.getaddrinfo``."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Callable, Optional, Tuple
from urllib.parse import urlsplit

__all__ = ["apply"]

_PORTS = {"http": 80, "https": 443}


def apply(find: Callable[[str, int], Optional[Tuple[str, int]]]) -> None:
    """Set the relay's address for each request of kombu's client to a server that has one.

    Raises RuntimeError if the library is too old for that.
    """
    try:
        curl = import_module("pycurl")
        client: Any = import_module("kombu.asynchronous.http.curl").CurlClient
    except ImportError:  # then kombu receives with urllib3
        return
    if not hasattr(curl, "CONNECT_TO"):
        raise RuntimeError(f"{curl.version} cannot connect by way of a relay: update pycurl")
    set_up = client._setup_request

    def led_set_up(self: Any, handle: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        set_up(self, handle, request, *args, **kwargs)
        handle.setopt(curl.CONNECT_TO, _connect_to(request.url, find))

    client._setup_request = led_set_up


def _connect_to(url: str, find: Callable[[str, int], Optional[Tuple[str, int]]]) -> list[str]:
    """Return the option's value: of any host and port, to the relay's; nothing if the server has none."""
    parts = urlsplit(url)
    relay = find(parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0))
    return [f"::{relay[0]}:{relay[1]}"] if relay else []
