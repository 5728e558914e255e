"""RabbitMQ: the user's own, or a binary on this machine."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from amqp.exceptions import AccessRefused, AMQPError, NotAllowed, ResourceLocked
from kombu import Connection

from brokers.beside import names_beside
from brokers.errors import BrokerUnavailable
from brokers.overlay import overlay
from brokers.protocol import (
    AcknowledgementTimeout,
    Broker,
    Lease,
    Profile,
    Resource,
    Server,
    Settings,
    Source,
    Wait,
    Waits,
)
from brokers.rabbitmq_node import OTHERS_VARIABLES, Node, without_epmd
from brokers.rabbitmq_tunables import TUNABLES
from brokers.secrets import reason, redacted_url
from brokers.server import find_binary, first_version, free_port, run_process
from brokers.wire import Wire, WireProtocol, wire_of
from brokers.wire_amqp import AmqpMeter

__all__ = ["RabbitMQ"]

_BINARY_VARIABLE = "BROKERBENCH_RABBITMQ_SERVER"
_REMEDY = "install rabbitmq-server ('make servers' in a checkout does), or set RABBITMQ_URL"
# The script on a Debian PATH needs root and switches to another user; the one below does neither.
_OWN_SCRIPTS = ("/usr/lib/rabbitmq/bin",)
_LATE = {"task_acks_late": True, "task_reject_on_worker_lost": True}
_PERSISTENT = 2
_CONFIRMED = {
    **_LATE,
    "broker_transport_options": {"confirm_publish": True},
    "task_default_delivery_mode": _PERSISTENT,
}
_INSIDE = Path(__file__).with_name("inside")
_TIMEOUT_S = 5.0
_AMQP = WireProtocol(
    name="AMQP 0-9-1",
    from_client=AmqpMeter,
    from_server=AmqpMeter,
    acknowledges="basic.ack",
    opens_channel="channel.open",
)


class RabbitMQ(Broker):
    """A RabbitMQ node, by kombu's pyamqp transport."""

    name = "rabbitmq"
    url_variable = "RABBITMQ_URL"
    client_libraries = ("amqp",)
    kept_options = Broker.kept_options | {"confirm_publish"}
    raw_client = _INSIDE / "raw_amqp.py"
    starts_programs = True
    expires_messages = True
    tunables = TUNABLES
    server_file = "rabbitmq.conf"
    waits = Waits(
        redelivery=Wait(default="as soon as the worker's connection closes", within_s=5),
        silence=Wait(default="after two missed heartbeats of 120 s", within_s=15, settings={"broker_heartbeat": 4}),
        acknowledgement_s=0.5,  # it is written a little after it is sent
    )
    acknowledgement_timeout = AcknowledgementTimeout(option="consumer_timeout", default_s=1800)
    profiles: ClassVar[dict[str, Profile]] = {
        "default": Profile(
            name="default",
            tier="fast",
            summary="Celery's defaults: a durable classic queue, no publisher confirms",
        ),
        "durable": Profile(
            name="durable",
            tier="durable",
            summary="a durable classic queue, publisher confirms, late acknowledgement",
            settings=_CONFIRMED,
        ),
        "quorum": Profile(
            name="quorum",
            tier="durable",
            summary="a quorum queue (of one node, if private), publisher confirms, late acknowledgement",
            settings={**_CONFIRMED, "task_default_queue_type": "quorum"},
        ),
    }

    _nodes: ClassVar[dict[str, Node]] = {}
    """The private nodes of this process by their URLs, whichever instance started them."""

    def find(self) -> Source:
        """Look for RABBITMQ_URL, then a binary."""
        if url := os.environ.get(self.url_variable):
            return Source(kind="url", location=redacted_url(url), target=url)
        if binary := find_binary(_BINARY_VARIABLE, ("rabbitmq-server",), _OWN_SCRIPTS):
            return Source(kind="binary", location=binary, target=binary)
        if named := os.environ.get(_BINARY_VARIABLE):
            location = f"{_BINARY_VARIABLE}={named} is not a program"
            remedy = f"fix or unset {_BINARY_VARIABLE}, or set RABBITMQ_URL"
            return Source(kind="missing", location=location, remedy=remedy, named_by=_BINARY_VARIABLE)
        return Source(kind="missing", location="rabbitmq-server not found", remedy=_REMEDY)

    def version(self, source: Source) -> str:
        """Return the version from the server at the URL, or from the rabbitmqctl beside the binary."""
        if source.kind == "url":
            return self.inspect(source.target).version
        if not source.target:
            return ""
        return first_version(str(Path(source.target).with_name("rabbitmqctl")), "version", environment=without_epmd())

    def local_url(self) -> str:
        """Return RABBITMQ_URL or the standard local address."""
        return os.environ.get(self.url_variable) or "amqp://guest:guest@localhost:5672//"

    @contextmanager
    def boot(self, source: Source, profile: Profile, directory: Path) -> Iterator[Server]:
        """Start a node with its own name, cookie, epmd and ports, all on loopback, and a random password."""
        port, password = free_port(), secrets.token_urlsafe(16)
        url = f"pyamqp://brokerbench:{password}@127.0.0.1:{port}//"
        (directory / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{port}\n"
            f"default_user = brokerbench\ndefault_pass = {password}\n"
            "log.file = false\nlog.console = true\nlog.console.level = warning\n"
            + "".join(f"{line}\n" for line in profile.server_options)
        )
        (directory / "enabled_plugins").write_text("[].\n")
        (directory / "rabbitmq-env.conf").touch()
        node = Node.in_directory(source.target, directory, port)
        with run_process(
            [source.target],
            directory=directory,
            ready=lambda: self.inspect(url),
            environment=node.environment,
            without=OTHERS_VARIABLES,
            secret=password,
        ) as process:
            self._nodes[url] = node
            try:
                yield replace(self.inspect(url), private=True, process=process)
            finally:
                del self._nodes[url]

    def inspect(self, url: str) -> Server:
        """Return the version that the server reports on connection."""
        with _connection(url) as connection:
            properties = connection.connection.server_properties
        return Server(url=url, software=str(properties["product"]).lower(), version=str(properties["version"]))

    def settings(self, url: str, profile: Profile, queue: str | None = None) -> Settings:
        """Return Celery's settings; queue and exchange have the same name."""
        own = "celery" if profile.name != "quorum" else "celery-quorum"  # a queue's type cannot be changed
        return overlay(profile.settings, {"broker_url": url, "task_default_queue": queue or own})

    def server_option(self, name: str, value: str) -> tuple[str, ...]:
        """Return a line of rabbitmq.conf."""
        return (self.server_line(name, value),)

    def lease(self, url: str, profile: Profile, name: str) -> Lease:
        """Use the name as it is."""
        return Lease(queue=name, also=names_beside(name))

    def discard(self, url: str, lease: Lease) -> None:
        """Delete the queue and the exchange of each name; another app never uses any of these names.

        What the URL's user may not delete was not declared by that user either. A worker's own queue of remote control
        is exclusive, or expires 10 s after the worker ended.
        """
        with _connection(url) as connection:
            channel = connection.channel()
            for name in (lease.queue, *lease.also):
                for kind in ("exchange", "queue"):
                    try:
                        getattr(channel, f"{kind}_delete")(name)
                    except (AccessRefused, ResourceLocked):  # locked: exclusive, so it goes with its connection
                        channel = connection.channel()

    def admits_strangers(self, url: str) -> bool:
        """Return True if the user guest, whose password is well known, may use the virtual host.

        Raises BrokerUnavailable if the server does not answer.
        """
        parts = urlsplit(url.partition(";")[0])
        guest = parts._replace(netloc=f"guest:guest@{parts.netloc.rpartition('@')[2]}").geturl()
        try:
            with _connection(guest):
                return True
        except BrokerUnavailable as error:
            if isinstance(error.__cause__, AccessRefused | NotAllowed):
                return False
            raise

    def wire(self, url: str) -> Wire | None:
        """Return the place in the URL; None for TLS and for the several nodes of a cluster."""
        return wire_of(url, _AMQP, schemes=("amqp", "pyamqp"), default_port=5672)

    def tcp_address(self, url: str) -> tuple[str, int]:
        """Return the address that kombu connects to. Raises BrokerUnavailable for the several nodes of a cluster."""
        try:
            connection = Connection(url)
            defaults = connection.transport.default_connection_params
            host, port = connection.hostname or defaults["hostname"], int(connection.port or defaults["port"])
        except (ValueError, TypeError, KeyError) as error:
            raise BrokerUnavailable(
                f"rabbitmq at {redacted_url(url)} cannot be reached ({reason(error)}): fix RABBITMQ_URL"
            ) from error
        if len(set(connection.alt)) > 1:
            why = "its URL names several nodes: name one in RABBITMQ_URL"
            raise BrokerUnavailable(f"rabbitmq at {redacted_url(url)} cannot be put at a distance: {why}")
        return "127.0.0.1" if host == "localhost" else host, port  # as kombu's transport does

    @contextmanager
    def pinging(self, url: str) -> Iterator[Callable[[], object]]:
        """Set a channel's prefetch at each call: no smaller request of AMQP has an answer."""
        with _connection(url) as connection:
            yield partial(connection.default_channel.basic_qos, 0, 1, False)

    def memory_bytes(self, url: str) -> int | None:
        """Ask a private node by its rabbitmqctl; None for the user's own server: AMQP has no such request.

        It takes one to a few seconds. Measured by its growth, a small waiting task took 3.08 to 3.18 KB in a classic
        queue of RabbitMQ 3.10 and 1.77 to 1.86 KB in a quorum queue, with 1,000, 10,000 and 50,000 of them, and a task
        of 64 KiB took 70.0 to 70.3 KB. RabbitMQ 4.0 keeps only the first tasks of a classic queue in memory: 460 to 490
        bytes each of 1,000, 79 to 81 of 10,000. (The resident memory of the node's processes is no use: it grew by -1
        to 26 KB a task.)
        """
        node = self._nodes.get(url)
        return node.memory_bytes() if node else None

    def entries(self, url: str) -> int | None:
        """Ask a private node by its rabbitmqctl for the number of its queues; None for the user's own server."""
        node = self._nodes.get(url)
        return node.queues() if node else None

    def deprive(self, server: Server, of: Resource) -> AbstractContextManager[None] | None:
        """Raise the node's memory or disk alarm until the block ends. Each message itself chooses persistence."""
        node = self._nodes.get(server.url)
        return node.alarm(of) if node and of in ("memory", "disk") else None

    def acknowledgement_timeout_s(self, server: Server) -> float | None:
        """Ask a private node by its rabbitmqctl; None for the user's own server: AMQP has no such request."""
        node = self._nodes.get(server.url)
        return node.acknowledgement_timeout_s() if node else None

    def limit_acknowledgement(self, server: Server, within_s: float) -> AbstractContextManager[None] | None:
        """Set the node's ``consumer_timeout`` until the block ends."""
        node = self._nodes.get(server.url)
        return node.acknowledging_within(within_s) if node else None


@contextmanager
def _connection(url: str) -> Iterator[Any]:
    """Yield a short-lived connection; raise its errors as ours, without the URL's secrets."""
    try:
        with Connection(url, connect_timeout=_TIMEOUT_S, heartbeat=0) as connection:
            # connect() would wait 2 s before a second try, too long while a server boots
            connection.ensure_connection(max_retries=1, interval_start=0, reraise_as_library_errors=False)
            yield connection
    except AccessRefused as error:
        raise BrokerUnavailable(
            f"rabbitmq at {redacted_url(url)} refuses the user or password in its URL: fix RABBITMQ_URL"
        ) from error
    except (AMQPError, OSError, ValueError, TypeError, KeyError) as error:  # kombu raises TypeError for some queries
        raise BrokerUnavailable(
            f"rabbitmq at {redacted_url(url)} does not answer ({reason(error)}): start it, or fix or unset RABBITMQ_URL"
        ) from error
