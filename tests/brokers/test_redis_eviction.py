"""A durable profile refuses a Redis that may evict a queue, and no other."""

import pytest

from brokers import BrokerUnavailable, Server, find_broker

SYNCED = {"appendonly": "yes", "appendfsync": "always"}


def check(profile: str, **settings: str) -> None:
    broker = find_broker("redis")
    named = {name.replace("_", "-"): value for name, value in settings.items()}
    server = Server(url="redis://:hidden@cache:6379/0", software="redis", version="7", settings={**SYNCED, **named})
    broker.check(server, broker.profiles[profile])


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random"])
def test_a_durable_profile_refuses_a_server_that_may_evict_any_key(policy: str) -> None:
    with pytest.raises(BrokerUnavailable) as refused:
        check("durable", maxmemory="1048576", maxmemory_policy=policy)
    (line,) = refused.value.format_message().splitlines()
    assert f"has maxmemory 1048576 and maxmemory-policy {policy}: set maxmemory-policy noeviction there" in line
    assert line.startswith("redis:durable needs a server that evicts no queue")
    assert "hidden" not in line


@pytest.mark.parametrize(
    ("profile", "policy", "limit"),
    [
        ("durable", "allkeys-lru", "0"),  # no limit, so nothing is evicted
        ("durable", "noeviction", "1048576"),
        ("durable", "volatile-lru", "1048576"),  # a queue never expires
        ("default", "allkeys-lru", "1048576"),  # promises nothing
    ],
)
def test_a_server_that_evicts_no_queue_is_accepted_and_so_is_any_for_a_fast_profile(
    profile: str, policy: str, limit: str
) -> None:
    check(profile, maxmemory=limit, maxmemory_policy=policy)
