"""What a private RabbitMQ node says of its memory, and what there is to read where it says nothing."""

from pathlib import Path

import pytest
from kombu import Connection
from support import Servers

from brokers import BrokerUnavailable
from brokers.rabbitmq import RabbitMQ
from brokers.rabbitmq_node import Node
from brokers.registry import find_broker

WAITING = 1000
PAYLOAD_BYTES = 1024


@pytest.mark.long
def test_the_memory_of_waiting_messages_is_told_again_and_again(servers: Servers, queue: str) -> None:
    broker, url = find_broker("rabbitmq"), servers.private("rabbitmq").url

    def memory_bytes() -> int:
        found = broker.memory_bytes(url)
        assert found is not None
        return found

    with Connection(url) as connection:
        waiting = connection.SimpleQueue(queue, serializer="raw")
        empty_bytes = memory_bytes()
        for number in range(WAITING):
            waiting.put(f"{number:04}".encode() * (PAYLOAD_BYTES // 4))
        each = [(memory_bytes() - empty_bytes) / WAITING for _ in range(2)]
        waiting.clear()
        left = (memory_bytes() - empty_bytes) / WAITING
        waiting.queue.delete()
    assert min(each) > PAYLOAD_BYTES
    assert max(each) < min(each) * 1.05
    assert left < 0.1 * min(each)


def test_a_node_that_ended_or_was_not_started_here_says_nothing() -> None:
    assert RabbitMQ().memory_bytes("pyamqp://me:secret@127.0.0.1:5672//") is None


def test_without_rabbitmqctl_beside_the_server_nothing_is_said(tmp_path: Path) -> None:
    node = Node.in_directory(str(tmp_path / "rabbitmq-server"), tmp_path, 5672)
    assert node.memory_bytes() is None


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo nodedown amqp://me:secret@h >&2; exit 69", "nodedown amqp://\\*\\*\\*@h"),
        ("echo '{error,undef}'", "{error,undef}"),
        ("exit 1", "rabbitmqctl eval failed"),
    ],
)
def test_a_rabbitmqctl_that_fails_says_why_without_secrets(script: str, said: str, tmp_path: Path) -> None:
    control = tmp_path / "rabbitmqctl"
    control.write_text(f"#!/bin/sh\n{script}\n")
    control.chmod(0o755)
    node = Node.in_directory(str(tmp_path / "rabbitmq-server"), tmp_path, 5672)
    with pytest.raises(BrokerUnavailable, match=said) as caught:
        node.memory_bytes()
    assert "secret" not in str(caught.value)


def test_a_rabbitmqctl_that_cannot_be_run_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "rabbitmqctl").write_text("")
    node = Node.in_directory(str(tmp_path / "rabbitmq-server"), tmp_path, 5672)
    with pytest.raises(BrokerUnavailable, match="PermissionError"):
        node.memory_bytes()
