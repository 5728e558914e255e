"""What the tests share: an environment without the user's settings, a workspace, servers and subjects."""

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from browser import Browser, open_browser, the_browser
from forked import Forks
from hypothesis import HealthCheck, settings
from support import URL_VARIABLES, Servers, Subjects

import brokers.rabbitmq
import brokers.server
from brokers import installed_brokers
from brokers.workspace import Workspace, open_workspace

_LIMIT_S = 240

# Hundreds of processes import the same modules: each is compiled once, whatever the user's setting.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What makes examples slow is the load of the machine.
settings.register_profile("loaded", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loaded")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.timeout(_LIMIT_S), append=True)  # a test's own limit is nearer
    # Files with slow tests first: processes that share out the files would wait for the last one.
    with_slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in with_slow)


@pytest.fixture(scope="session", autouse=True)
def _environment() -> Iterator[None]:
    """Hide the settings of whoever runs the tests, and that these run in parallel; what names servers stays."""
    with pytest.MonkeyPatch.context() as patch:
        hidden = ("AWS_", "CELERY_", "PYTEST_XDIST_")  # with the last, pytest-benchmark would time nothing
        for name in [name for name in os.environ if name.startswith(hidden) or name == "BROKER"]:
            patch.delenv(name)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
def workspace(_environment: None) -> Iterator[Workspace]:
    with open_workspace() as workspace:
        yield workspace


@pytest.fixture(scope="session")
def servers(workspace: Workspace) -> Iterator[Servers]:
    with ExitStack() as ends:
        yield Servers(workspace, ends)


@pytest.fixture(scope="session")
def forked(_environment: None) -> Iterator[Forks]:
    """Yield what runs a command that ends soon."""
    with Forks() as forks:
        yield forks


@pytest.fixture
def subjects(tmp_path: Path, workspace: Workspace) -> Iterator[Subjects]:
    directory = tmp_path / "subjects"
    directory.mkdir()
    with ExitStack() as ends:
        yield Subjects(directory, ends)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = the_browser()
    if program is None:
        pytest.skip("no Chromium on this machine: install the package chromium")
    with open_browser(program, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hide this machine's servers and the user's, and return the only folder that is searched for a program."""
    for name in installed_brokers():
        monkeypatch.delenv(f"BROKERBENCH_{name.upper()}_SERVER", raising=False)
    for name in URL_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(brokers.server, "_SYSTEM_DIRECTORIES", ())
    monkeypatch.setattr(brokers.rabbitmq, "_OWN_SCRIPTS", ())
    return folder


@pytest.fixture
def queue() -> str:
    """Return a queue's name that nobody else uses."""
    return f"test-{uuid.uuid4().hex[:12]}"
