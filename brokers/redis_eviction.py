"""A Redis that evicts: how it is recognised, and how a private one is made to throw keys away."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import redis

from brokers.errors import BrokerUnavailable
from brokers.protocol import Server
from brokers.secrets import redacted_url

__all__ = ["evicting", "refuse_eviction"]

_EVICTS_ANY = "allkeys-"
# The policies that start with volatile- spare a queue: kombu's keys never expire.
_ROOM_BYTES = 4 * 2**20
_VALUE_BYTES = 16 * 2**10
_TIMES = 4  # each eviction looks at five random keys, so that after these evictions the oldest one is surely gone
_PREFIX = "brokerbench-other-data-"


def refuse_eviction(server: Server, subject: str, variable: str) -> None:
    """Raise BrokerUnavailable if the server may evict a queue. ``variable`` names its URL.

    Source: "Key eviction" in Redis's documentation.
    """
    policy, limit = server.settings.get("maxmemory-policy", ""), server.settings.get("maxmemory", "0")
    if policy.startswith(_EVICTS_ANY) and limit != "0":
        raise BrokerUnavailable(
            f"{subject} needs a server that evicts no queue, but {redacted_url(server.url)} has maxmemory {limit} and "
            f"maxmemory-policy {policy}: set maxmemory-policy noeviction there, or unset {variable}"
        )


@contextmanager
def evicting(client: redis.Redis) -> Iterator[None]:
    """Reach ``maxmemory`` under ``allkeys-lru`` with four times as much other data as there is room for.

    When the block ends, the settings are as before, and the other data is gone. Raises BrokerUnavailable if the server
    evicts nothing.
    """
    names = [f"{_PREFIX}{place}" for place in range(_TIMES * _ROOM_BYTES // _VALUE_BYTES)]
    before = {name: client.config_get(name)[name] for name in ("maxmemory-policy", "maxmemory")}
    try:
        _set(client, {"maxmemory-policy": "allkeys-lru", "maxmemory": _used(client) + _ROOM_BYTES})
        evicted = client.info("stats")["evicted_keys"]
        for name in names:
            client.set(name, b"x" * _VALUE_BYTES)
        if client.info("stats")["evicted_keys"] == evicted:
            raise BrokerUnavailable("the server evicts nothing, although there is more data than its maxmemory allows")
        yield
    finally:
        client.delete(*names)
        _set(client, before)


def _used(client: redis.Redis) -> int:
    used: int = client.info("memory")["used_memory"]
    return used


def _set(client: redis.Redis, settings: Mapping[str, object]) -> None:
    for name, value in settings.items():
        client.config_set(name, str(value))
