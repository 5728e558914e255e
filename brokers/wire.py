"""Where on the network a server is reached in clear text, so that a relay can stand between and read along."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, urlsplit

__all__ = ["Wire", "WireProtocol", "wire_of"]

WireProtocol = Literal["amqp", "resp", "http", ""]


@dataclass(frozen=True, kw_only=True)
class Wire:
    """The TCP port that a URL leads to, and what is spoken there: AMQP 0-9-1, Redis's RESP, HTTP/1.1.

    ``protocol`` is empty where nothing here can read it; its bytes can still be counted.
    """

    protocol: WireProtocol
    host: str
    port: int
    url: str = field(repr=False)

    def through(self, host: str, port: int) -> str:
        """Return the URL that reaches the same server by way of a relay at ``host:port``."""
        parts = urlsplit(self.url)
        userinfo, separator, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{userinfo}{separator}{_bracketed(host)}:{port}").geturl()


def wire_of(url: str, protocol: WireProtocol, *, schemes: Collection[str], default_port: int) -> Wire | None:
    """Read ``scheme://[user:password@][host][:port]...`` where no host is this machine.

    None where no relay can read along: another scheme (TLS, a Unix socket), TLS asked for in the query, several
    servers in one URL, or what is no URL.
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
