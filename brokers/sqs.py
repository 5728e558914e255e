"""Amazon SQS: AWS itself if asked for by name, the user's own endpoint, or an emulator from pip."""

import os
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib.metadata import version as package_version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from brokers.beside import queues_beside
from brokers.documents import Unreadable, shortened, toml_file
from brokers.emulator import write_credentials
from brokers.errors import BrokerUnavailable, UsageError
from brokers.overlay import overlay
from brokers.protocol import Broker, Lease, Profile, Server, Settings, Source, Wait, Waits
from brokers.secrets import redacted_url
from brokers.server import free_port, run_process
from brokers.sqs_answers import SERVICE
from brokers.sqs_endpoint import (
    client_of,
    credentials_of,
    endpoint_of,
    is_aws_host,
    pinging,
    region_of,
    status_of,
    tcp_address_of,
    users_url,
    users_variable,
)
from brokers.sqs_tunables import TUNABLES
from brokers.wire import Wire, WireProtocol, wire_of
from brokers.wire_http import HttpMeter

__all__ = ["SQS"]

_EMULATOR_VARIABLE = "BROKERBENCH_SQS_EMULATOR"
_EMULATORS = {"ministack": "ministack", "moto": "moto[server]"}  # the name, and what pip installs for it
# Keeps the user's own path, which may contain a moto.py for example, from getting in the way.
_RUN_EMULATOR = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from brokers.emulator import main; main(*sys.argv[1:])"
)
_HOME = str(Path(__file__).parents[1])
_EMULATOR_SETTINGS = {
    "AUTH": "false",  # the gate demands credentials; ministack would not know the user
    "IOT_MTLS_ENABLED": "0",
    "LOG_LEVEL": "WARNING",
    "PERSIST_STATE": "0",
    "S3_PERSIST": "0",
    "SERVICES": "sqs",
    "SFTP_ENABLED": "0",
}
# They are meant for the user's own emulator; MINISTACK_HOST would create queue URLs that bypass a relay.
_OTHERS_VARIABLES = ("LOCALSTACK_", "MINISTACK_", "MOTO_")
_INSIDE = Path(__file__).with_name("inside")
_AWS = ("aws", "sqs://")
_REFUSED = (401, 403)
_PRICES = Path(__file__).with_name("sqs-prices.toml")
_PRICES_VARIABLE = "BROKERBENCH_SQS_PRICES"
_MOST_DOLLARS = 1_000_000
_HTTP = WireProtocol(name="HTTP/1.1", from_client=HttpMeter, acknowledges=SERVICE.acknowledge)


class SQS(Broker):
    """Amazon SQS, by kombu's SQS transport."""

    name = "sqs"
    url_variable = "SQS_URL"
    requirements = (*Broker.requirements, "kombu[sqs]")
    client_libraries = ("boto3", "botocore", "pycurl")
    kept_options = Broker.kept_options | {
        "body_encoding",
        "polling_interval",
        "sqs_base64_encoding",
        "visibility_timeout",  # of a run's own queues
        "wait_time_seconds",
    }
    reserved_options = Broker.reserved_options | {"predefined_queues", "queue_name_prefix", "supports_fanout"}
    raw_client = _INSIDE / "raw_sqs.py"
    detour = _INSIDE / "detour_sqs.py"
    http = SERVICE
    tunables = TUNABLES
    longest_poll_s = 11.0  # an empty poll of 10 s, and a pause of 1 s
    waits = Waits(
        redelivery=Wait(
            default="after the queue's visibility timeout of 1800 s",
            within_s=17,  # 5 s, an empty poll of 10 s that is already under way, and its pause of 1 s
            settings={"broker_transport_options": {"visibility_timeout": 5}},
        ),
        silence=Wait(default="never during a receive, and after 60 s during another request", within_s=30),
        poll=Wait(
            default="after 10 s",
            within_s=3,  # an empty poll of 1 s, a pause of 1 s, and some slack
            settings={"broker_transport_options": {"wait_time_seconds": 1}},
        ),
        answer=Wait(
            default="60 s",
            within_s=2,
            settings={"broker_transport_options": {"client-config": {"read_timeout": 2}}},
        ),
    )
    profiles: ClassVar[dict[str, Profile]] = {
        "default": Profile(name="default", tier="fast", summary="Celery's defaults on a standard queue"),
        "durable": Profile(
            name="durable",
            tier="durable",
            summary="a standard queue, late acknowledgement",
            settings={"task_acks_late": True, "task_reject_on_worker_lost": True},
        ),
        "fifo": Profile(name="fifo", tier="fast", summary="Celery's defaults on a FIFO queue, one message group"),
    }

    def find(self) -> Source:
        """Look for SQS_URL, then boto3's endpoint variables, then the emulator."""
        if url := users_url():
            location = "AWS" if url in _AWS else redacted_url(url)
            return Source(kind="url", location=location, target=url, named_by=users_variable() or "")
        emulator = os.environ.get(_EMULATOR_VARIABLE) or "ministack"
        if emulator not in _EMULATORS:
            known = " or ".join(_EMULATORS)
            return Source(
                kind="missing",
                location=f"{_EMULATOR_VARIABLE}={emulator} is unknown",
                remedy=f"set it to {known}",
            )
        if find_spec(emulator) is None:
            remedy = f"run \"pip install '{_EMULATORS[emulator]}'\", or set SQS_URL"
            return Source(kind="missing", location=f"{emulator} is not installed", remedy=remedy)
        return Source(kind="embedded", location=emulator, target=emulator)

    def version(self, source: Source) -> str:
        """Return the emulator's package version; AWS and other endpoints have none."""
        return package_version(source.target) if source.kind == "embedded" else ""

    def local_url(self) -> str:
        """Return SQS_URL, boto3's endpoint variables, or the emulators' standard local address."""
        return users_url() or "http://localhost:4566"

    @contextmanager
    def boot(self, source: Source, profile: Profile, directory: Path) -> Iterator[Server]:
        """Start an emulator that serves only SQS, on a free loopback port, and demands this run's credentials."""
        port = free_port()
        key, secret, credentials = secrets.token_urlsafe(16), secrets.token_urlsafe(16), directory / "credentials"
        write_credentials(credentials, key, secret)
        url = f"http://{key}:{secret}@127.0.0.1:{port}"
        with run_process(
            [sys.executable, "-P", "-c", _RUN_EMULATOR, _HOME, source.target, str(port), str(credentials)],
            directory=directory,
            ready=lambda: self.inspect(url),
            environment={
                **_EMULATOR_SETTINGS,
                "GATEWAY_PORT": str(port),
                "TMPDIR": str(directory),
            },
            without=_OTHERS_VARIABLES,
            secret=secret,
        ) as process:
            yield Server(
                url=url,
                process=process,
                software=source.target,
                version=package_version(source.target),
                private=True,
                emulator=True,
            )

    def inspect(self, url: str) -> Server:
        """Request a list of at most one queue."""
        with client_of(url) as client:
            client.list_queues(QueueNamePrefix="brokerbench-", MaxResults=1)
            meta = client.meta
        if is_aws_host(meta.endpoint_url):
            return Server(url=url, software="aws sqs", version=meta.region_name)
        return Server(url=url, software="sqs endpoint", version="unknown", emulator=True)

    def settings(self, url: str, profile: Profile, queue: str | None = None) -> Settings:
        """Return Celery's settings; on AWS, boto3 finds credentials in the subject's environment."""
        endpoint, credentials = endpoint_of(url), credentials_of(url)
        options: Settings = {"region": region_of(url)}
        if endpoint:
            options["is_secure"] = endpoint.scheme == "https"
        userinfo = ":".join(quote(part, safe="") for part in credentials)
        reach: Settings = {
            "broker_url": f"sqs://{userinfo}{'@' if userinfo else ''}{endpoint.netloc if endpoint else ''}",
            "broker_transport_options": options,
            "task_default_queue": queue or _queue_name(profile, "celery"),
        }
        return overlay(profile.settings, reach)

    def lease(self, url: str, profile: Profile, name: str) -> Lease:
        """Use the name; a FIFO queue's ends in ``.fifo``.

        A worker's own queue of remote control is never created. The longest name beside it has 78 of SQS's 80
        characters.
        """
        return Lease(queue=_queue_name(profile, name), also=queues_beside(name))

    def discard(self, url: str, lease: Lease) -> None:
        """Delete the queue of each name, and those that a process named after one of them.

        The list alone is not enough: it may be a minute old.
        """
        stem = lease.queue.removesuffix(".fifo")
        with client_of(url) as client:
            listed = client.list_queues(QueueNamePrefix=f"{stem}-").get("QueueUrls", [])
            for queue_url in {*listed, *_urls_of(client, (lease.queue, *lease.also))}:
                with suppress(client.exceptions.QueueDoesNotExist):
                    client.delete_queue(QueueUrl=queue_url)

    def admits_strangers(self, url: str) -> bool:
        """Return True if an endpoint accepts made-up credentials; AWS does not.

        Raises BrokerUnavailable if it does not answer.
        """
        if endpoint_of(url) is None:
            return False
        parts = urlsplit(url)
        made_up = f"{secrets.token_hex(10)}:{secrets.token_hex(10)}"
        try:
            self.inspect(parts._replace(netloc=f"{made_up}@{parts.netloc.rpartition('@')[2]}").geturl())
        except BrokerUnavailable as error:
            if status_of(error) in _REFUSED:
                return False
            raise
        return True

    def wire(self, url: str) -> Wire | None:
        """Return an endpoint's place; None for AWS and for TLS.

        Both emulators build queue URLs from a request's Host header, so those also lead through the relay.
        """
        wire = wire_of(url, _HTTP, schemes=("http", "sqs"), default_port=80)
        return wire if wire and endpoint_of(url) else None

    def tcp_address(self, url: str) -> tuple[str, int]:
        """Return the endpoint's place, or that of AWS. Raises BrokerUnavailable if a proxy leads there."""
        return tcp_address_of(url)

    def pinging(self, url: str) -> AbstractContextManager[Callable[[], object]]:
        """Send HEAD at each call, without credentials: it is refused, at no cost."""
        return pinging(url)

    def entries(self, url: str) -> int | None:
        """Return the number of queues at an endpoint, at most 1,000; None for AWS, where each request costs money."""
        if endpoint_of(url) is None:
            return None
        with client_of(url) as client:
            return len(client.list_queues(MaxResults=1000).get("QueueUrls", []))

    def dollars(self, server: Server, profile: Profile, requests: int) -> float | None:
        """Price the requests by the dated list beside this file, or by the user's own list in the same form."""
        return None if endpoint_of(server.url) else requests * self.dollars_per_million(profile) / 1e6

    def dollars_per_million(self, profile: Profile) -> float:
        """Return the price by the same list. Raises UsageError if it cannot be read."""
        return _dollars_per_million("fifo" if profile.name == "fifo" else "standard")


def _dollars_per_million(kind: str) -> float:
    """Return a price. Raises UsageError if the list cannot be read, or has no price of that kind."""
    path = Path(os.environ.get(_PRICES_VARIABLE) or _PRICES)
    try:
        price = toml_file(path).get(kind)
    except Unreadable as error:
        raise UsageError(f"cannot read the prices {path}: {error}; set {_PRICES_VARIABLE} to another file") from error
    if isinstance(price, int | float) and not isinstance(price, bool) and 0 <= price <= _MOST_DOLLARS:
        return price
    wrong = "no price" if price is None else f"{shortened(repr(price))} for the price"
    raise UsageError(f"{path} has {wrong} {kind!r}: write dollars per million requests, from 0 to {_MOST_DOLLARS:,}")


def _queue_name(profile: Profile, name: str) -> str:
    return f"{name}.fifo" if profile.name == "fifo" else name


def _urls_of(client: Any, names: Iterable[str]) -> Iterator[str]:
    """Yield the URL of each queue that exists, named as kombu names it."""
    for name in names:
        sqs_name = name if name.endswith(".fifo") else name.replace(".", "-")
        with suppress(client.exceptions.QueueDoesNotExist):
            yield client.get_queue_url(QueueName=sqs_name)["QueueUrl"]
