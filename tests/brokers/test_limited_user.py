"""A user of RabbitMQ who may make only names of a run's has all of them deleted all the same."""

from urllib.parse import urlsplit

import pytest
from kombu import Connection
from probes import RabbitMQProbe
from support import Servers

from brokers import Server, split_subject
from brokers.workspace import Workspace


@pytest.fixture
def limited(servers: Servers) -> Server:
    """Return the user's RabbitMQ, by the URL of one who may configure what begins with ``brokerbench-`` alone."""
    server = servers.as_users("rabbitmq")
    probe = RabbitMQProbe(server)
    probe._ask("add_user", "limited", "pw")
    probe._ask("set_permissions", "limited", "^brokerbench-.*", ".*", ".*")
    url = f"amqp://limited:pw@127.0.0.1:{urlsplit(server.url).port}//"
    return Server(url=url, software=server.software, version=server.version)


def test_what_a_user_may_not_delete_keeps_nothing_else_from_being_deleted(
    limited: Server, servers: Servers, workspace: Workspace
) -> None:
    broker, profile = split_subject("rabbitmq")
    with (
        workspace.lease(broker, limited, profile) as one,
        workspace.lease(broker, limited, profile) as another,
        Connection(limited.url) as connection,
    ):
        for lease in (one, another):
            connection.channel().queue_declare(lease.queue, auto_delete=False)
    left = RabbitMQProbe(servers.as_users("rabbitmq")).names()
    assert not {one.queue, another.queue} & left
