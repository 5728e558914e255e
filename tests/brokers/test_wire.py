"""The names that meters find in bytes, however those are cut."""

import struct
import tracemalloc
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from amqp import spec
from hypothesis import given
from hypothesis import strategies as st

from bench.relay.traffic import Conversation, Traffic, TrafficCount
from brokers import find_broker
from brokers.wire import UNKNOWN, Meter, WireProtocol
from brokers.wire_amqp import AmqpMeter
from brokers.wire_http import HttpMeter
from brokers.wire_postgres import PostgresMeter
from brokers.wire_resp import RespMeter

METERS: dict[str, Callable[[], Meter]] = {
    "amqp": AmqpMeter,
    "resp": RespMeter,
    "http": HttpMeter,
    "postgres": PostgresMeter,
}
PROTOCOLS = list(METERS)
MIB = 1024 * 1024
AMQP_HEADER = b"AMQP\0\0\x09\x01"
POSTGRES_START = struct.pack(">II", 8, 80877103) + struct.pack(">II", 17, 3 << 16) + b"user\0me\0\0"
BEGINNINGS = {"amqp": AMQP_HEADER, "postgres": POSTGRES_START}


def names_in(meter: Meter, chunks: Iterable[bytes]) -> list[str]:
    return [name for chunk in chunks for name in meter.read(chunk)]


def sent(protocol: str, *chunks: bytes) -> list[str]:
    """Return the names in what a client sends."""
    return names_in(METERS[protocol](), chunks)


def protocol_of(broker: str) -> WireProtocol:
    wire = find_broker(broker).wire({"sqs": "http://h:1"}.get(broker, find_broker(broker).local_url()))
    assert wire is not None
    assert wire.protocol is not None
    return wire.protocol


def frame(kind: int, payload: bytes, end: bytes = b"\xce") -> bytes:
    return struct.pack(">BHI", kind, 1, len(payload)) + payload + end


def method(class_and_method: tuple[int, int], arguments: bytes = b"") -> bytes:
    return frame(1, struct.pack(">HH", *class_and_method) + arguments)


def command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def message(kind: bytes, *parts: bytes) -> bytes:
    return kind + struct.pack(">I", 4 + sum(map(len, parts))) + b"".join(parts)


def executed(statement: bytes, value: bytes) -> bytes:
    """Return what libpq sends for a statement with a value: parse, bind, describe, execute, sync."""
    bound = message(b"B", b"\0\0\0\0\0\1", struct.pack(">I", len(value)), value, b"\0\0")
    parsed = message(b"P", b"\0", statement, b"\0\0\0")
    return parsed + bound + message(b"D", b"P\0") + message(b"E", b"\0\0\0\0\0") + message(b"S")


def request(body: bytes = b"", *, head: str = "POST / HTTP/1.1", is_chunked: bool = False, **headers: str) -> bytes:
    framing = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(body)}"
    lines = [head, "Host: h", framing, *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + (in_chunks(body) if is_chunked else body)


def in_chunks(body: bytes) -> bytes:
    pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])


BODIES = st.binary(max_size=40)
ACTIONS = st.sampled_from(["SendMessage", "ReceiveMessage", "DeleteMessageBatch"])


def aws_json(action: str, body: bytes, is_chunked: bool) -> tuple[str, bytes]:
    return action, request(body, is_chunked=is_chunked, X_Amz_Target=f"AmazonSQS.{action}")


def aws_query(action: str, body: bytes, is_chunked: bool) -> tuple[str, bytes]:
    form = b"MessageBody=" + body.hex().encode() + b"&Action=" + action.encode()
    return action, request(form, is_chunked=is_chunked, Content_Type="application/x-www-form-urlencoded; charset=utf-8")


OPERATIONS: dict[str, st.SearchStrategy[tuple[str, bytes]]] = {
    "amqp": st.one_of(
        BODIES.map(lambda body: ("basic.publish", method(spec.Basic.Publish, body) + frame(2, body) + frame(3, body))),
        BODIES.map(lambda body: ("queue.declare-ok", method(spec.Queue.DeclareOk, body))),
        st.just(("heartbeat", frame(8, b""))),
        st.just((UNKNOWN, method((60, 999)))),
    ),
    "resp": st.one_of(
        st.lists(BODIES, max_size=3).map(lambda words: ("LPUSH", command(b"LPUSH", *words))),
        BODIES.map(lambda word: ("MULTI", b"*0\r\n" + command(b"multi", word))),
        st.sampled_from([b"", b"\xff\n", b"x" * 65]).map(lambda name: (UNKNOWN, command(name, b"x"))),
    ),
    "postgres": st.one_of(
        BODIES.map(lambda body: ("pgmq.send", executed(b"SELECT * FROM pgmq.send(queue_name=>$1, msg=>$2)", body))),
        BODIES.map(lambda body: ("INSERT", executed(b"insert into t values ('pgmq.no', $1)", body))),
        st.just(("BEGIN", message(b"Q", b"BEGIN\0"))),
        st.just((UNKNOWN, message(b"B", b"\0nobody prepared it\0"))),
    ),
    "http": st.one_of(
        st.builds(aws_json, ACTIONS, BODIES, st.booleans()),
        st.builds(aws_query, ACTIONS, BODIES, st.booleans()),
        ACTIONS.map(lambda action: (action, request(head=f"GET /1/q?Version=1&Action={action}&x= HTTP/1.1"))),
        BODIES.map(lambda body: ("PUT /a/b", request(body, head="PUT /a/b?c=d HTTP/1.1"))),
    ),
}


@st.composite
def cut(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    places = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    return [stream[start:end] for start, end in pairwise([0, *places, len(stream)])]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@given(data=st.data())
def test_operations_are_named_wherever_the_bytes_are_cut(protocol: str, data: st.DataObject) -> None:
    operations = data.draw(st.lists(OPERATIONS[protocol], max_size=6))
    chunks = data.draw(cut(BEGINNINGS.get(protocol, b"") + b"".join(wire for _, wire in operations)))
    assert sent(protocol, *chunks) == [name for name, _ in operations]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@given(data=st.data())
def test_operations_are_named_byte_by_byte(protocol: str, data: st.DataObject) -> None:
    name, wire = data.draw(OPERATIONS[protocol])
    begun = BEGINNINGS.get(protocol, b"") + wire
    assert sent(protocol, *(bytes([byte]) for byte in begun)) == [name]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@given(data=st.data())
def test_what_is_not_the_protocol_is_unknown_once_and_then_nothing_is_read(protocol: str, data: st.DataObject) -> None:
    name, wire = data.draw(OPERATIONS[protocol])
    chunks = data.draw(cut(BEGINNINGS.get(protocol, b"") + wire + b"\x16\x03\x01\r\n\r\n" + wire))
    assert sent(protocol, *chunks) == [name, UNKNOWN]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@given(data=st.data())
def test_no_bytes_make_a_meter_fail_and_their_cuts_make_no_difference(protocol: str, data: st.DataObject) -> None:
    _, wire = data.draw(OPERATIONS[protocol])
    garbage = data.draw(st.binary(max_size=60)) + data.draw(st.sampled_from([b"", wire, wire[1:], wire[:-1]]))
    assert sent(protocol, *data.draw(cut(garbage))) == sent(protocol, garbage)


@pytest.mark.parametrize(
    ("protocol", "wire"),
    [
        ("amqp", frame(7, b"no such frame")),
        ("amqp", frame(1, b"\0\x3c")),
        ("amqp", frame(8, b"", end=b"\0")),
        ("resp", b"PING\r\n"),
        ("resp", b"*1\r\n:5\r\n"),
        ("resp", b"*1\r\n$-1\r\n"),
        ("resp", b"*1 \r\n"),
        ("resp", b"*" + b"1" * 40),
        ("postgres", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"),
        ("postgres", struct.pack(">II", 8, 80877103) + b"\x16\x03\x01\x02\0\x01\0\x01"),
        ("postgres", POSTGRES_START + message(b"z")),
        ("postgres", POSTGRES_START + b"Q\0\0\0\3"),
        ("http", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"),
        ("http", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: many\r\n\r\n"),
        ("http", b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 70_000),
    ],
)
def test_broken_bytes_are_unknown(protocol: str, wire: bytes) -> None:
    assert sent(protocol, wire)[-1] == UNKNOWN
    assert sent(protocol, wire).count(UNKNOWN) == 1


def test_a_server_that_refuses_the_version_of_amqp_sends_its_own_and_no_operation() -> None:
    assert names_in(AmqpMeter(), [AMQP_HEADER]) == []


def test_amqp_is_read_both_ways() -> None:
    protocol = protocol_of("rabbitmq")
    methods = [method(spec.Basic.Deliver), method(spec.Basic.Ack)]
    assert names_in(protocol.from_server(), methods) == ["basic.deliver", "basic.ack"]


@pytest.mark.parametrize("broker", ["postgres", "redis", "sqs"])
def test_answers_are_no_operations(broker: str) -> None:
    answers = [b"+OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"]
    assert names_in(protocol_of(broker).from_server(), answers) == []


def test_a_prepared_statement_is_named_each_time_that_it_is_executed() -> None:
    meter = PostgresMeter()
    prepared = message(b"P", b"_pg3_0\0SELECT pgmq.delete(queue_name=>$1, msg_id=>$2);\0\0\0")
    assert names_in(meter, [POSTGRES_START, prepared]) == []
    assert names_in(meter, [message(b"B", b"\0_pg3_0\0")] * 2) == ["pgmq.delete"] * 2


def test_without_a_protocol_nothing_is_named() -> None:
    count = TrafficCount()
    conversation = Conversation(count, None)
    conversation.to_server(command(b"PING"))
    conversation.from_server(b"+PONG\r\n")
    assert count.read() == Traffic(connections=1, bytes_to_server=14, bytes_from_server=7, round_trips=1)


def test_a_body_that_looks_like_a_request_is_none() -> None:
    inner = request(head="GET /inner HTTP/1.1") + b"&Action=Inner&"
    assert sent("http", request(inner) + request(head="GET /outer HTTP/1.1")) == ["POST /", "GET /outer"]


def test_the_action_of_a_form_is_found_after_a_long_message() -> None:
    form = b"MessageBody=" + b"x" * MIB + b"&Action=SendMessage"
    wire = request(form, Content_Type="application/x-www-form-urlencoded")
    assert sent("http", *(wire[at : at + 65_536] for at in range(0, len(wire), 65_536))) == ["SendMessage"]


@pytest.mark.parametrize(
    ("protocol", "head", "name"),
    [
        ("amqp", method(spec.Basic.Publish) + struct.pack(">BHI", 3, 1, 64 * MIB), "basic.publish"),
        (
            "postgres",
            POSTGRES_START
            + message(b"P", b"s\0SELECT pgmq.send($1)\0\0\0")
            + b"B"
            + struct.pack(">I", 4 + 64 * MIB)
            + b"\0s\0",
            "pgmq.send",
        ),
        ("resp", b"*2\r\n$5\r\nLPUSH\r\n$%d\r\n" % (64 * MIB), "LPUSH"),
        ("http", b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (64 * MIB), "POST /a"),
    ],
)
def test_a_large_body_is_not_kept(protocol: str, head: bytes, name: str) -> None:
    chunk = bytes(65_536)
    tracemalloc.start()
    try:
        found = sent(protocol, head, *(chunk for _ in range(64 * MIB // len(chunk))))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == [name]
    assert peak_bytes < MIB
