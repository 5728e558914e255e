"""What is measured if nobody names a subject: what most projects use, or else what pip brings."""

from collections.abc import Callable

import pytest

import brokers.defaults
from brokers import Broker, BrokerUnavailable, Profile, Source, UsageError, find_broker
from brokers.defaults import default_subject, default_subjects, subjects_of_each_tier
from brokers.memory import Memory

MISSING = Source(kind="missing", location="none", remedy="install it")
FOUND = Source(kind="binary", location="/bin/x", target="/bin/x")
USERS = Source(kind="url", location="x://h", target="x://h")
FROM_PIP = Source(kind="embedded", location="x", target="x")
MEANT = Source(kind="missing", location="X=/nowhere is not a program", remedy="fix it", named_by="X")
Install = Callable[..., None]


class Fake(Memory):
    def __init__(self, name: str, source: Source, *tiers: str) -> None:
        self.name = name  # type: ignore[misc]
        self.profiles = {  # type: ignore[misc]
            tier if place else "default": Profile(name=tier if place else "default", tier=tier, summary="x")
            for place, tier in enumerate(tiers)
        }
        self._source = source

    def find(self) -> Source:
        return self._source


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that installs these brokers, and no others."""

    def install(**sources: Source | Broker) -> None:
        def find(name: str) -> Broker:
            if name not in sources:
                raise UsageError(f"no {name}")
            found = sources[name]
            return found if isinstance(found, Broker) else Fake(name, found, "fast", "durable")

        monkeypatch.setattr(brokers.defaults, "find_broker", find)

    return install


def names() -> list[str]:
    return [broker.name for broker, _ in default_subjects()]


@pytest.mark.parametrize("found", [FOUND, USERS, MEANT])
def test_where_there_is_a_redis_or_a_rabbitmq_they_and_sqs_are_measured(install: Install, found: Source) -> None:
    rest = {"sqs": FROM_PIP, "valkey": FROM_PIP, "postgres": FROM_PIP}
    for redis, rabbitmq in ((found, found), (found, MISSING), (MISSING, found)):
        install(redis=redis, rabbitmq=rabbitmq, **rest)
        assert names() == ["redis", "rabbitmq", "sqs"]


def test_where_there_is_neither_what_pip_brings_is_measured(install: Install) -> None:
    install(redis=MISSING, rabbitmq=MISSING, sqs=FROM_PIP, valkey=FROM_PIP, postgres=MISSING)
    assert names() == ["valkey", "sqs", "postgres"]


def test_a_broker_that_is_not_installed_is_left_out(install: Install) -> None:
    install(redis=MISSING, rabbitmq=MISSING, sqs=FROM_PIP, valkey=FROM_PIP)
    assert names() == ["valkey", "sqs"]


def test_one_subject_by_default_is_the_first_that_has_a_server(install: Install) -> None:
    install(redis=MISSING, rabbitmq=FOUND, sqs=FROM_PIP)
    assert default_subject()[0].name == "rabbitmq"
    install(redis=MISSING, rabbitmq=MISSING, valkey=MISSING)
    with pytest.raises(BrokerUnavailable, match="brokerbench doctor"):
        default_subject()


def test_each_tier_of_a_broker_is_there_once(install: Install) -> None:
    postgres = Fake("postgres", FROM_PIP, "durable", "fast")
    rabbitmq = Fake("rabbitmq", MISSING, "fast")
    install(rabbitmq=rabbitmq, valkey=FROM_PIP, sqs=Fake("sqs", FROM_PIP, "fast"), postgres=postgres)
    found = [(broker.name, profile.tier) for broker, profile in subjects_of_each_tier()]
    assert found == [("valkey", "fast"), ("valkey", "durable"), ("sqs", "fast"), ("postgres", "durable")]


def test_the_defaults_of_this_machine_are_installed_brokers() -> None:
    assert all(broker is find_broker(broker.name) for broker, _ in default_subjects())
    assert default_subject() in default_subjects()
