"""Where an SQS URL leads: to AWS itself or an endpoint, in which region, with whose credentials."""

import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from brokers.errors import BrokerUnavailable
from brokers.secrets import reason, redacted_url

__all__ = [
    "client_of",
    "credentials_of",
    "endpoint_of",
    "is_aws_host",
    "pinging",
    "region_of",
    "status_of",
    "tcp_address_of",
    "users_url",
    "users_variable",
]

_AWS_HOST = re.compile(r"sqs(-fips)?\.(?P<region>[a-z0-9-]+)\.(amazonaws\.com(\.cn)?|api\.aws)")
_VARIABLES = ("SQS_URL", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL")
_DEFAULT_REGION = "us-east-1"
_TIMEOUT_S = 5.0


def is_aws_host(url: str) -> bool:
    """Return True if a URL's host is one of AWS's own for SQS."""
    return _AWS_HOST.fullmatch(urlsplit(url).hostname or "") is not None


def users_variable() -> str | None:
    """Return the variable that names the user's URL: ours or one of boto3's; None if none is set."""
    return next((name for name in _VARIABLES if os.environ.get(name)), None)


def users_url() -> str | None:
    """Return the user's URL from the environment."""
    variable = users_variable()
    return os.environ[variable] if variable else None


def endpoint_of(url: str) -> SplitResult | None:
    """Return scheme, host and port of an endpoint; None for AWS itself. Raises BrokerUnavailable if it is neither."""
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


def region_of(url: str) -> str:
    """Return the region of an AWS URL, or else the environment's, boto3's, or us-east-1."""
    found = _AWS_HOST.fullmatch(urlsplit(url).hostname or "")
    if found:
        return found["region"]
    return os.environ.get("AWS_REGION") or boto3.Session().region_name or _DEFAULT_REGION


def credentials_of(url: str) -> tuple[str, ...]:
    """Return key and secret: the URL's, or none for AWS, or the environment's, or any that an emulator accepts."""
    parts = urlsplit(url)
    if parts.username or endpoint_of(url) is None:
        return (unquote(parts.username), unquote(parts.password or "")) if parts.username else ()
    environment = os.environ
    key = environment.get("AWS_ACCESS_KEY_ID") or "brokerbench"
    return key, environment.get("AWS_SECRET_ACCESS_KEY") or "brokerbench"


def status_of(error: BrokerUnavailable) -> int | None:
    """Return the HTTP status with which an endpoint refused a request; None if it did not answer."""
    cause = error.__cause__
    return int(cause.response["ResponseMetadata"]["HTTPStatusCode"]) if isinstance(cause, ClientError) else None


def place_of(url: str) -> SplitResult:
    """Return scheme, host and port of an endpoint, or of AWS in the URL's region."""
    if endpoint := endpoint_of(url):
        return endpoint
    client = boto3.client("sqs", region_name=region_of(url), aws_access_key_id="-", aws_secret_access_key="-")  # noqa: S106
    return urlsplit(str(client.meta.endpoint_url))


def tcp_address_of(url: str) -> tuple[str, int]:
    """Return the host and port to which clients connect. Raises BrokerUnavailable if a proxy leads there."""
    place = place_of(url)
    host, port = place.hostname or "", place.port or (443 if place.scheme == "https" else 80)
    if place.scheme in getproxies() and not proxy_bypass(host):
        raise BrokerUnavailable(
            f"sqs at {redacted_url(url)} cannot be put at a distance: a proxy leads there; add {host} to NO_PROXY"
        )
    return host, port


@contextmanager
def pinging(url: str) -> Iterator[Callable[[], object]]:
    """Yield what sends HEAD without credentials at each call: the refusal is a round trip.

    A server may end the connection after some requests. The next one goes to the same address: by then, the host's name
    may lead elsewhere.
    """
    endpoint = place_of(url)
    kind = HTTPSConnection if endpoint.scheme == "https" else HTTPConnection
    connection = kind(endpoint.hostname or "", endpoint.port, timeout=_TIMEOUT_S)

    def ping() -> None:
        connection.sock = connection.sock or _connected(address, endpoint)
        connection.request("HEAD", "/")
        connection.getresponse().read()

    try:
        connection.sock = _connected((endpoint.hostname or "", connection.port), endpoint)
        address = connection.sock.getpeername()[:2]
        ping()
        yield ping
    except (OSError, HTTPException) as error:
        where = redacted_url(url) if endpoint_of(url) else "AWS"
        raise BrokerUnavailable(
            f"sqs at {where} does not answer ({reason(error)}): start it, or fix or unset SQS_URL"
        ) from error
    finally:
        connection.close()


def _connected(address: tuple[str, int], endpoint: SplitResult) -> socket.socket:
    """Connect to an address of the endpoint, which must prove its name if the scheme says so. Raises OSError."""
    connection = socket.create_connection(address, _TIMEOUT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if endpoint.scheme != "https":
        return connection
    return ssl.create_default_context().wrap_socket(connection, server_hostname=endpoint.hostname)


@contextmanager
def client_of(url: str) -> Iterator[Any]:
    """Yield a short-lived client; raise its errors as ours, without the URL's secrets."""
    endpoint, credentials = endpoint_of(url), credentials_of(url)
    where = redacted_url(url) if endpoint else "AWS"
    config = Config(connect_timeout=_TIMEOUT_S, read_timeout=_TIMEOUT_S, retries={"total_max_attempts": 1})
    options: dict[str, Any] = {"region_name": region_of(url), "config": config}
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
            f"sqs at {where} refuses the request ({reason(error)}): fix the credentials, the policy or SQS_URL"
        ) from error
    except (BotoCoreError, ValueError) as error:
        raise BrokerUnavailable(
            f"sqs at {where} does not answer ({reason(error)}): start it, or fix or unset SQS_URL"
        ) from error
