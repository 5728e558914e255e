"""Brokers by name, from the entry-point group ``brokerbench.brokers``."""

from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points

from brokers.errors import BrokerUnavailable, UsageError
from brokers.protocol import Broker, Profile

__all__ = [
    "every_broker",
    "find_broker",
    "find_profile",
    "installed_brokers",
    "refuse_url",
    "reserved_options",
    "result_keeper",
    "split_subject",
]

_GROUP = "brokerbench.brokers"


def installed_brokers() -> list[str]:
    """Return the names of all installed brokers, sorted."""
    return sorted({point.name for point in entry_points(group=_GROUP)})


@cache
def find_broker(name: str) -> Broker:
    """Return the broker of that name. Raises UsageError if it is not installed, or not a broker."""
    for point in entry_points(group=_GROUP, name=name):
        broker = point.load()()
        if not isinstance(broker, Broker):
            raise UsageError(f"{name} is not a broker: make {point.value} a subclass of brokers.Broker")
        return broker
    raise UsageError(f"No broker named {name!r}; {_nearest(name, installed_brokers())}")


def find_profile(broker: Broker, name: str) -> Profile:
    """Return a broker's profile. Raises UsageError, which lists the broker's own profiles."""
    try:
        return broker.profiles[name]
    except KeyError:
        known = _nearest(name, list(broker.profiles))
        raise UsageError(f"{broker.name} has no profile named {name!r}; {known}") from None


def every_broker() -> Iterator[Broker]:
    """Return each installed broker, by name, except those that cannot be loaded."""
    for name in installed_brokers():
        with suppress(ImportError, UsageError):
            yield find_broker(name)


def result_keeper() -> Broker:
    """Return the first broker that can keep results and has a server. Raises BrokerUnavailable if there is none."""
    keepers = [broker for broker in every_broker() if broker.keeps_results]
    for broker in keepers:
        if broker.find().kind != "missing":
            return broker
    names = " or ".join(broker.name for broker in keepers)
    raise BrokerUnavailable(f"no broker with a server can keep results: install {names or 'one that can'}")


@cache
def reserved_options() -> frozenset[str]:
    """Return the transport options that any installed broker reserves."""
    return frozenset(option for broker in every_broker() for option in broker.reserved_options)


def refuse_url(text: str) -> None:
    """Raise UsageError if a subject is a URL, of which no part is safe to show."""
    if "/" in text:
        raise UsageError(
            "a subject is not a URL: name its broker, and set the broker's variable, for example REDIS_URL"
        )


def split_subject(text: str) -> tuple[Broker, Profile]:
    """Parse ``broker[:profile]``. Raises UsageError if either is unknown, or if there is a distance."""
    refuse_url(text)
    name, at, distance = text.strip().partition("@")
    if at and name:
        raise UsageError(f"{name} has no distance here: only a measurement puts a server at one; leave out @{distance}")
    broker_name, _, profile_name = text.strip().partition(":")
    broker = find_broker(broker_name)
    return broker, find_profile(broker, profile_name or "default")


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    suggestion = f"did you mean {near[0]!r}? " if near else ""
    return f"{suggestion}installed: {', '.join(known) or 'none'}"
