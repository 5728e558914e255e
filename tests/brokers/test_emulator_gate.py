"""An emulator obeys who knows this run's secret, and nobody else: another user of the machine knows the port alone."""

import http.client
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import boto3
import psutil
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from brokers import BrokerUnavailable, Server
from brokers.emulator_signature import SignedRequest
from brokers.server import serve
from brokers.sqs import SQS
from brokers.sqs_endpoint import client_of
from brokers.workspace import Workspace

BROKER = SQS()
DEFAULT = BROKER.profiles["default"]
REGION = "us-east-1"
JSON = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.CreateQueue"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
UPGRADE = {"Connection": "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}


class Emulator(NamedTuple):
    """A running emulator with its queue ``mine``, in which lies one message."""

    server: Server
    client: Any

    @property
    def credentials(self) -> Credentials:
        parts = urlsplit(self.server.url)
        return Credentials(parts.username, parts.password)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{urlsplit(self.server.url).port}"

    def contents(self) -> tuple[list[str], str]:
        """Return the names of all queues, and how many messages lie in ``mine``."""
        urls = self.client.list_queues()["QueueUrls"]
        name = "ApproximateNumberOfMessages"
        answer = self.client.get_queue_attributes(QueueUrl=urls[0], AttributeNames=[name])
        return [url.rpartition("/")[2] for url in urls], answer["Attributes"][name]


@pytest.fixture(scope="module", params=["ministack", "moto"])
def emulator(request: pytest.FixtureRequest, workspace: Workspace) -> Iterator[Emulator]:
    pytest.importorskip(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SQS_URL", raising=False)
        patch.setenv("BROKERBENCH_SQS_EMULATOR", request.param)
        patch.setenv("AUTH", "true")  # of an emulator of the user's
        with serve(BROKER, DEFAULT, workspace) as server, client_of(server.url) as client:
            queue = client.create_queue(QueueName="mine")["QueueUrl"]
            client.send_message(QueueUrl=queue, MessageBody="a task")
            yield Emulator(server, client)


def answer_to(
    emulator: Emulator, method: str, target: str, headers: dict[str, str] | None = None, body: bytes | None = None
) -> tuple[int, str]:
    """Return status and text of the answer to a request that is sent as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(emulator.server.url).port, timeout=30)
    try:
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("method", "target", "headers", "body"),
    [
        ("GET", "/", {}, None),
        ("GET", "/health", {}, None),
        ("GET", "/_ministack/health", {}, None),
        ("GET", "/_localstack/health", {}, None),
        ("POST", "/_ministack/reset", {}, b""),
        ("POST", "/_ministack/config", JSON, b'{"sqs.X": "1"}'),
        ("POST", "/_ministack/rds/iam-auth", {}, b"{}"),
        ("POST", "/moto-api/reset", {}, b""),
        ("GET", "/moto-api/data.json", {}, None),
        ("GET", "/?Action=ListQueues", {}, None),
        ("GET", "/?Action=CreateQueue&QueueName=theirs", {}, None),
        ("POST", "/", FORM, b"Action=CreateQueue&QueueName=theirs"),
        ("POST", "/", JSON, b'{"QueueName": "theirs"}'),
        ("POST", "/000000000000/mine", FORM, b"Action=SendMessage&MessageBody=theirs"),
        ("POST", "/123456789012/mine", FORM, b"Action=PurgeQueue"),
        ("OPTIONS", "/", {"Origin": "http://elsewhere.example"}, None),
        ("PUT", "/bucket", {"Host": "s3.amazonaws.com"}, None),
        ("GET", "/", {**UPGRADE, "Upgrade": "websocket"}, None),
        ("GET", "/", {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": ""}, None),
    ],
)
def test_nothing_is_told_or_done_without_credentials(
    emulator: Emulator, method: str, target: str, headers: dict[str, str], body: bytes | None
) -> None:
    before = emulator.contents()
    status, _ = answer_to(emulator, method, target, headers, body)
    assert status in (403, 101)  # HTTP/2 answers on its own stream
    assert emulator.contents() == before == (["mine"], "1")


@pytest.mark.parametrize("knows_the_key", [True, False])
def test_other_credentials_are_refused_in_words_that_boto3_reads(emulator: Emulator, knows_the_key: bool) -> None:
    key = emulator.credentials.access_key if knows_the_key else "brokerbench"
    stranger = boto3.client(
        "sqs",
        endpoint_url=emulator.address,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key="brokerbench",
    )
    queue = f"{emulator.address}/000000000000/mine"
    attempts = [
        stranger.list_queues,
        lambda: stranger.create_queue(QueueName="theirs"),
        lambda: stranger.send_message(QueueUrl=queue, MessageBody="theirs"),
        lambda: stranger.receive_message(QueueUrl=queue),
        lambda: stranger.purge_queue(QueueUrl=queue),
        lambda: stranger.delete_queue(QueueUrl=queue),
    ]
    before = emulator.contents()
    for attempt in attempts:
        with pytest.raises(ClientError) as caught:
            attempt()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        code = "SignatureDoesNotMatch" if knows_the_key else "InvalidClientTokenId"
        assert caught.value.response["Error"]["Code"] == code
    stranger.close()
    assert emulator.contents() == before


def signed(
    emulator: Emulator, method: str, target: str, headers: dict[str, str], body: bytes = b"", *, query: bool = False
) -> tuple[str, dict[str, str]]:
    """Return the target and the headers of such a request as botocore signs it."""
    request = AWSRequest(method=method, url=emulator.address + target, data=body, headers=headers)
    (SigV4QueryAuth if query else SigV4Auth)(emulator.credentials, "sqs", REGION).add_auth(request)
    prepared = request.prepare()
    return prepared.url.removeprefix(emulator.address), dict(prepared.headers)


def test_a_signature_in_the_query_and_the_query_protocol_are_let_in(emulator: Emulator) -> None:
    target, headers = signed(emulator, "GET", "/?Action=ListQueues&Version=2012-11-05", {}, query=True)
    assert answer_to(emulator, "GET", target, headers)[0] == 200
    assert answer_to(emulator, "GET", target.replace("ListQueues", "CreateQueue"), headers)[0] == 403
    body = b"Action=ListQueues&Version=2012-11-05"
    target, headers = signed(emulator, "POST", "/", FORM, body)
    status, text = answer_to(emulator, "POST", target, headers, body)
    assert (status, "/mine<" in text) == (200, True)


def test_a_signature_of_one_request_lets_no_other_in(emulator: Emulator) -> None:
    target, headers = signed(emulator, "POST", "/", JSON, b'{"QueueName": "mine"}')
    before = emulator.contents()
    assert answer_to(emulator, "POST", target, headers, b'{"QueueName": "mine"}')[0] == 200
    assert answer_to(emulator, "POST", target, headers, b'{"QueueName": "theirs"}')[0] == 403
    assert answer_to(emulator, "POST", "/_ministack/reset", headers, b'{"QueueName": "mine"}')[0] == 403
    assert answer_to(emulator, "POST", "/moto-api/reset", headers, b'{"QueueName": "mine"}')[0] == 403
    assert emulator.contents() == before


def test_an_error_is_in_the_protocol_that_is_asked_in(emulator: Emulator) -> None:
    assert json.loads(answer_to(emulator, "POST", "/", JSON, b"{}")[1])["__type"] == "InvalidClientTokenId"
    assert "<Code>InvalidClientTokenId</Code>" in answer_to(emulator, "POST", "/", FORM, b"Action=ListQueues")[1]


def test_a_wrong_secret_in_the_url_is_an_error_of_one_line(emulator: Emulator) -> None:
    wrong = emulator.server.url.replace(str(emulator.credentials.secret_key), "wr0ng")
    with pytest.raises(BrokerUnavailable, match=r"refuses the request \(.*\): fix the credentials") as caught:
        BROKER.inspect(wrong)
    message = caught.value.format_message()
    assert "\n" not in message
    assert "wr0ng" not in message


def test_the_gate_is_the_only_door_and_its_secret_is_where_nobody_else_can_read_it(emulator: Emulator) -> None:
    assert emulator.server.pid is not None
    root = psutil.Process(emulator.server.pid)
    processes = [root, *root.children(recursive=True)]
    listening = [c.laddr for one in processes for c in one.net_connections() if c.status == "LISTEN"]
    assert [tuple(address) for address in listening] == [("127.0.0.1", urlsplit(emulator.server.url).port)]
    assert emulator.server.process is not None
    assert (emulator.server.process.directory / "credentials").stat().st_mode & 0o777 == 0o600
    secrets = emulator.credentials.access_key, emulator.credentials.secret_key
    assert all(len(secret) >= 16 and secret not in " ".join(one.cmdline()) for one in processes for secret in secrets)


names = st.text("abcXYZ019-_.~", min_size=1, max_size=8)
pairs = st.lists(st.tuples(names, st.text(max_size=6)), max_size=4)


@given(
    method=st.sampled_from(["GET", "POST"]),
    path=st.lists(names.filter(lambda name: name not in (".", "..")), max_size=3).map(
        lambda parts: "/" + "/".join(parts)
    ),
    pairs=pairs,
    value=st.text("abc =,;", max_size=12),
    body=st.binary(max_size=40),
    query=st.booleans(),
)
def test_what_botocore_signs_is_signed_and_what_is_changed_is_not(
    method: str, path: str, pairs: list[tuple[str, str]], value: str, body: bytes, query: bool
) -> None:
    body = b"" if query else body  # which botocore would move into the query
    url = f"http://127.0.0.1:1{path}{'?' * bool(pairs)}{urlencode(pairs)}"
    request = AWSRequest(method=method, url=url, data=body, headers={"X-Own": value})
    (SigV4QueryAuth if query else SigV4Auth)(Credentials("key", "s/e+cret"), "sqs", REGION).add_auth(request)
    parts = urlsplit(request.url)
    headers = {name.lower(): text for name, text in request.headers.items()} | {"host": parts.netloc}
    sent = SignedRequest(method, parts.path, parts.query, headers)
    assert sent.is_of("key")
    assert not sent.is_of("keys")
    assert sent.is_signed("s/e+cret", body)
    assert not sent.is_signed("s/e cret", body)
    assert not sent.is_signed("s/e+cret", body + b"x")
    assert not SignedRequest(method, f"{parts.path}x", parts.query, headers).is_signed("s/e+cret", body)


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("", {"authorization": ""}),
        ("", {"authorization": "AWS4-HMAC-SHA256 Credential=//, Signature=, SignedHeaders="}),
        ("", {"authorization": "Basic a2V5OnNlY3JldA=="}),
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%FF%00&X-Amz-Signature=%C3", {}),
    ],
)
def test_what_is_no_signature_is_of_nobody(query: str, headers: dict[str, str]) -> None:
    request = SignedRequest("GET", "/", query, headers)
    assert not request.is_of("key")
    assert not request.is_signed("secret", b"")
