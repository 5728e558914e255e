"""Harness and subject reach the same database of the same Redis, however its URL is spelt."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis
from celery import Celery
from redis_servers import make_certificates, running, sentinel_of
from support import Subjects, eventually

from brokers import BrokerUnavailable, Lease, find_broker
from brokers.server import free_port

PASSWORD = "p@ss:/?#[]&;%w"
OWN_PASSWORD = "sentinel/own"
USER = "mé&al"
MASTER = "orders"
DATABASES = range(7)
BROKER = find_broker("redis")
PROFILE = BROKER.profiles["default"]


@dataclass(frozen=True)
class Places:
    """One server that is reached in many ways, and one that asks for a client's certificate."""

    directory: Path
    port: int
    tls_port: int
    mutual_port: int
    sentinel_port: int = 0

    @property
    def socket(self) -> Path:
        return self.directory / "one" / "a socket;"

    def url(self, template: str) -> str:
        """Return the URL with its placeholders replaced by ports, paths and credentials."""
        names = {
            "PORT": self.port,
            "TLS": self.tls_port,
            "MUTUAL": self.mutual_port,
            "SENTINEL": self.sentinel_port,
            "SOCKET": quote(str(self.socket)),
            "PASSWORD": quote(PASSWORD, safe=""),
            "OWN": quote(OWN_PASSWORD, safe=""),
            "USER": quote(USER, safe=""),
            "MASTER": MASTER,
            "CA": quote(str(self.directory / "ca.pem")),
        }
        return template.format_map(names)

    def databases_with(self, key: str) -> list[int]:
        """Return the databases that have the key, as a client sees it that reads no URL."""
        found = []
        with _client(self.port, single_connection_client=True) as client:
            for number in DATABASES:
                client.select(number)
                found += [number] * client.exists(key)
        return found


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    directory = tmp_path_factory.mktemp("places")
    make_certificates(directory)
    places = Places(directory, free_port(), free_port(), free_port())
    secure = (
        f"tls-ca-cert-file {directory}/ca.pem",
        f"tls-cert-file {directory}/server.pem",
        f"tls-key-file {directory}/server.key",
        f'requirepass "{PASSWORD}"',
        f'user {USER} on ">{PASSWORD}" ~* &* +@all',
    )
    one = (f"port {places.port}", f"tls-port {places.tls_port}", "tls-auth-clients no", f'unixsocket "{places.socket}"')
    mutual = ("port 0", f"tls-port {places.mutual_port}", "tls-auth-clients yes")
    ours = {"ssl_certfile": f"{directory}/client.pem", "ssl_keyfile": f"{directory}/client.key"}
    unchecked = {"ssl": True, "ssl_cert_reqs": "none", "ssl_check_hostname": False}
    with (
        running(directory / "one", *secure, *one, asked_by=_client(places.port)),
        running(directory / "mutual", *secure, *mutual, asked_by=_client(places.mutual_port, **unchecked, **ours)),
        sentinel_of(directory / "sentinel", MASTER, places.port, PASSWORD, OWN_PASSWORD) as sentinel_port,
    ):
        yield Places(directory, places.port, places.tls_port, places.mutual_port, sentinel_port)


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have redis-py try again at once where a subject cannot reach the server."""
    monkeypatch.setattr("redis.retry.sleep", lambda _: None)


def _client(port: int, **options: Any) -> redis.Redis:
    return redis.Redis(port=port, password=PASSWORD, **options)


def _enqueue(url: str, queue: str) -> None:
    """Send a task as a subject does: with Celery, which reads nothing but the settings."""
    with Celery(set_as_current=False) as app:
        app.conf.update(BROKER.settings(url, PROFILE, queue), broker_connection_timeout=1, task_publish_retry=False)
        app.send_task("of.nobody")


@pytest.mark.parametrize(
    ("spelling", "database"),
    [
        ("redis://:{PASSWORD}@127.0.0.1:{PORT}", 0),
        ("redis://:{PASSWORD}@127.0.0.1:{PORT}/", 0),
        ("redis://:{PASSWORD}@127.0.0.1:{PORT}//", 0),
        ("redis://:{PASSWORD}@127.0.0.1:{PORT}/0", 0),
        ("redis://:{PASSWORD}@127.0.0.1:{PORT}/3", 3),
        ("redis://:{PASSWORD}@127.0.0.1:{PORT}//3", 3),
        ("redis://:{PASSWORD}@127.0.0.1:{PORT}/%33", 3),
        ("redis://:{PASSWORD}@127.0.0.1:{PORT}?db=3", 3),
        ("redis://:{PASSWORD}@127.0.0.1:{PORT}/?db=3", 3),
        ("redis://:{PASSWORD}@127.0.0.1:{PORT}/3?db=3", 3),
        ("redis://127.0.0.1:{PORT}/3?password={PASSWORD}", 3),
        ("redis://127.0.0.1:{PORT}/3?username={USER}&password={PASSWORD}", 3),
        ("redis://{USER}:{PASSWORD}@127.0.0.1:{PORT}/3", 3),
        ("redis://default:{PASSWORD}@localhost:{PORT}/3", 3),
        ("redis://:{PASSWORD}@:{PORT}/3", 3),
        ("REDIS://:{PASSWORD}@127.0.0.1:{PORT}/3", 3),
        ("redis+socket://:{PASSWORD}@{SOCKET}", 0),
        ("redis+socket://:{PASSWORD}@{SOCKET}?virtual_host=2", 2),
        ("redis+socket://{USER}:{PASSWORD}@{SOCKET}?virtual_host=/2", 2),
        ("unix://:{PASSWORD}@{SOCKET}", 0),
        ("unix://:{PASSWORD}@{SOCKET}?db=2", 2),
        ("unix://{USER}:{PASSWORD}@{SOCKET}?db=2", 2),
        ("unix://{SOCKET}?db=2&username={USER}&password={PASSWORD}", 2),
        ("rediss://:{PASSWORD}@localhost:{TLS}/4?ssl_ca_certs={CA}", 4),
        ("rediss://:{PASSWORD}@localhost:{TLS}/?db=4&ssl_ca_certs={CA}&ssl_cert_reqs=Optional", 4),
        ("rediss://:{PASSWORD}@127.0.0.1:{TLS}/4?ssl_cert_reqs=cert_none", 4),
        ("rediss://:{PASSWORD}@127.0.0.1:{TLS}/4?ssl_ca_certs={CA}&ssl_check_hostname=0", 4),
        ("redis://:{PASSWORD}@localhost:{TLS}/4?ssl_ca_certs={CA}&ssl_cert_reqs=required", 4),
        ("sentinel://:{PASSWORD}@127.0.0.1:{SENTINEL}?master_name={MASTER}&sentinel_password={OWN}", 0),
        ("sentinel://:{PASSWORD}@127.0.0.1:{SENTINEL}/5?master_name={MASTER}&sentinel_password={OWN}", 5),
        ("sentinel://{USER}:{PASSWORD}@127.0.0.1:{SENTINEL}?db=5&master_name={MASTER}&sentinel_password={OWN}", 5),
        (
            "sentinel://:{PASSWORD}@127.0.0.1:1;sentinel://127.0.0.1:{SENTINEL}/5?master_name={MASTER}"
            "&sentinel_password={OWN}",
            5,
        ),
    ],
)
def test_a_task_goes_where_the_harness_looks(spelling: str, database: int, places: Places, queue: str) -> None:
    url = places.url(spelling)
    _enqueue(url, queue)
    assert places.databases_with(queue) == [database]
    server = BROKER.inspect(url)
    assert server.version
    assert BROKER.admits_strangers(url) is False
    assert BROKER.memory_bytes(url)
    BROKER.discard(url, Lease(queue=queue))
    assert places.databases_with(queue) == []


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_an_address_may_have_colons(places: Places, queue: str) -> None:
    with socket.socket(socket.AF_INET6) as probe:
        if probe.connect_ex(("::1", places.port)):
            pytest.skip("this machine has no loopback address of IPv6")
    _enqueue(url := places.url("redis://:{PASSWORD}@[::1]:{PORT}/6"), queue)
    assert places.databases_with(queue) == [6]
    BROKER.discard(url, Lease(queue=queue))
    assert places.databases_with(queue) == []


@pytest.mark.parametrize(
    "spelling",
    [
        "rediss://:{PASSWORD}@localhost:{TLS}/4",
        "rediss://:{PASSWORD}@127.0.0.1:{TLS}/4?ssl_ca_certs={CA}",
    ],
)
def test_a_certificate_that_is_not_trusted_is_refused_by_both(spelling: str, places: Places, queue: str) -> None:
    url = places.url(spelling)
    with pytest.raises(BrokerUnavailable) as told:
        BROKER.inspect(url)
    assert "has a certificate that is not trusted" in str(told.value)
    assert "ssl_cert_reqs=none to trust any, to REDIS_URL" in str(told.value)
    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        _enqueue(url, queue)


def test_files_are_meant_from_the_folder_of_the_command(
    places: Places, queue: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = "ssl_certfile=client.pem&ssl_keyfile=./client.key"
    url = places.url(f"rediss://:{{PASSWORD}}@localhost:{{MUTUAL}}/1?ssl_ca_certs=ca.pem&{own}")
    monkeypatch.chdir(places.directory)
    settings = BROKER.settings(url, PROFILE, queue)
    assert BROKER.inspect(url).version
    assert BROKER.admits_strangers(url) is False
    monkeypatch.chdir(tmp_path)  # a subject works in its app's folder
    with Celery(set_as_current=False) as app:
        app.conf.update(settings)
        app.send_task("of.nobody")
    with pytest.raises(BrokerUnavailable, match=r"needs a file that is not there, ssl_ca_certs=.*: fix REDIS_URL"):
        BROKER.inspect(url)


def test_a_client_without_its_certificate_is_refused(places: Places) -> None:
    with pytest.raises(BrokerUnavailable, match="does not answer"):
        BROKER.inspect(places.url("rediss://:{PASSWORD}@localhost:{MUTUAL}/1?ssl_ca_certs={CA}"))


@pytest.mark.parametrize(
    "spelling",
    [
        "unix://:{PASSWORD}@{SOCKET}?db=2",
        "rediss://:{PASSWORD}@localhost:{MUTUAL}/2?ssl_ca_certs=ca.pem&ssl_certfile=client.pem&ssl_keyfile=client.key",
        "sentinel://:{PASSWORD}@127.0.0.1:{SENTINEL}/2?master_name={MASTER}&sentinel_password={OWN}",
    ],
)
def test_a_subjects_own_processes_meet_there(
    spelling: str, places: Places, queue: str, subjects: Subjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(places.directory)
    server = BROKER.inspect(places.url(spelling))
    producer = subjects.producer(server, "redis", queue)
    worker = subjects.worker(server, "redis", queue)
    assert producer.receive(30)["event"] == worker.receive(30)["event"] == "ready"
    producer.ask(30, do="preload", first=0, count=5)
    assert eventually(lambda: subjects.finished() == set(range(5)))


@pytest.mark.parametrize(
    "spelling",
    [
        "redis://:{PASSWORD}@127.0.0.1:{PORT}/?db=2",
        "unix://:{PASSWORD}@{SOCKET}?db=2",
        "rediss://:{PASSWORD}@localhost:{TLS}/2?ssl_ca_certs={CA}",
        "sentinel://:{PASSWORD}@127.0.0.1:{SENTINEL}/2?master_name={MASTER}&sentinel_password={OWN}",
    ],
)
@pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")  # by Celery
def test_results_are_kept_at_the_same_place(spelling: str, places: Places, queue: str) -> None:
    with Celery(set_as_current=False) as app:
        app.conf.update(BROKER.result_settings(places.url(spelling)))
        app.backend.store_result(queue, 1, "SUCCESS")
        assert places.databases_with(f"celery-task-meta-{queue}") == [2]
        app.backend.forget(queue)


def test_a_sentinel_that_does_not_know_the_name_says_so(places: Places) -> None:
    url = places.url("sentinel://:{PASSWORD}@127.0.0.1:{SENTINEL}?master_name=shop&sentinel_password={OWN}")
    with pytest.raises(BrokerUnavailable, match="names only orders: fix master_name in REDIS_URL"):
        BROKER.inspect(url)


def test_a_sentinel_is_not_taken_for_the_server_that_it_names(places: Places) -> None:
    with pytest.raises(BrokerUnavailable, match="is a Sentinel, and not the server that it names: use sentinel://"):
        BROKER.inspect(places.url("redis://:{OWN}@127.0.0.1:{SENTINEL}"))


def test_no_password_of_a_url_is_shown(places: Places) -> None:
    url = places.url("sentinel://:{PASSWORD}@127.0.0.1:{SENTINEL}?master_name={MASTER}&sentinel_password=wrong-one")
    with pytest.raises(BrokerUnavailable) as told:
        BROKER.inspect(url)
    assert str(told.value).endswith("refuses the user or password in its URL: fix sentinel_password in REDIS_URL")
    assert not any(secret in str(told.value) for secret in (PASSWORD, "wrong-one"))
