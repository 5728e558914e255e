"""Where SQS is: AWS itself, an endpoint of the user's, or an emulator; and what AWS costs."""

import socket
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from listeners import listening

from bench.relay.relay import Relay
from bench.subject.detour import leading
from brokers import BrokerUnavailable, Server
from brokers.errors import UsageError
from brokers.server import serve
from brokers.sqs import SQS
from brokers.sqs_endpoint import client_of, pinging
from brokers.workspace import Workspace

BROKER = SQS()
DEFAULT, FIFO = SQS.profiles["default"], SQS.profiles["fifo"]
AWS = Server(url="aws", software="aws sqs", version="us-east-1")


@pytest.fixture(autouse=True)
def _no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SQS_URL", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("url", "broker_url", "secure"),
    [
        ("http://localhost:4566", "sqs://brokerbench:brokerbench@localhost:4566", False),
        ("http://key:se%2Fcret@localhost:4566", "sqs://key:se%2Fcret@localhost:4566", False),
        ("https://sqs.example", "sqs://brokerbench:brokerbench@sqs.example:443", True),
        ("sqs://key:secret@localhost:4566", "sqs://key:secret@localhost:4566", False),
        ("http://[::1]:4566", "sqs://brokerbench:brokerbench@[::1]:4566", False),
    ],
)
def test_an_endpoint_is_reached_by_celery(url: str, broker_url: str, secure: bool) -> None:
    settings = BROKER.settings(url, DEFAULT)
    assert settings["broker_url"] == broker_url
    assert settings["broker_transport_options"]["is_secure"] is secure


@pytest.mark.parametrize("url", ["aws", "sqs://", "https://sqs.eu-west-1.amazonaws.com"])
def test_aws_is_reached_without_credentials_of_ours(url: str) -> None:
    settings = BROKER.settings(url, DEFAULT)
    assert settings["broker_url"] == "sqs://"
    assert "is_secure" not in settings["broker_transport_options"]


def test_aws_with_the_users_credentials_in_the_url_is_aws() -> None:
    assert BROKER.settings("sqs://KEY:se%2Fcret@", DEFAULT)["broker_url"] == "sqs://KEY:se%2Fcret@"


def test_the_region_of_an_aws_host_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    options = BROKER.settings("https://sqs.eu-west-1.amazonaws.com", DEFAULT)["broker_transport_options"]
    assert options["region"] == "eu-west-1"


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_is_the_one_that_boto3_would_take(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "eu-central-1")
    assert BROKER.settings("aws", DEFAULT)["broker_transport_options"]["region"] == "eu-central-1"


def test_credentials_for_an_endpoint_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sec/ret")
    assert BROKER.settings("http://localhost:1", DEFAULT)["broker_url"] == "sqs://key:sec%2Fret@localhost:1"


@pytest.mark.parametrize("name", ["SQS_URL", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL"])
def test_an_endpoint_variable_makes_it_the_users(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://key:s3cr3t@sqs.example:1")
    source = BROKER.find()
    assert (source.kind, source.location) == ("url", "http://sqs.example:1")
    assert "s3cr3t" not in repr(source)
    assert BROKER.local_url() == "http://key:s3cr3t@sqs.example:1"


@pytest.mark.parametrize("url", ["localhost:4566", "amqp://localhost:4566", "http://", "http://host:port"])
def test_what_is_no_endpoint_is_refused_with_the_remedy(url: str) -> None:
    with pytest.raises(BrokerUnavailable, match="set SQS_URL to http"):
        BROKER.settings(url, DEFAULT)


def test_an_unknown_emulator_is_missing_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERBENCH_SQS_EMULATOR", "localstack")
    source = BROKER.find()
    assert source.kind == "missing"
    assert "ministack" in source.remedy


def test_a_fifo_queue_is_named_as_aws_wants_it() -> None:
    assert BROKER.lease("aws", FIFO, "brokerbench-1").queue == "brokerbench-1.fifo"
    assert BROKER.settings("aws", FIFO)["task_default_queue"] == "celery.fifo"


def test_requests_at_aws_cost_what_the_list_says() -> None:
    assert BROKER.dollars(AWS, DEFAULT, 1_000_000) == pytest.approx(0.40)
    assert BROKER.dollars(AWS, FIFO, 2_000_000) == pytest.approx(1.00)


def test_a_user_may_bring_their_own_prices(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('as_of = "2030-01"\nstandard = 3\nfifo = 4\n')
    monkeypatch.setenv("BROKERBENCH_SQS_PRICES", str(prices))
    assert BROKER.dollars(AWS, DEFAULT, 1_000_000) == pytest.approx(3)


@pytest.mark.parametrize("price", ["-1", "nan", "inf", "1e300", "true", "'1'", "[1]", "9" * 5000, "0x" + "f" * 400])
def test_a_price_that_is_none_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, price: str
) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text(f"standard = {price}\n")
    monkeypatch.setenv("BROKERBENCH_SQS_PRICES", str(prices))
    with pytest.raises(UsageError) as caught:
        BROKER.dollars(AWS, DEFAULT, 1_000_000)
    message = caught.value.format_message()
    assert str(prices) in message
    assert "\n" not in message
    assert len(message) < len(str(prices)) + 300


def test_a_price_list_without_the_price_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text("fifo = 1\n")
    monkeypatch.setenv("BROKERBENCH_SQS_PRICES", str(tmp_path / "prices.toml"))
    with pytest.raises(UsageError, match="has no price 'standard': write dollars per million requests"):
        BROKER.dollars(AWS, DEFAULT, 1)


def test_an_emulator_costs_nothing_by_request() -> None:
    emulator = Server(url="http://localhost:1", software="ministack", version="1", emulator=True)
    assert BROKER.dollars(emulator, DEFAULT, 1_000_000) is None


@pytest.mark.parametrize("emulator", ["ministack", "moto"])
def test_an_emulators_queue_urls_lead_through_the_relay_again(
    emulator: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(emulator)
    monkeypatch.setenv("BROKERBENCH_SQS_EMULATOR", emulator)
    monkeypatch.setenv("MINISTACK_HOST", "elsewhere.example")
    with serve(BROKER, DEFAULT, workspace) as server:
        wire = BROKER.wire(server.url)
        assert wire is not None
        with (
            Relay(wire.host, wire.port, wire.protocol) as relay,
            client_of(wire.through(relay.host, relay.port)) as client,
        ):
            urls = [
                client.create_queue(QueueName="test")["QueueUrl"],
                client.get_queue_url(QueueName="test")["QueueUrl"],
            ]
            urls += client.list_queues()["QueueUrls"]
            assert {urlsplit(url).netloc for url in urls} == {f"{relay.host}:{relay.port}"}
            assert relay.traffic().operations == {"CreateQueue": 1, "GetQueueUrl": 1, "ListQueues": 1}


@pytest.mark.parametrize("url", ["aws", "sqs://", "sqs://KEY:secret@", "http://sqs.eu-west-1.amazonaws.com"])
def test_aws_cannot_be_relayed(url: str) -> None:
    assert BROKER.wire(url) is None


def test_pings_go_on_to_the_same_place_when_the_server_ends_their_connection() -> None:
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    asked: list[bytes] = []

    def refuse(connection: socket.socket) -> None:
        asked.append(connection.recv(65_536))
        connection.sendall(refusal)

    with listening(refuse) as relay, ExitStack() as ends:
        with leading("broker.invalid", 80, relay):
            ping = ends.enter_context(pinging("http://key:secret@broker.invalid"))
        ping()
        assert [request.partition(b" ")[0] for request in asked] == [b"HEAD", b"HEAD"]
