"""What a relay makes of HTTP requests and their answers, seen by a plain client and a plain server."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.records.distance import Distance
from bench.relay.http_faults import HttpFault
from bench.relay.relay import Relay
from brokers.sqs import SQS
from brokers.wire import WireProtocol
from brokers.wire_http import HttpMeter

PROTOCOL = WireProtocol(name="HTTP/1.1", from_client=HttpMeter)
TIMEOUT_S = 10
SILENCE_S = 0.3


class Service(BaseHTTPRequestHandler):
    """Answers with what it was asked for, and says nothing to ``DeleteMessage``."""

    protocol_version = "HTTP/1.1"
    done: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        action = self.headers.get("X-Amz-Target", "").rpartition(".")[2] or body.decode()
        self.done.append(action)
        answer = b"" if action == "DeleteMessage" else action.encode() * 10
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def relay(done: list[str]) -> Iterator[Relay]:
    handler = type("Handler", (Service,), {"done": done})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        serving.start()
        with Relay("127.0.0.1", server.server_port, PROTOCOL, SQS.http) as relay:
            yield relay
        server.shutdown()
        serving.join()


@pytest.fixture
def client(relay: Relay) -> Iterator[http.client.HTTPConnection]:
    client = http.client.HTTPConnection(relay.host, relay.port, timeout=TIMEOUT_S)
    yield client
    client.close()


def ask(client: http.client.HTTPConnection, action: str, body: str = "{}") -> tuple[int, bytes]:
    client.request("POST", "/", body, {"X-Amz-Target": f"AmazonSQS.{action}"})
    answer = client.getresponse()
    return answer.status, answer.read()


@pytest.mark.parametrize("body", ["{}", "x" * 300_000], ids=["small", "large"])
def test_what_is_not_planned_for_passes(body: str, relay: Relay, client: http.client.HTTPConnection) -> None:
    relay.http.plan("DeleteMessage", "503", 1)
    assert ask(client, "SendMessage", body) == (200, b"SendMessage" * 10)
    assert relay.http.left == 1


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("503", 503, "com.amazonaws.sqs#ServiceUnavailable"),
        ("throttled", 403, "com.amazonaws.sqs#RequestThrottled"),
    ],
)
def test_the_next_requests_of_an_action_are_answered_by_the_relay_and_the_server_hears_nothing(
    fault: HttpFault, status: int, code: str, relay: Relay, client: http.client.HTTPConnection, done: list[str]
) -> None:
    relay.http.plan("SendMessage", fault, 2)
    for _ in range(2):
        found, body = ask(client, "SendMessage")
        assert (found, json.loads(body)["__type"]) == (status, code)
        assert ask(client, "ReceiveMessage")[0] == 200
    assert ask(client, "SendMessage") == (200, b"SendMessage" * 10)
    assert done == ["ReceiveMessage", "ReceiveMessage", "SendMessage"]
    assert len(relay.http.met_ns) == 2


def test_an_answer_of_the_relay_comes_from_as_far_away_as_the_servers(
    relay: Relay, client: http.client.HTTPConnection, done: list[str]
) -> None:
    assert ask(client, "SendMessage")[0] == 200
    relay.set_distance(Distance(rtt_ns=60_000_000))
    relay.http.plan("SendMessage", "503", 1)
    begin_s = time.monotonic()
    assert ask(client, "SendMessage")[0] == 503
    assert time.monotonic() - begin_s >= 0.06
    relay.http.plan("SendMessage", "truncated", 1)
    with pytest.raises(http.client.IncompleteRead):
        ask(client, "SendMessage")
    assert time.monotonic() - begin_s >= 0.12
    assert done == ["SendMessage", "SendMessage"]


def test_an_action_in_a_form_is_known_as_well(relay: Relay, client: http.client.HTTPConnection) -> None:
    relay.http.plan("ReceiveMessage", "503", 1)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    client.request("POST", "/", "Version=1&Action=ReceiveMessage", form)
    assert client.getresponse().status == 503


def test_a_forgotten_plan_harms_nobody(relay: Relay, client: http.client.HTTPConnection) -> None:
    relay.http.plan("SendMessage", "503", 3)
    relay.http.forget()
    assert ask(client, "SendMessage")[0] == 200


def test_an_answer_that_never_comes_is_that_of_a_server_that_did_its_work(
    relay: Relay, client: http.client.HTTPConnection, done: list[str]
) -> None:
    relay.http.plan("SendMessage", "timeout", 1)
    client.timeout = SILENCE_S
    with pytest.raises(TimeoutError):
        ask(client, "SendMessage")
    client.close()
    assert done == ["SendMessage"]
    client.timeout = TIMEOUT_S
    assert ask(client, "SendMessage")[0] == 200


def test_an_answer_breaks_off_in_the_middle_of_its_body(
    relay: Relay, client: http.client.HTTPConnection, done: list[str]
) -> None:
    relay.http.plan("SendMessage", "truncated", 1)
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(client, "SendMessage")
    assert len(caught.value.partial) == len("SendMessage") * 5
    client.close()
    assert ask(client, "SendMessage")[0] == 200
    assert done == ["SendMessage", "SendMessage"]


def test_an_answer_without_a_body_breaks_off_in_its_head(relay: Relay) -> None:
    relay.http.plan("DeleteMessage", "truncated", 1)
    with socket.create_connection((relay.host, relay.port), timeout=TIMEOUT_S) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: S.DeleteMessage\r\nContent-Length: 0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"\r\n\r\n" not in answer
