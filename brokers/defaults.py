"""Which brokers are measured if the user names none: the only place that names several of them."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from brokers.errors import BrokerUnavailable, UsageError
from brokers.protocol import Broker, Profile
from brokers.registry import find_broker

__all__ = ["default_subject", "default_subjects", "subjects_of_each_tier"]

_SERVERS = ("redis", "rabbitmq")
"""Those that most projects use. Their servers come from the user or from a package of the system."""
_WITH_SERVERS = (*_SERVERS, "sqs")
_FROM_PIP = ("valkey", "sqs", "postgres")
"""Those whose servers pip brings."""


def default_subjects() -> list[tuple[Broker, Profile]]:
    """Return what is measured by default: each broker with its default profile.

    They are Redis, RabbitMQ and SQS if there is a server of one of the first two, and otherwise the brokers whose
    servers pip brings. A broker that is not installed, or whose client is not, is left out.
    """
    return [(broker, broker.profiles["default"]) for broker in _brokers()]


def default_subject() -> tuple[Broker, Profile]:
    """Return the first of the default subjects that has a server. Raises BrokerUnavailable if none has."""
    for broker, profile in default_subjects():
        if broker.find().kind != "missing":
            return broker, profile
    raise BrokerUnavailable("none of the default subjects has a server: run 'brokerbench doctor', which says why")


def subjects_of_each_tier() -> list[tuple[Broker, Profile]]:
    """Return the default subjects, each followed by its broker's first durable profile if its own is not durable."""
    return [subject for broker in _brokers() for subject in _of_each_tier(broker)]


def _of_each_tier(broker: Broker) -> Iterator[tuple[Broker, Profile]]:
    own = broker.profiles["default"]
    yield broker, own
    durable = [profile for profile in broker.profiles.values() if profile.tier == "durable"]
    if durable and own.tier != "durable":
        yield broker, durable[0]


def _brokers() -> list[Broker]:
    servers = list(_installed(_SERVERS))
    return list(_installed(_WITH_SERVERS if any(map(_is_wanted, servers)) else _FROM_PIP))


def _is_wanted(broker: Broker) -> bool:
    """Return True if there is a server, or a variable that names one, even if there is none in that place."""
    source = broker.find()
    return source.kind != "missing" or bool(source.named_by)


def _installed(names: Iterable[str]) -> Iterator[Broker]:
    for name in names:
        with suppress(ImportError, UsageError):
            yield find_broker(name)
