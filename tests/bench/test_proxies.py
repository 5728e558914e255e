"""A proxy of the environment: it never sees what stays on this machine, and it still sees what does not."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import getproxies, proxy_bypass

import pytest
from commands import brokerbench
from listeners import listening

from brokers.proxies import bypass_proxies_on_loopback

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@contextmanager
def proxy() -> Iterator[tuple[dict[str, str], list[bytes]]]:
    """Return an environment with a proxy, and the first bytes of each connection to it. It hangs up at once."""
    seen: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        seen.append(connection.recv(200))

    with listening(serve) as (host, port):
        yield {**dict.fromkeys(PROXIES, f"http://{host}:{port}"), "NO_PROXY": "", "no_proxy": ""}, seen


def test_servers_on_this_machine_are_measured_past_a_proxy(tmp_path: Path) -> None:
    asked = ("compare", "sqs", "redis", "--metric", "enqueue", "--metric", "throughput", "--budget", "20s")
    with proxy() as (environment, seen):
        run = brokerbench(*asked, "--out", "out", cwd=tmp_path, **environment)
    assert run.returncode == 0, run.stdout + run.stderr
    assert seen == []
    subjects = json.loads((tmp_path / "out" / "result.json").read_text())["subjects"]
    assert [subject["failure"] for subject in subjects] == [None, None]
    assert all(subject["versions"] for subject in subjects)  # producers and workers got ready


def test_amazon_is_reached_through_the_proxy(tmp_path: Path) -> None:
    own = {"SQS_URL": "aws", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}
    with proxy() as (environment, seen):
        run = brokerbench(
            "compare", "sqs", "--metric", "enqueue", "--budget", "25s", cwd=tmp_path, **own, **environment
        )
    assert run.returncode == 3, run.stdout + run.stderr
    assert seen
    assert all(b"sqs.eu-west-1.amazonaws.com" in first for first in seen)


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_what_the_user_excludes_stays_excluded_for_every_client(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in (*PROXIES, "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv(name, "inside.example, 10.0.0.1")
    bypass_proxies_on_loopback(os.environ)
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"]
    assert os.environ["no_proxy"].startswith("inside.example,10.0.0.1,127.0.0.1,")
    hosts = ("127.0.0.1:5672", "localhost", "[::1]:80", "inside.example", "sqs.eu-west-1.amazonaws.com")
    assert [bool(proxy_bypass(host)) for host in hosts] == [True, True, True, True, False]
    assert getproxies()["https"] == "http://proxy.example:3128"


@pytest.mark.parametrize("environ", [{}, {"HTTP_PROXY": ""}, {"NO_PROXY": "a"}, {"http_proxy": "p", "no_proxy": "*"}])
def test_without_a_proxy_nothing_is_changed(environ: dict[str, str]) -> None:
    before = dict(environ)
    bypass_proxies_on_loopback(environ)
    assert environ == before
