"""What is declared as tunable acts in the installed libraries, and its value gets there."""

import inspect
import json
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import amqp
import pytest
from celery import Celery
from celery.app.defaults import DEFAULTS
from kombu import Connection
from kombu.transport import pgmq, redis, virtual
from kombu.transport.SQS import Channel as SqsChannel
from support import Servers

from bench.guarantees.faults import catalogue
from bench.records.settings import check_setting, check_transport_option
from bench.tune.celery_settings import UNFELT, celery_tunables
from bench.tune.promises import touched
from brokers import find_broker, installed_brokers
from brokers.postgres_database import connected
from brokers.rabbitmq import RabbitMQ
from brokers.tunable import same_value

OPTIONS = "broker_transport_options."
SOURCES = {
    "redis": ("kombu.transport.redis", "kombu.transport.virtual.base"),
    "valkey": ("kombu.transport.redis", "kombu.transport.virtual.base"),
    "rabbitmq": ("kombu.transport.pyamqp", "amqp.connection"),
    "sqs": ("kombu.transport.SQS", "kombu.transport.virtual.base"),
    "postgres": ("kombu.transport.pgmq", "kombu.transport.virtual.base"),
}
OF_BROKERS = [(find_broker(name), one) for name in installed_brokers() for one in find_broker(name).tunables]
EVERY = [*(one for _, one in OF_BROKERS), *celery_tunables()]


def test_each_tunable_is_complete() -> None:
    known = {*(one.name for one in EVERY), "server.appendonly", *DEFAULTS}
    for one in EVERY:
        assert one.values, one
        assert one.metrics, one
        assert not one.does.endswith("."), one
        assert bool(one.weaker) == bool(one.gives_up), one
        assert all(any(same_value(weaker, value) for value in one.values) for weaker in one.weaker), one
        assert set(one.touches) <= catalogue().keys(), one
        assert touched({one.name: None}, {one.name: one}) == list(one.touches), f"a fault chooses {one.name} itself"
        assert {*one.partners, *one.needs} <= known, one


def test_each_name_is_one_that_celery_has() -> None:
    for one in EVERY:
        if one.is_of_server or one.is_of_worker or one.requirement:
            continue
        name, _, option = one.name.partition(".")
        check_setting(name)
        if option:
            check_transport_option(option)
        elif one.default is not None:
            assert DEFAULTS[name] == one.default, one


def test_each_transport_option_is_read_by_its_transport_and_kept_for_a_users_app() -> None:
    for broker, one in OF_BROKERS:
        if one.name.startswith(OPTIONS):
            option = one.name.removeprefix(OPTIONS)
            sources = "".join(inspect.getsource(import_module(module)) for module in SOURCES[broker.name])
            assert f"'{option}'" in sources or f"{option}=" in sources, one
            assert option in broker.kept_options, one


def test_each_option_of_a_server_has_a_file() -> None:
    for broker, one in OF_BROKERS:
        if one.is_of_server:
            name = one.name.removeprefix("server.")
            assert broker.server_file.endswith(".conf"), one
            assert name in " ".join(broker.server_option(name, "on")), one
            assert name in broker.server_line(name, "on"), one


def test_no_setting_is_both_tunable_and_without_effect() -> None:
    assert not UNFELT.keys() & {one.name for one in EVERY}
    for name in UNFELT:
        setting = name.partition(".")[0]
        assert setting in DEFAULTS or setting == "server"


def test_a_full_sqs_worker_waits_for_the_polling_interval() -> None:
    transport: Any = Connection("sqs://", transport_options={"polling_interval": 0.1}).transport
    waits: list[float] = []
    hub = SimpleNamespace(call_later=lambda delay, *_: waits.append(delay))
    channel: Any = SimpleNamespace(connection=transport, hub=hub, _schedule_queue=None)
    SqsChannel._loop1(channel, "queue")
    assert waits == [0.1]


def unconnected(channel: type, options: dict[str, Any]) -> Any:
    """Return a channel with these options that is not connected."""
    own = {"__init__": lambda _: None, "__del__": lambda _: None, "transport_options": options}
    return type("Unconnected", (channel,), own)()


def test_the_options_of_sqs_reach_its_requests() -> None:
    channel = unconnected(SqsChannel, {"wait_time_seconds": 20, "sqs_base64_encoding": False})
    assert (channel.wait_time_seconds, channel.sqs_base64_encoding) == (20, False)


def test_the_options_of_pgmq_reach_its_reads() -> None:
    options = {"poll_interval_ms": 10, "use_notify": True, "wait_time_seconds": 0}
    channel = unconnected(pgmq.Channel, options)
    assert {name: getattr(channel, name) for name in options} == options
    assert Connection("pgmq://", transport_options={"polling_interval": 0.1}).transport.polling_interval == 0.1


def test_the_options_of_redis_reach_its_channel() -> None:
    assert {"ack_emulation", "priority_steps", "body_encoding"} <= {*redis.Channel.from_transport_options}
    assert "body_encoding" in virtual.Channel.from_transport_options


def test_confirms_reach_the_amqp_connection() -> None:
    assert amqp.Connection(confirm_publish=True).confirm_publish is True


def test_a_body_without_base64_is_read_by_workers_with_it(servers: Servers) -> None:
    url, body = servers.private("redis").url, {"text": "Grüße \x00 𝄞"}
    with Connection(url, transport_options={"body_encoding": None}) as sender, Connection(url) as reader:
        queue = sender.SimpleQueue("brokerbench-encoding")
        queue.put(body)
        raw = json.loads(sender.default_channel.client.lindex(queue.queue.name, 0))
        message = reader.SimpleQueue(queue.queue.name).get(timeout=5)
        message.ack()
        assert json.loads(raw["body"]) == message.payload == body


def sent_with(**settings: Any) -> Any:
    """Send a task with these settings, and return its message."""
    app = Celery("sent", broker="memory://", set_as_current=False)
    app.conf.update(settings)
    with app.connection_for_write() as connection:
        app.send_task("tasks.echo", args=["x" * 2000], connection=connection)
        message = connection.default_channel.basic_get("celery")
        assert message is not None
        return message


def test_celerys_own_settings_reach_the_message() -> None:
    assert sent_with(task_compression="zlib").headers["compression"] == "application/x-gzip"
    assert "compression" not in sent_with().headers
    assert "argsrepr" in sent_with(task_protocol=2).headers
    old = sent_with(task_protocol=1)
    assert not {"argsrepr", "root_id", "parent_id", "stamps"} & {*old.headers, *old.payload}
    assert sent_with(task_default_delivery_mode=1).properties["delivery_mode"] == 1


def test_options_of_a_server_reach_it(servers: Servers) -> None:
    redis_broker, postgres = find_broker("redis"), find_broker("postgres")
    profile = redis_broker.profiles["durable"]
    options = (*profile.server_options, *redis_broker.server_option("appendfsync", "everysec"))
    server = servers.booted(redis_broker, replace(profile, server_options=options))
    assert server.settings["appendfsync"] == "everysec"
    option = postgres.server_option("wal_sync_method", "open_datasync")
    with connected(servers.booted(postgres, replace(postgres.profiles["default"], server_options=option)).url) as one:
        assert one.execute("SHOW wal_sync_method").fetchone() == ("open_datasync",)


@pytest.mark.long
def test_a_line_of_rabbitmqs_file_reaches_the_node(servers: Servers) -> None:
    broker = find_broker("rabbitmq")
    option = broker.server_option("queue_index_embed_msgs_below", "65536")
    server = servers.booted(broker, replace(broker.profiles["default"], server_options=option))
    question = "application:get_env(rabbit, queue_index_embed_msgs_below, undefined)."
    assert RabbitMQ._nodes[server.url]._ctl("eval", question) == "65536"
