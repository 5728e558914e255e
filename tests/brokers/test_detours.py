"""A subject's own processes reach their server by way of a relay, whatever their client is, in clear text or by TLS.

The servers have names here that no name service knows, so that nothing but the relay leads to them.
"""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import redis
from ending_tls import ending_tls
from redis_servers import make_certificates, running
from support import Servers, Subjects, eventually

from bench.processes.distances import Distances
from bench.records.distance import Distance
from bench.records.provenance import WayRecord
from bench.relay.apart import RelayProcess
from bench.relay.relay import Relay
from brokers import BrokerUnavailable, Server, find_broker, split_subject
from brokers.postgres_database import connected
from brokers.server import free_port, serve
from brokers.workspace import Workspace

NAME, AWS = "broker.invalid", "sqs.us-east-1.amazonaws.com"
TASKS = set(range(5))
RTT_NS = 20_000_000


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("certificates")
    make_certificates(directory, NAME, AWS)
    return directory


@pytest.fixture
def relayed() -> Iterator[Callable[[int], Relay]]:
    """Put relays before ports of this machine."""
    with ExitStack() as ends:
        yield lambda port: ends.enter_context(Relay("127.0.0.1", port))


def _detour(broker: str, url: str, relay: Relay) -> dict[str, Any]:
    """Return the way to the place of the URL by the relay, as a job has it."""
    host, port = find_broker(broker).tcp_address(url)
    patch = find_broker(broker).detour
    return {"host": host, "port": port, "relay": (relay.host, relay.port), "patch": str(patch) if patch else None}


def _renamed(url: str, host: str = NAME, port: int | None = None) -> str:
    parts = urlsplit(url)
    userinfo, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{userinfo}{at}{host}:{port or parts.port}").geturl()


def _meet(subjects: Subjects, server: Server, subject: str, queue: str, *detours: dict[str, Any], **job: Any) -> None:
    """Have a producer send tasks and a worker finish them."""
    producer = subjects.producer(server, subject, queue, detours=detours)
    worker = subjects.worker(server, subject, queue, detours=detours, **job)
    assert producer.receive(60)["event"] == worker.receive(60)["event"] == "ready"
    producer.ask(60, do="preload", first=0, count=len(TASKS))
    assert eventually(lambda: subjects.finished() == TASKS, 60)


@pytest.mark.parametrize("subject", ["redis", "rabbitmq", "postgres", "sqs"])
def test_a_producer_and_a_worker_meet_by_the_relay_alone(
    subject: str, servers: Servers, subjects: Subjects, queue: str, relayed: Callable[[int], Relay]
) -> None:
    server = servers.private(subject)
    relay = relayed(urlsplit(server.url).port or 0)
    named = replace(server, url=_renamed(server.url, port=1234))
    _meet(subjects, named, subject, queue, _detour(subject, named.url, relay))
    assert relay.traffic().connections >= 2


@pytest.mark.parametrize("subject", ["redis", "rabbitmq", "postgres", "sqs"])
def test_a_raw_client_goes_the_same_way(
    subject: str, servers: Servers, subjects: Subjects, queue: str, relayed: Callable[[int], Relay]
) -> None:
    server = servers.private(subject)
    relay = relayed(urlsplit(server.url).port or 0)
    named = replace(server, url=_renamed(server.url, port=1234))
    detours = [_detour(subject, named.url, relay)]
    raw = subjects.ceiling(named, subject, queue, "raw", detours=detours)
    assert raw.receive(60)["event"] == "ready"
    assert len(raw.ask(60, do="preload", count=5)["done"]) == 5
    assert relay.traffic().connections >= 1


def test_aws_is_reached_under_its_own_name(
    servers: Servers,
    subjects: Subjects,
    queue: str,
    relayed: Callable[[int], Relay],
    certificates: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    emulator = servers.private("sqs")
    parts = urlsplit(emulator.url)
    environment = {
        "AWS_ACCESS_KEY_ID": parts.username,
        "AWS_SECRET_ACCESS_KEY": parts.password,
        "AWS_REGION": "us-east-1",
        "AWS_CA_BUNDLE": str(certificates / "ca.pem"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value or "")
    assert find_broker("sqs").tcp_address("aws") == (AWS, 443)
    with ending_tls(certificates, parts.port or 0) as tls_port:
        relay = relayed(tls_port)
        _meet_on_aws(subjects, queue, relay, certificates)
    assert relay.traffic().connections >= 3  # boto3's of both processes, and the worker's pycurl


def _meet_on_aws(subjects: Subjects, queue: str, relay: Relay, certificates: Path) -> None:
    """Have the worker trust the certificate: kombu gives pycurl botocore's authorities, whatever AWS_CA_BUNDLE says."""
    trusting = subjects.directory / "trusting.py"
    authority = repr(str(certificates / "ca.pem"))
    trusting.write_text(
        f"def apply(settings):\n    import botocore.httpsession\n    botocore.httpsession.where = lambda: {authority}\n"
    )
    server = Server(url="aws", software="aws sqs", version="us-east-1")
    _meet(subjects, server, "sqs", queue, _detour("sqs", "aws", relay), patches=[str(trusting)])


@pytest.fixture(scope="module")
def redis_in_both(certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """Yield the ports of a server for clear text and for TLS."""
    clear_port, port = free_port(), free_port()
    lines = (f"port {clear_port}", f"tls-port {port}", "tls-auth-clients no", f"tls-ca-cert-file {certificates}/ca.pem")
    own = (f"tls-cert-file {certificates}/server.pem", f"tls-key-file {certificates}/server.key")
    client = redis.Redis(host="localhost", port=port, ssl=True, ssl_ca_certs=str(certificates / "ca.pem"))
    with running(tmp_path_factory.mktemp("redis") / "one", *lines, *own, asked_by=client):
        yield clear_port, port


@pytest.fixture
def redis_by_tls(redis_in_both: tuple[int, int]) -> int:
    return redis_in_both[1]


def test_redis_by_tls_is_reached_under_its_own_name(
    redis_by_tls: int, subjects: Subjects, queue: str, relayed: Callable[[int], Relay], certificates: Path
) -> None:
    relay = relayed(redis_by_tls)
    url = f"rediss://{NAME}/2?ssl_ca_certs={quote(str(certificates / 'ca.pem'))}"
    server = Server(url=url, software="redis", version="7")
    _meet(subjects, server, "redis", queue, _detour("redis", url, relay))
    assert relay.traffic().connections >= 2


def test_a_certificate_for_another_name_is_refused_by_way_of_the_relay_too(
    redis_by_tls: int, subjects: Subjects, queue: str, relayed: Callable[[int], Relay], certificates: Path
) -> None:
    relay = relayed(redis_by_tls)
    url = f"rediss://other.invalid/2?ssl_ca_certs={quote(str(certificates / 'ca.pem'))}"
    server = Server(url=url, software="redis", version="7")
    settings = {"task_publish_retry": False, "broker_connection_timeout": 2}
    detours = [_detour("redis", url, relay)]
    producer = subjects.producer(server, "redis", queue, detours=detours, settings=settings)
    producer.receive(60)
    assert "CERTIFICATE_VERIFY_FAILED" in producer.ask(60, do="preload", first=0, count=1)["error"]
    assert relay.traffic().connections >= 1


@pytest.mark.long  # Redis and PostgreSQL by TLS go the same way
def test_rabbitmq_by_tls_is_reached_under_its_own_name(
    servers: Servers,
    subjects: Subjects,
    queue: str,
    relayed: Callable[[int], Relay],
    certificates: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
    server = servers.private("rabbitmq")
    parts = urlsplit(server.url)
    with ending_tls(certificates, parts.port or 0) as tls_port:
        relay = relayed(tls_port)
        url = parts._replace(scheme="amqps", netloc=f"{parts.username}:{parts.password}@{NAME}").geturl()
        _meet(subjects, replace(server, url=url), "rabbitmq", queue, _detour("rabbitmq", url, relay))
    assert relay.traffic().connections >= 2


@pytest.fixture
def postgres_by_tls(workspace: Workspace, certificates: Path) -> Iterator[Server]:
    """Yield a server that accepts TLS; its clients insist on that, and on its name."""
    broker, profile = split_subject("postgres")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as ends:
        patch.delenv("POSTGRES_URL", raising=False)
        try:
            server = ends.enter_context(serve(broker, profile, workspace))
        except BrokerUnavailable as error:
            pytest.skip(error.format_message())
        with connected(server.url) as connection:
            _accept_tls(connection, certificates)
        with connected(server.url) as connection:
            if connection.execute("SHOW ssl").fetchone() != ("on",):
                pytest.skip("this PostgreSQL was built without TLS")
        patch.setenv("PGSSLMODE", "verify-full")
        patch.setenv("PGSSLROOTCERT", str(certificates / "ca.pem"))
        yield server


def _accept_tls(connection: Any, certificates: Path) -> None:
    (place,) = connection.execute("SHOW data_directory").fetchone()
    owner = Path(place).stat()
    for name in ("server.pem", "server.key"):
        copy = Path(place) / name
        copy.touch(0o600)
        copy.write_bytes((certificates / name).read_bytes())
        os.chown(copy, owner.st_uid, owner.st_gid)
    for setting in ("ssl_cert_file = 'server.pem'", "ssl_key_file = 'server.key'", "ssl = on"):
        with suppress(Exception):  # it was built without TLS
            connection.execute(f"ALTER SYSTEM SET {setting}")
    connection.execute("SELECT pg_reload_conf()")
    time.sleep(0.5)


def test_postgres_by_tls_is_reached_under_its_own_name(
    postgres_by_tls: Server, subjects: Subjects, queue: str, relayed: Callable[[int], Relay]
) -> None:
    relay = relayed(urlsplit(postgres_by_tls.url).port or 0)
    named = replace(postgres_by_tls, url=_renamed(postgres_by_tls.url))
    _meet(subjects, named, "postgres", queue, _detour("postgres", named.url, relay))
    assert relay.traffic().connections >= 2
    with pytest.raises(BrokerUnavailable, match="certificate"):
        find_broker("postgres").inspect(postgres_by_tls.url)  # by its address, which the certificate lacks


def test_an_app_with_certificates_of_its_own_goes_the_same_way(
    redis_by_tls: int, subjects: Subjects, queue: str, relayed: Callable[[int], Relay], certificates: Path
) -> None:
    relay, folder = relayed(redis_by_tls), str(Path(__file__).parents[1] / "apps" / "tls")
    url = f"rediss://{NAME}/2?ssl_ca_certs={quote(str(certificates / 'ca.pem'))}"
    own = {"app": "secure", "task": "secure.double", "args": [21], "folder": folder, "import_path": [folder]}
    detours = [_detour("redis", url, relay)]
    server = Server(url=url, software="redis", version="7")
    producer = subjects.producer(server, "redis", queue, keeps_configuration=True, dry=False, detours=detours, **own)
    facts = producer.receive(60)["facts"]
    assert {"broker_url", "broker_use_ssl", "result_backend"} <= set(facts["overridden"])
    assert len(producer.ask(60, do="preload", first=0, count=2)["done"]) == 2
    assert relay.traffic().connections >= 1


def test_the_harness_measures_the_distance_by_the_same_way(
    redis_by_tls: int, certificates: Path, tmp_path: Path
) -> None:
    url = f"rediss://localhost:{redis_by_tls}/2?ssl_ca_certs={quote(str(certificates / 'ca.pem'))}"
    assert _added_ns(url, tmp_path) > 0.9 * RTT_NS


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_server_is_reached_however_its_host_is_written(
    host: str, redis_in_both: tuple[int, int], tmp_path: Path
) -> None:
    if host == "[::1]" and not _has_ipv6():
        pytest.skip("no IPv6 on this machine")
    assert _added_ns(f"redis://{host}:{redis_in_both[0]}/1", tmp_path) > 0.9 * RTT_NS


def test_a_narrow_line_without_a_distance_is_measured_like_one(redis_in_both: tuple[int, int], tmp_path: Path) -> None:
    record = _record(f"redis://127.0.0.1:{redis_in_both[0]}/1", tmp_path, Distance(bytes_per_s=1e6))
    assert record.relay_ns is not None
    assert record.late_ns  # its pieces waited for their time, as those of the measured turns do


def _has_ipv6() -> bool:
    with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


def _added_ns(url: str, directory: Path) -> int:
    """Return what the harness measures that a relay adds to a round trip to a Redis."""
    record = _record(url, directory, Distance(rtt_ns=RTT_NS))
    assert record.added_ns is not None
    return record.added_ns


def _record(url: str, directory: Path, distance: Distance) -> WayRecord:
    server = Server(url=url, software="redis", version="7")
    with RelayProcess(directory / "relay.log") as process:
        return Distances(process, (), 1).way(find_broker("redis"), server, distance).record


@pytest.mark.parametrize(
    ("broker", "url", "place"),
    [
        ("redis", "redis://", ("127.0.0.1", 6379)),
        ("redis", "rediss://me:p%40ss@h/3?ssl_cert_reqs=none", ("h", 6379)),
        ("redis", "redis://[::1]:7/0", ("::1", 7)),
        ("redis", "redis://localhost:7/0", ("localhost", 7)),
        ("rabbitmq", "amqp://", ("127.0.0.1", 5672)),
        ("rabbitmq", "amqp://localhost:7//", ("127.0.0.1", 7)),
        ("rabbitmq", "amqps://me:p%40ss@h//", ("h", 5671)),
        ("rabbitmq", "amqps://h:7/shop", ("h", 7)),
        ("postgres", "postgresql://h/shop", ("h", 5432)),
        ("postgres", "postgresql://me:pass@[::1]:7/shop", ("::1", 7)),
        ("sqs", "http://key:secret@h", ("h", 80)),
        ("sqs", "https://h", ("h", 443)),
        ("sqs", "https://sqs.eu-west-1.amazonaws.com", ("sqs.eu-west-1.amazonaws.com", 443)),
        ("sqs", "https://sqs.cn-north-1.amazonaws.com.cn", ("sqs.cn-north-1.amazonaws.com.cn", 443)),
    ],
)
def test_the_place_of_a_server_is_where_its_clients_connect(broker: str, url: str, place: tuple[str, int]) -> None:
    assert find_broker(broker).tcp_address(url) == place


@pytest.mark.parametrize(
    ("broker", "url", "remedy"),
    [
        ("redis", "redis+socket:///run/redis.sock", "name its TCP address in REDIS_URL"),
        ("redis", "sentinel://h:26379?master_name=one", "name the server itself in REDIS_URL"),
        ("redis", "redis://one;redis://other", "name one"),
        ("rabbitmq", "amqp://one//;amqp://other//", "name one in RABBITMQ_URL"),
        ("rabbitmq", "amqp://h:port//", "fix RABBITMQ_URL"),
        ("postgres", "postgresql://one,other/shop", "fix or unset POSTGRES_URL"),
        ("sqs", "ftp://h", "set SQS_URL to"),
        ("memory", "memory://", "leave it out"),
    ],
)
def test_what_is_not_one_tcp_address_is_refused_in_one_line(broker: str, url: str, remedy: str) -> None:
    with pytest.raises(BrokerUnavailable) as told:
        find_broker(broker).tcp_address(url)
    assert remedy in str(told.value)
    assert "\n" not in str(told.value)


def test_an_endpoint_behind_a_proxy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.invalid:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(BrokerUnavailable, match="a proxy leads there; add h to NO_PROXY"):
        find_broker("sqs").tcp_address("https://h")
    monkeypatch.setenv("no_proxy", "h")
    assert find_broker("sqs").tcp_address("https://h") == ("h", 443)
