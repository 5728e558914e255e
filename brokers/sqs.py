"""Amazon SQS: AWS itself when asked for by name, an endpoint of the user's, or an emulator from pip."""

import os
import re
import secrets
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version as package_version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import SplitResult, quote, unquote, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from brokers.errors import BrokerUnavailable
from brokers.protocol import Lease, Profile, Server, Settings, Source
from brokers.secrets import reason, redacted_url
from brokers.server import free_port, run_process

__all__ = ["SQS"]

_EMULATOR_VARIABLE = "BROKERBENCH_SQS_EMULATOR"
_EMULATORS = {"ministack": "ministack", "moto": "moto.server"}  # name -> module that ``python -m`` runs
_AWS = ("aws", "sqs://")
_AWS_HOST = re.compile(r"sqs(-fips)?\.(?P<region>[a-z0-9-]+)\.(amazonaws\.com(\.cn)?|api\.aws)")
_DEFAULT_REGION = "us-east-1"
_TIMEOUT_S = 5.0
_PRICES = Path(__file__).with_name("sqs-prices.toml")
_PRICES_VARIABLE = "BROKERBENCH_SQS_PRICES"


class SQS:
    """Amazon SQS, by kombu's SQS transport."""

    name = "sqs"
    url_variable = "SQS_URL"
    spans_processes = True
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
        """Look for SQS_URL, boto3's endpoint variables, then the emulator."""
        if url := _users_url():
            location = "AWS" if url in _AWS else redacted_url(url)
            return Source(kind="url", location=location, target=url)
        emulator = os.environ.get(_EMULATOR_VARIABLE) or "ministack"
        if emulator not in _EMULATORS:
            known = " or ".join(_EMULATORS)
            return Source(
                kind="missing",
                location=f"{_EMULATOR_VARIABLE}={emulator} is unknown",
                remedy=f"set it to {known}",
            )
        if find_spec(emulator) is None:
            remedy = f"run 'pip install brokerbench[{emulator}]', or set SQS_URL"
            return Source(kind="missing", location=f"{emulator} is not installed", remedy=remedy)
        return Source(kind="embedded", location=emulator, target=emulator)

    def version(self, source: Source) -> str:
        """Give the emulator's package version; AWS and other endpoints have none."""
        return package_version(source.target) if source.kind == "embedded" else ""

    def local_url(self) -> str:
        """Give SQS_URL, boto3's endpoint variables, or the emulators' standard local address."""
        return _users_url() or "http://localhost:4566"

    @contextmanager
    def boot(self, source: Source, profile: Profile, directory: Path) -> Iterator[Server]:
        """Start an emulator that serves SQS alone, on a free loopback port."""
        port = free_port()
        url = f"http://brokerbench:{secrets.token_urlsafe(16)}@127.0.0.1:{port}"
        command = [sys.executable, "-m", _EMULATORS[source.target]]
        if source.target == "moto":
            command += ["-H", "127.0.0.1", "-p", str(port)]
        environment = {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "SERVICES": "sqs",
            "SFTP_ENABLED": "0",
            "TMPDIR": str(directory),
        }
        with run_process(command, directory=directory, ready=lambda: self.inspect(url), environment=environment):
            yield Server(
                url=url,
                software=source.target,
                version=package_version(source.target),
                private=True,
                emulator=True,
            )

    def inspect(self, url: str) -> Server:
        """Ask for a queue list of at most one."""
        with _client(url) as client:
            client.list_queues(QueueNamePrefix="brokerbench-", MaxResults=1)
            meta = client.meta
        if _AWS_HOST.fullmatch(urlsplit(meta.endpoint_url).hostname or ""):
            return Server(url=url, software="aws sqs", version=meta.region_name)
        return Server(url=url, software="sqs endpoint", version="unknown", emulator=True)

    def check(self, server: Server, profile: Profile) -> None:
        """Accept: what a profile needs is in the queue's name and the task's settings."""

    def settings(self, url: str, profile: Profile, queue: str | None = None) -> Settings:
        """Give Celery's settings; on AWS, boto3 finds credentials in the subject's environment."""
        endpoint, credentials = _endpoint(url), _credentials(url)
        options: Settings = {"region": _region(url)}
        if endpoint:
            options["is_secure"] = endpoint.scheme == "https"
        userinfo = ":".join(quote(part, safe="") for part in credentials)
        return {
            "broker_url": f"sqs://{userinfo}{'@' if userinfo else ''}{endpoint.netloc if endpoint else ''}",
            "broker_transport_options": options,
            "task_default_queue": queue or _queue_name(profile, "celery"),
            **profile.settings,
        }

    def lease(self, url: str, profile: Profile, name: str) -> Lease:
        """Use the name; a FIFO queue's ends in ``.fifo``."""
        return Lease(queue=_queue_name(profile, name))

    def discard(self, url: str, lease: Lease) -> None:
        """Delete the queue."""
        with _client(url) as client, suppress(client.exceptions.QueueDoesNotExist):
            client.delete_queue(QueueUrl=client.get_queue_url(QueueName=lease.queue)["QueueUrl"])

    def dollars(self, server: Server, profile: Profile, requests: int) -> float | None:
        """Price the requests by the dated list beside this file, or by the user's own of the same form."""
        if _endpoint(server.url):
            return None
        prices = tomllib.loads(Path(os.environ.get(_PRICES_VARIABLE) or _PRICES).read_text())
        dollars_per_million: float = prices["fifo" if profile.name == "fifo" else "standard"]
        return requests * dollars_per_million / 1e6


def _users_url() -> str | None:
    return next(
        (url for name in ("SQS_URL", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL") if (url := os.environ.get(name))),
        None,
    )


def _endpoint(url: str) -> SplitResult | None:
    """Give scheme, host and port of an endpoint; None is AWS itself. Raises BrokerUnavailable if it is neither."""
    if url == "aws":
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if _AWS_HOST.fullmatch(host) or (parts.scheme == "sqs" and not host):
        return None
    if not host or parts.scheme not in ("http", "https", "sqs"):
        raise BrokerUnavailable(
            f"sqs at {redacted_url(url)}: set SQS_URL to http[s]://[key:secret@]host[:port], or to aws"
        )
    scheme = "https" if parts.scheme == "https" else "http"
    place = f"[{host}]" if ":" in host else host
    return SplitResult(scheme, f"{place}:{port or (443 if scheme == 'https' else 80)}", "", "", "")


def _queue_name(profile: Profile, name: str) -> str:
    return f"{name}.fifo" if profile.name == "fifo" else name


def _region(url: str) -> str:
    found = _AWS_HOST.fullmatch(urlsplit(url).hostname or "")
    if found:
        return found["region"]
    return os.environ.get("AWS_REGION") or boto3.Session().region_name or _DEFAULT_REGION


def _credentials(url: str) -> tuple[str, ...]:
    """Give key and secret: the URL's, else none for AWS, else the environment's or some that an emulator takes."""
    parts = urlsplit(url)
    if parts.username or _endpoint(url) is None:
        return (unquote(parts.username), unquote(parts.password or "")) if parts.username else ()
    environment = os.environ
    key = environment.get("AWS_ACCESS_KEY_ID") or "brokerbench"
    return key, environment.get("AWS_SECRET_ACCESS_KEY") or "brokerbench"


@contextmanager
def _client(url: str) -> Iterator[Any]:
    """Give a short-lived client; errors become ours, without the URL's secrets."""
    endpoint, credentials = _endpoint(url), _credentials(url)
    where = redacted_url(url) if endpoint else "AWS"
    config = Config(connect_timeout=_TIMEOUT_S, read_timeout=_TIMEOUT_S, retries={"total_max_attempts": 1})
    options: dict[str, Any] = {"region_name": _region(url), "config": config}
    if endpoint:
        options["endpoint_url"] = endpoint.geturl()
    if credentials:
        options["aws_access_key_id"], options["aws_secret_access_key"] = credentials
    try:
        client = boto3.client("sqs", **options)
        yield client
        client.close()
    except ClientError as error:
        raise BrokerUnavailable(
            f"sqs at {where} refuses ({reason(error)}): mend the credentials, the policy or SQS_URL"
        ) from error
    except (BotoCoreError, ValueError) as error:
        raise BrokerUnavailable(
            f"sqs at {where} does not answer ({reason(error)}): start it, or mend or unset SQS_URL"
        ) from error
