"""Where on the network a server is reached in clear text, so that a relay can stand between and read along."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import SplitResult, parse_qsl, urlsplit

__all__ = ["UNKNOWN", "Meter", "Unmetered", "Wire", "WireProtocol", "wire_of"]

UNKNOWN = "unknown"
"""The name of an operation whose name is unknown."""


class Meter(Protocol):
    """Names the operations in one direction of one connection.

    It takes chunks cut anywhere, keeps no body, and never raises. An operation with an unknown name is ``UNKNOWN``.
    Everything from the first bytes that do not belong to the protocol is ``UNKNOWN`` once: nothing can be read after
    those.
    """

    def read(self, chunk: bytes) -> list[str]:
        """Take the next bytes, and return the names of the operations that they revealed."""
        ...


class Unmetered:
    """Reads nothing: for a direction in which no operations are counted."""

    def read(self, chunk: bytes) -> list[str]:
        """Return nothing."""
        return []


@dataclass(frozen=True, kw_only=True)
class WireProtocol:
    """What creates the meters of a new connection, and which of the operations have a meaning here.

    Where a server only answers, its answers are not counted. ``acknowledges`` is the operation by which kombu's
    transport acknowledges one task; ``opens_channel`` the one by which it opens a channel, empty if it has none.
    """

    name: str
    from_client: Callable[[], Meter]
    from_server: Callable[[], Meter] = Unmetered
    acknowledges: str = ""
    opens_channel: str = ""


@dataclass(frozen=True, kw_only=True)
class Wire:
    """The TCP port that a URL leads to, and the protocol used there.

    ``protocol`` is None if nothing can read it; its bytes can still be counted.
    """

    protocol: WireProtocol | None
    host: str
    port: int
    url: str = field(repr=False)

    def through(self, host: str, port: int) -> str:
        """Return the URL that reaches the same server through a relay at ``host:port``."""
        parts = urlsplit(self.url)
        userinfo, separator, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{userinfo}{separator}{_bracketed(host)}:{port}").geturl()


def wire_of(url: str, protocol: WireProtocol | None, *, schemes: Collection[str], default_port: int) -> Wire | None:
    """Parse ``scheme://[user:password@][host][:port]...``; without a host, it is this machine.

    None if no relay can read along: another scheme (TLS, a Unix socket), TLS requested in the query, several
    servers in one URL, or something that is not a URL.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "localhost", parts.port or default_port
    except ValueError:
        return None
    if parts.scheme not in schemes or ";" in url or _asks_for_tls(parts):
        return None
    return Wire(protocol=protocol, host=host, port=port, url=url)


def _asks_for_tls(parts: SplitResult) -> bool:
    return any(name.startswith("ssl") for name, _ in parse_qsl(parts.query, keep_blank_values=True))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
