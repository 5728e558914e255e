"""Harness and subject reach the same virtual host of the same RabbitMQ, however its URL is spelt."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from celery import Celery
from ending_tls import ending_tls
from kombu import Connection
from probes import RabbitMQProbe
from redis_servers import make_certificates
from support import Servers

from brokers import BrokerUnavailable, Lease, find_broker

BROKER = find_broker("rabbitmq")
PROFILE = BROKER.profiles["default"]
USER, PASSWORD = "mé@/:", "p@ss:/?#[]&;%w"
HOSTS = ("/", "shop", "/shop", "shop/eu", "//", "a shop;")
USERINFO = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
SPELLINGS = [
    ("amqp://{userinfo}@127.0.0.1:{port}", "/"),
    ("amqp://{userinfo}@127.0.0.1:{port}/", "/"),
    ("amqp://{userinfo}@127.0.0.1:{port}//", "/"),
    ("amqp://{userinfo}@127.0.0.1:{port}/%2F", "/"),
    ("amqp://{userinfo}@127.0.0.1:{port}/%2f", "/"),
    ("pyamqp://{userinfo}@127.0.0.1:{port}//", "/"),
    ("amqp://{userinfo}@127.0.0.1:{port}/shop", "shop"),
    ("amqp://{userinfo}@127.0.0.1:{port}/sh%6Fp", "shop"),
    ("amqp://{userinfo}@127.0.0.1:{port}/shop?heartbeat=10", "shop"),
    ("amqp://{userinfo}@localhost:{port}/shop?login_method=PLAIN&heartbeat=10", "shop"),
    ("amqp://{userinfo}@127.0.0.1:{port}//shop", "/shop"),
    ("amqp://{userinfo}@127.0.0.1:{port}/%2Fshop", "/shop"),
    ("pyamqp://{userinfo}@127.0.0.1:{port}/%2Fshop?heartbeat=10", "/shop"),
    ("amqp://{userinfo}@:{port}//shop", "/shop"),
    ("amqp://{userinfo}@127.0.0.1:{port}/shop/eu", "shop/eu"),
    ("amqp://{userinfo}@127.0.0.1:{port}/shop%2Feu", "shop/eu"),
    ("amqp://{userinfo}@127.0.0.1:{port}///", "//"),
    ("amqp://{userinfo}@127.0.0.1:{port}/%2F%2F", "//"),
    ("amqp://{userinfo}@127.0.0.1:{port}/a%20shop%3B", "a shop;"),
    ("amqp://{userinfo}@127.0.0.1:{port}//shop;amqp://{userinfo}@127.0.0.1:{port}//shop", "/shop"),
    ("amqps://{userinfo}@localhost:{tls_port}//shop", "/shop"),
    ("amqps://{userinfo}@localhost:{tls_port}/shop%2Feu?heartbeat=10", "shop/eu"),
]


@pytest.fixture
def node(servers: Servers, tmp_path: Path) -> RabbitMQProbe:
    """Return what sees the whole node, which has these virtual hosts and this user."""
    user = {"name": USER, "password": PASSWORD, "tags": ""}
    rights = [{"user": USER, "vhost": host, "configure": ".*", "write": ".*", "read": ".*"} for host in HOSTS]
    definitions = {"vhosts": [{"name": host} for host in HOSTS], "users": [user], "permissions": rights}
    (tmp_path / "definitions.json").write_text(json.dumps(definitions))
    probe = RabbitMQProbe(servers.as_users("rabbitmq"))
    probe._ask("import_definitions", str(tmp_path / "definitions.json"))
    return probe


def _hosts_of_queues(node: RabbitMQProbe) -> dict[str, list[str]]:
    """Return the virtual hosts of each queue, as the node itself tells."""
    found: dict[str, list[str]] = {}
    for queue in json.loads(node._ask("export_definitions", "-", "--format", "json"))["queues"]:
        found.setdefault(queue["name"], []).append(queue["vhost"])
    return found


@pytest.fixture
def tls_port(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Yield the port of a proxy that ends TLS before the node, with a certificate that this process trusts."""
    make_certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    port = urlsplit(servers.as_users("rabbitmq").url).port
    assert port
    with ending_tls(tmp_path, port) as tls_port:
        yield tls_port


@pytest.mark.timeout(300)  # the node's own program takes seconds for each question where the machine is busy
def test_a_task_goes_where_the_harness_looks(servers: Servers, node: RabbitMQProbe, tls_port: int, queue: str) -> None:
    port = urlsplit(servers.as_users("rabbitmq").url).port
    urls = [spelling.format(userinfo=USERINFO, port=port, tls_port=tls_port) for spelling, _ in SPELLINGS]
    names = [f"{queue}-{index}" for index in range(len(urls))]
    for name, url in zip(names, urls, strict=True):
        _enqueue(url, name)
        assert BROKER.inspect(url).version
        assert BROKER.admits_strangers(url) is False
    of_queues = _hosts_of_queues(node)
    assert {spelling: of_queues.get(name) for (spelling, _), name in zip(SPELLINGS, names, strict=True)} == {
        spelling: [host] for spelling, host in SPELLINGS
    }
    for name, url in zip(names, urls, strict=True):
        wire = BROKER.wire(url)
        BROKER.discard(wire.through("127.0.0.1", wire.port) if wire else url, Lease(queue=name))
    assert not set(names) & set(_hosts_of_queues(node))


def _enqueue(url: str, queue: str) -> None:
    """Send a task as a subject does: with Celery, which reads nothing but the settings."""
    with Celery(set_as_current=False) as app:
        app.conf.update(BROKER.settings(url, PROFILE, queue))
        app.send_task("of.nobody")


def test_a_virtual_host_that_is_not_there_is_one_line(servers: Servers) -> None:
    url = servers.as_users("rabbitmq").url.removesuffix("//") + "/nowhere"
    with pytest.raises(BrokerUnavailable) as told:
        BROKER.inspect(url)
    assert str(told.value).endswith("RABBITMQ_URL")
    assert "\n" not in str(told.value)


def test_a_certificate_that_is_not_trusted_is_refused_by_both(tls_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    url = f"amqps://{USERINFO}@localhost:{tls_port}//"
    with pytest.raises(BrokerUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        BROKER.inspect(url)
    subjects = BROKER.settings(url, PROFILE)["broker_url"]
    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"), Connection(subjects) as one:
        one.ensure_connection(max_retries=1, interval_start=0, reraise_as_library_errors=False)
