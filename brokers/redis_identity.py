"""What a server that speaks Redis's protocol is: its software, its version, and whether Celery can use it.

A managed service may refuse any of the commands that would tell, and so may a user with few rights. So several are
asked, and each answer that comes counts.
"""

from dataclasses import dataclass
from typing import Any

import redis

__all__ = ["Identity", "identify", "information", "setting"]

_PROBE = ["brokerbench-probe-1", "brokerbench-probe-2"]
"""Two keys of different slots, 6370 and 10369, which nobody writes."""
_CLUSTER_ANSWERS = ("CROSSSLOT", "CLUSTERDOWN", "MOVED", "ASK", "TRYAGAIN")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A server's software and version as it reports them, and how it stands among others.

    ``is_cluster`` is True for a member of a cluster, and for a service that hides one: a command with several keys
    fails there unless all are in one slot, and all of kombu's have several. ``is_sentinel`` is True for a Sentinel,
    which holds no data.
    """

    software: str
    version: str
    is_cluster: bool
    is_sentinel: bool


def identify(client: redis.Redis) -> Identity:
    """Ask the server what it is, without writing anything."""
    told = information(client, "server") or _hello(client)
    software = str(told.get("server_name") or told.get("server") or "redis")
    version = told.get(f"{software}_version") or told.get("redis_version") or told.get("version") or "unknown"
    mode = told.get("server_mode") or told.get("redis_mode") or told.get("mode")
    return Identity(
        software=software,
        version=str(version),
        is_cluster=mode == "cluster" or _says_cluster(client) or _acts_as_cluster(client),
        is_sentinel=mode == "sentinel",
    )


def information(client: redis.Redis, section: str) -> dict[str, Any]:
    """Return a section of INFO; nothing if the server refuses it."""
    try:
        return dict(client.info(section))
    except redis.ResponseError:
        return {}


def setting(client: redis.Redis, name: str) -> str | None:
    """Return one setting; None if the server does not have it or does not show it (managed services)."""
    try:
        answer = client.config_get(name)
    except redis.ResponseError:
        return None
    return answer.get(name)


def _hello(client: redis.Redis) -> dict[str, Any]:
    """Return what HELLO says, which Redis has from 6 on."""
    try:
        answer = client.execute_command("HELLO")  # type: ignore[no-untyped-call]  # of redis-py
    except redis.ResponseError:
        return {}
    return dict(answer) if isinstance(answer, dict) else dict(zip(answer[::2], answer[1::2], strict=False))


def _says_cluster(client: redis.Redis) -> bool:
    return str(information(client, "cluster").get("cluster_enabled")) == "1"


def _acts_as_cluster(client: redis.Redis) -> bool:
    """Return True if a read of two keys fails because they are in different slots, or because a slot is elsewhere.

    The read is SUNION, as in kombu's own commands: a proxy before a cluster may answer EXISTS for several slots.
    """
    try:
        client.sunion(_PROBE)
    except redis.ResponseError as error:
        return str(error).startswith(_CLUSTER_ANSWERS)
    return False
