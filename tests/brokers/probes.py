"""Look at everything that is on a server, and plant what a run must not touch."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
import psutil
import psycopg
import pytest
import redis
from kombu import Connection, Exchange, Queue

from brokers import Server, find_broker

__all__ = ["Probe", "probe_of"]

_IN_MS_FOR_EVER = 10**13


class Probe(Protocol):
    """Sees a whole server."""

    def contents(self) -> Any:
        """Return all that is on the server, in a form that can be compared."""

    def names(self) -> set[str]:
        """Return the names of all queues, or of all keys."""

    def canaries(self) -> AbstractContextManager[None]:
        """Plant what a user may have there, and take it away in the end."""


def probe_of(subject: str, server: Server) -> Probe:
    probes = {"postgres": PostgresProbe, "rabbitmq": RabbitMQProbe, "redis": RedisProbe, "sqs": SQSProbe}
    return {**probes, "valkey": RedisProbe}[subject.partition(":")[0]](server)


class RedisProbe:
    """Keys with their values."""

    def __init__(self, server: Server) -> None:
        self._url = server.url

    def contents(self) -> dict[bytes, bytes | None]:
        with redis.Redis.from_url(self._url) as client:
            return {key: client.dump(key) for key in client.scan_iter()}

    def names(self) -> set[str]:
        return {key.decode() for key in self.contents()}

    @contextmanager
    def canaries(self) -> Iterator[None]:
        with redis.Redis.from_url(self._url) as client:
            client.set("shop:cart:1", "apples")
            client.rpush("celery", "a user's task", "another")
            client.rpush("celery\x06\x163", "a task of priority 3")
            client.sadd("_kombu.binding.celery", "celery\x06\x16\x06\x16celery")
            client.sadd("_kombu.binding.celery.pidbox", "\x06\x16\x06\x16me@host.celery.pidbox")
            client.hset("unacked", "tag", "a task in work")
            client.zadd("unacked_index", {"tag": 1})
            client.zadd("_kombu.binding_deadlines", {"celeryev": 1, "shop.ev": _IN_MS_FOR_EVER})
            for exchange in ("celeryev", "shop.ev"):  # of one app that is long silent, and of one that is not
                client.sadd(f"_kombu.binding.{exchange}", f"#\x06\x16\x06\x16{exchange}.monitor")
            client.rpush("brokerbench-000000000000", "a task of another run")
            keys = list(client.scan_iter())
            yield
            client.delete(*keys)


class RabbitMQProbe:
    """Queues with their messages, exchanges and bindings, as the node itself lists them."""

    def __init__(self, server: Server) -> None:
        self._url = server.url
        self._node = _environment_of_the_node(server)

    def contents(self) -> dict[str, list[str]]:
        definitions = json.loads(self._ask("export_definitions", "-", "--format", "json"))
        kinds = {kind: sorted(map(json.dumps, definitions[kind])) for kind in ("queues", "exchanges", "bindings")}
        return {**kinds, "messages": sorted(self._ask("list_queues", "name", "messages").splitlines())}

    def names(self) -> set[str]:
        return set(self._ask("list_queues", "name").splitlines())

    def _ask(self, *command: str) -> str:
        answer = subprocess.run(
            [_rabbitmqctl(), "--quiet", *command],
            env=self._node,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return answer.stdout

    @contextmanager
    def canaries(self) -> Iterator[None]:
        with Connection(self._url) as connection:
            channel = connection.channel()
            queues = [
                Queue(name, Exchange(name, type="direct"), routing_key=name)(channel)
                for name in ("celery", "shop-orders", "brokerbench-000000000000")
            ]
            for queue in queues:
                queue.declare()
                connection.Producer(channel).publish("a user's task", exchange=queue.exchange, routing_key=queue.name)
            fanout = Exchange("celery.pidbox", type="fanout")(channel)
            fanout.declare()
            yield
            for entity in [fanout, *queues]:
                entity.delete()
            for queue in queues:
                queue.exchange.delete()


def _rabbitmqctl() -> str:
    """Find the program beside the binary that a private node is started from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RABBITMQ_URL", raising=False)
        return str(Path(find_broker("rabbitmq").find().target).with_name("rabbitmqctl"))


def _environment_of_the_node(server: Server) -> dict[str, str]:
    """Find the node that listens on the server's port: rabbitmqctl must be told the same cookie and epmd."""
    name = f"brokerbench-{urlsplit(server.url).port}@localhost"
    for process in psutil.Process().children(recursive=True):
        try:
            environment = process.environ()
        except psutil.Error:  # it ended, and nobody has asked about it yet
            continue
        if environment.get("RABBITMQ_NODENAME") == name and "ERL_EPMD_PORT" in environment:
            return environment
    raise LookupError(name)


class SQSProbe:
    """Queues with the number of their messages."""

    def __init__(self, server: Server) -> None:
        parts = urlsplit(server.url)
        self._client = boto3.client(
            "sqs",
            endpoint_url=f"http://{parts.hostname}:{parts.port}",
            region_name="us-east-1",
            aws_access_key_id=parts.username,
            aws_secret_access_key=parts.password,
        )

    def contents(self) -> dict[str, str]:
        return {url: self._messages(url) for url in self._client.list_queues().get("QueueUrls", [])}

    def names(self) -> set[str]:
        return {url.rpartition("/")[2] for url in self.contents()}

    def _messages(self, url: str) -> str:
        name = "ApproximateNumberOfMessages"
        try:
            answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        except self._client.exceptions.QueueDoesNotExist:
            return "gone meanwhile"
        return str(answer["Attributes"][name])

    @contextmanager
    def canaries(self) -> Iterator[None]:
        fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        urls = [
            self._client.create_queue(QueueName=name)["QueueUrl"]
            for name in ("celery", "shop-orders", "brokerbench-000000000000")
        ]
        for url in urls:
            self._client.send_message(QueueUrl=url, MessageBody="a user's task")
        urls.append(self._client.create_queue(QueueName="celery.fifo", Attributes=fifo)["QueueUrl"])
        yield
        for url in urls:
            self._client.delete_queue(QueueUrl=url)
        self._client.close()


class PostgresProbe:
    """Every relation with its rows, every trigger, and the database's and the roles' settings."""

    def __init__(self, server: Server) -> None:
        self._url = server.url

    def contents(self) -> dict[str, list[Any]]:
        with self._connected() as connection:
            found = {
                "triggers": self._all(
                    connection, "SELECT tgname, tgrelid::regclass::text FROM pg_trigger ORDER BY 1, 2"
                ),
                "functions": self._all(connection, "SELECT oid FROM pg_proc ORDER BY 1"),
                "settings": self._all(
                    connection, "SELECT setdatabase, setrole, setconfig::text FROM pg_db_role_setting"
                ),
                "schemas": self._all(connection, "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1"),
                "extensions": self._all(connection, "SELECT extname, extversion FROM pg_extension ORDER BY 1"),
                "indexes": self._all(connection, "SELECT indexname FROM pg_indexes WHERE schemaname <> 'pg_catalog'"),
                "sequences": self._all(connection, "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"),
            }
            tables = self._all(
                connection,
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname !~ '^(pg|info)_?'",
            ) + self._all(
                connection, "SELECT 'pgmq.' || quote_ident(tablename) FROM pg_tables WHERE schemaname = 'pgmq'"
            )
            for (table,) in sorted(tables):
                found[table] = sorted(map(str, self._all(connection, f"SELECT * FROM {table}")))
        return {name: sorted(map(str, rows)) for name, rows in found.items()}

    def names(self) -> set[str]:
        with self._connected() as connection:
            return {name for (name,) in self._all(connection, "SELECT queue_name FROM pgmq.meta")}

    def _connected(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self._url, autocommit=True)

    def _all(self, connection: "psycopg.Connection[Any]", statement: str) -> list[Any]:
        return connection.execute(statement.encode()).fetchall()

    @contextmanager
    def canaries(self) -> Iterator[None]:
        queues = ("celery", "shop_orders", "brokerbench_000000000000", "x_brokerbench_000000000000_ctl")
        with self._connected() as connection:
            connection.execute("CREATE TABLE shop_cart (id serial PRIMARY KEY, fruit text)")
            connection.execute("INSERT INTO shop_cart (fruit) VALUES ('apples'), ('pears')")
            for queue in queues:
                connection.execute("SELECT pgmq.create(%s)", [queue])
                connection.execute('SELECT pgmq.send(%s, \'{"of": "a user"}\'::jsonb)', [queue])
                connection.execute("SELECT pgmq.enable_notify_insert(%s)", [queue])
                connection.execute("SELECT pgmq.bind_topic('kombu.fanout.celery_pidbox', %s)", [queue])
            connection.execute("SELECT pgmq.send('celery', '{}'::jsonb)")
            connection.execute("SELECT pgmq.archive('celery', 1)")
            yield
            for queue in queues:
                connection.execute("SELECT pgmq.drop_queue(%s)", [queue])
            connection.execute("DROP TABLE shop_cart")
