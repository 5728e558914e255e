"""Where a URL leads in clear text, and the URL by way of a relay."""

import pytest

from brokers import find_broker


@pytest.mark.parametrize(
    ("broker", "url", "place", "by_relay"),
    [
        ("redis", "redis://", ("127.0.0.1", 6379), "redis://127.0.0.1:7/0"),
        ("redis", "redis://:p%40ss@h:1/?db=2", ("h", 1), "redis://:p%40ss@127.0.0.1:7/2"),
        ("redis", "redis://me:pass@[::1]/0", ("::1", 6379), "redis://me:pass@127.0.0.1:7/0"),
        ("rabbitmq", "amqp://", ("localhost", 5672), "amqp://127.0.0.1:7"),
        ("rabbitmq", "amqp://me:pass@h//", ("h", 5672), "amqp://me:pass@127.0.0.1:7//"),
        ("rabbitmq", "pyamqp://me:pass@h:1/v%2Fhost", ("h", 1), "pyamqp://me:pass@127.0.0.1:7/v%2Fhost"),
        ("sqs", "http://key:se%2Fcret@h:4566", ("h", 4566), "http://key:se%2Fcret@127.0.0.1:7"),
        ("postgres", "postgresql://", ("localhost", 5432), "postgresql://127.0.0.1:7"),
        ("postgres", "postgres://me:pa%2Fss@[::1]:1/shop", ("::1", 1), "postgres://me:pa%2Fss@127.0.0.1:7/shop"),
        ("sqs", "http://h", ("h", 80), "http://127.0.0.1:7"),
        ("sqs", "sqs://key:secret@h:4566", ("h", 4566), "sqs://key:secret@127.0.0.1:7"),
    ],
)
def test_a_relay_takes_the_place_of_host_and_port_alone(
    broker: str, url: str, place: tuple[str, int], by_relay: str
) -> None:
    wire = find_broker(broker).wire(url)
    assert wire is not None
    assert (wire.host, wire.port) == place
    assert wire.through("127.0.0.1", 7) == by_relay


@pytest.mark.parametrize(
    ("broker", "url"),
    [
        ("redis", "rediss://h:1/0"),
        ("redis", "redis://h:1/0?ssl_cert_reqs=required"),
        ("redis", "redis+socket:///run/redis.sock"),
        ("redis", "unix:///run/redis.sock"),
        ("redis", "sentinel://h:26379?master_name=one"),
        ("redis", "redis://h:1/no-number"),
        ("rabbitmq", "amqps://h//"),
        ("rabbitmq", "amqp://h//?ssl=1"),
        ("rabbitmq", "amqp://one//;amqp://other//"),
        ("postgres", "postgresql://h/shop?sslmode=require"),
        ("sqs", "https://h"),
        ("memory", "memory://"),
    ],
)
def test_what_is_not_in_clear_text_on_one_port_has_no_wire(broker: str, url: str) -> None:
    assert find_broker(broker).wire(url) is None


def test_a_relay_may_listen_on_an_address_with_colons() -> None:
    wire = find_broker("redis").wire("redis://:pass@h:1/0")
    assert wire is not None
    assert wire.through("::1", 7) == "redis://:pass@[::1]:7/0"
    assert "pass" not in repr(wire)
