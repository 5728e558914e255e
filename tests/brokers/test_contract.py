"""What every broker promises, run on each profile of each installed one.

A broker that somebody else made takes part as soon as it is installed: its entry point is enough.
"""

import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from queue import Empty
from typing import Any
from urllib.parse import urlsplit

import pytest
from celery import Celery
from celery.app.defaults import DEFAULTS
from support import Servers

from bench.processes.usage import read_usage
from bench.relay.relay import Relay
from bench.subject.detour import leading
from brokers import Broker, BrokerUnavailable, Lease, Profile, Server, find_broker, installed_brokers
from brokers.server import free_port
from brokers.wire import UNKNOWN
from brokers.workspace import Workspace

BROKERS = installed_brokers()
PROFILES = [(name, profile) for name in BROKERS for profile in find_broker(name).profiles]
PASSWORD = "not-to-be-seen"


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest) -> Broker:
    return find_broker(request.param)


@pytest.fixture(params=PROFILES, ids=":".join)
def chosen(request: pytest.FixtureRequest) -> tuple[Broker, Profile]:
    broker = find_broker(request.param[0])
    return broker, broker.profiles[request.param[1]]


@pytest.fixture
def server(chosen: tuple[Broker, Profile], servers: Servers) -> Server:
    """Return a server on which a lease must clean up after itself."""
    return replace(servers.offered(*chosen), private=False)


@pytest.fixture
def lease(chosen: tuple[Broker, Profile], server: Server, workspace: Workspace) -> Iterator[Lease]:
    with workspace.lease(chosen[0], server, chosen[1]) as lease:
        yield lease


class Party:
    """A Celery app on a leased queue, which sends tasks and looks for them."""

    def __init__(self, broker: Broker, profile: Profile, server: Server, queue: str) -> None:
        self.queue = queue
        self.app = Celery("party", set_as_current=False)
        self.app.config_from_object({**broker.settings(server.url, profile, queue), "task_ignore_result": True})
        if self.app.conf.broker_url.startswith("sqs"):  # a look at an empty queue would take 10 s
            self.app.conf.broker_transport_options["wait_time_seconds"] = 0

    def send(self, **options: Any) -> str:
        return str(self.app.send_task("party.task", args=[1], **options).id)

    def take(self) -> str | None:
        """Take one task off the queue and return its id; None if there is none."""
        with self.app.connection_for_read() as connection, connection.channel() as channel:
            queue = self.app.amqp.queues[self.queue].bind(channel)
            queue.declare()
            try:
                message = queue.get()
            except Empty:
                return None
            if message is None:
                return None
            message.ack()
            return str(message.headers["id"])

    def close(self) -> None:
        self.app.close()


@pytest.fixture
def party(chosen: tuple[Broker, Profile], server: Server, lease: Lease) -> Iterator[Party]:
    party = Party(*chosen, server, lease.queue)
    yield party
    party.close()


def test_a_broker_goes_by_the_name_of_its_entry_point(broker: Broker) -> None:
    assert broker.name in BROKERS


def test_a_broker_names_its_profiles_and_what_each_promises(broker: Broker) -> None:
    assert "default" in broker.profiles
    for name, profile in broker.profiles.items():
        assert profile.name == name
        assert profile.tier in ("fast", "durable")
        assert profile.summary


def test_finding_a_server_never_raises(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("", "nonsense", "redis://[::1", f"http://me:{PASSWORD}@host:port/"):
        monkeypatch.setenv(broker.url_variable or "UNUSED", url)
        source = broker.find()
        assert source.kind in ("url", "binary", "embedded", "missing")
        assert PASSWORD not in source.location + repr(source)
        if source.kind == "missing":
            assert source.remedy


def test_a_source_that_is_missing_has_no_version(broker: Broker) -> None:
    missing = replace(broker.find(), kind="missing", target="")
    assert broker.version(missing) == "" or not broker.url_variable


def test_a_source_tells_its_version(broker: Broker) -> None:
    source = broker.find()
    if source.kind in ("binary", "embedded"):
        assert broker.version(source)[0].isdigit()


def test_the_settings_are_plain_json_that_celery_knows(chosen: tuple[Broker, Profile], server: Server) -> None:
    broker, profile = chosen
    for queue in (None, "some-queue"):
        settings = broker.settings(server.url, profile, queue)
        assert json.loads(json.dumps(settings)) == settings
        assert set(settings) <= set(DEFAULTS)


def test_a_server_says_what_it_is(chosen: tuple[Broker, Profile], server: Server) -> None:
    assert server.software
    assert server.version
    assert server.url not in repr(server)
    chosen[0].check(server, chosen[1])


def test_a_leased_queue_is_empty(party: Party) -> None:
    assert party.take() is None


def test_a_task_that_celery_sends_is_the_one_that_arrives(party: Party) -> None:
    sent = party.send()
    assert party.take() == sent
    assert party.take() is None


def test_two_leases_do_not_see_each_others_tasks(
    chosen: tuple[Broker, Profile], server: Server, workspace: Workspace, party: Party
) -> None:
    with workspace.lease(chosen[0], server, chosen[1]) as other_lease:
        other = Party(*chosen, server, other_lease.queue)
        sent = party.send()
        assert other_lease.queue != party.queue
        assert other.take() is None
        assert party.take() == sent
        other.close()


def test_nothing_of_a_lease_is_left(chosen: tuple[Broker, Profile], server: Server, workspace: Workspace) -> None:
    broker, profile = chosen
    with workspace.lease(broker, server, profile) as lease:
        party = Party(broker, profile, server, lease.queue)
        for priority in (None, 0, 3, 6, 9):
            party.send(priority=priority)
        party.take()
        party.close()
    with workspace.lease(broker, server, profile) as again:
        later = Party(broker, profile, server, lease.queue)
        assert again.queue != lease.queue
        assert later.take() is None
        later.close()
        broker.discard(server.url, lease)


def test_discarding_may_be_repeated(chosen: tuple[Broker, Profile], server: Server) -> None:
    broker, profile = chosen
    lease = broker.lease(server.url, profile, f"brokerbench-{uuid.uuid4().hex[:12]}")
    broker.discard(server.url, lease)
    broker.discard(server.url, lease)


def test_a_lease_ends_after_an_error_too(chosen: tuple[Broker, Profile], server: Server, workspace: Workspace) -> None:
    broker, profile = chosen
    used: list[Lease] = []

    def fail() -> None:
        with workspace.lease(broker, server, profile) as lease:
            used.append(lease)
            Party(broker, profile, server, lease.queue).send()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    later = Party(broker, profile, server, used[0].queue)
    assert later.take() is None
    later.close()
    broker.discard(server.url, used[0])


def _with(url: str, *, password: str, port: int | None = None) -> str:
    parts = urlsplit(url)
    netloc = f"{parts.username or ''}:{password}@{parts.hostname}:{port or parts.port}"
    return parts._replace(netloc=netloc).geturl()


def _refused(broker: Broker, url: str) -> str:
    with pytest.raises(BrokerUnavailable) as caught:
        broker.inspect(url)
    return caught.value.format_message()


def _is_a_remedy(message: str, broker: Broker) -> bool:
    return "\n" not in message and PASSWORD not in message and broker.url_variable in message.rpartition(": ")[2]


def test_a_dead_port_is_an_error_of_one_line_with_its_remedy(broker: Broker, servers: Servers) -> None:
    if not broker.url_variable:
        pytest.skip(f"{broker.name} has no address")
    server = servers.offered(broker, broker.profiles["default"])
    message = _refused(broker, _with(server.url, password=PASSWORD, port=free_port()))
    assert _is_a_remedy(message, broker)


def test_a_wrong_password_is_an_error_of_one_line_that_does_not_show_it(broker: Broker, servers: Servers) -> None:
    server = servers.offered(broker, broker.profiles["default"])
    if not broker.url_variable or (server.emulator and not server.private) or not urlsplit(server.url).password:
        pytest.skip(f"{broker.name} checks no password here")
    assert _is_a_remedy(_refused(broker, _with(server.url, password=PASSWORD)), broker)


@pytest.mark.parametrize("secret", [f"{PASSWORD}/x", f"{PASSWORD}#x", f"{PASSWORD}?x", f"{PASSWORD}@x"])
def test_a_password_that_breaks_the_url_is_not_shown(broker: Broker, secret: str) -> None:
    if not broker.url_variable:
        pytest.skip(f"{broker.name} has no address")
    scheme = urlsplit(broker.local_url()).scheme
    assert _is_a_remedy(_refused(broker, f"{scheme}://me:{secret}@127.0.0.1:{free_port()}/0"), broker)


def test_a_relay_on_the_wire_leads_to_the_same_server(chosen: tuple[Broker, Profile], server: Server) -> None:
    wire = chosen[0].wire(server.url)
    if wire is None:
        pytest.skip(f"{chosen[0].name} cannot be relayed")
    assert server.url not in repr(wire)
    with Relay(wire.host, wire.port, wire.protocol) as relay:
        found = chosen[0].inspect(wire.through(relay.host, relay.port))
        assert relay.traffic().round_trips > 0
        assert UNKNOWN not in relay.traffic().operations
    assert found.settings == chosen[0].inspect(server.url).settings


def test_a_relay_on_the_way_leads_to_the_same_server_under_its_own_name(
    chosen: tuple[Broker, Profile], server: Server
) -> None:
    broker = chosen[0]
    try:
        host, port = broker.tcp_address(server.url)
    except BrokerUnavailable as error:
        pytest.skip(error.format_message())
    patch = str(broker.detour) if broker.detour else None
    with Relay(host, port) as relay, leading(host, port, (relay.host, relay.port), patch):
        found = broker.inspect(server.url)
        assert relay.traffic().round_trips > 0
    assert found.settings == broker.inspect(server.url).settings


@pytest.mark.parametrize("url", ["", "memory://", "/run/server.sock", "x://host:port", "https://localhost:1"])
def test_what_no_relay_can_read_has_no_wire(broker: Broker, url: str) -> None:
    assert broker.wire(url) is None


def test_a_server_that_says_what_its_data_takes_says_a_number(chosen: tuple[Broker, Profile], server: Server) -> None:
    memory_bytes = chosen[0].memory_bytes(server.url)
    assert memory_bytes is None or memory_bytes > 0


def test_a_server_that_counts_what_it_holds_says_a_number(chosen: tuple[Broker, Profile], server: Server) -> None:
    entries = chosen[0].entries(server.url)
    assert entries is None or entries >= 0


def test_a_private_server_of_its_own_process_says_which(chosen: tuple[Broker, Profile], server: Server) -> None:
    if server.pid is None:
        pytest.skip(f"{chosen[0].name} has no process of its own here")
    usage = read_usage(server.pid)
    assert usage is not None
    assert usage.resident_bytes > 0


def test_requests_have_a_price_only_where_one_pays_for_them(chosen: tuple[Broker, Profile], server: Server) -> None:
    if server.private or server.emulator or not os.environ.get(chosen[0].url_variable or "-"):
        assert chosen[0].dollars(server, chosen[1], 1_000_000) is None
