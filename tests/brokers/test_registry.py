import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from brokers import UsageError, find_broker, find_profile, installed_brokers, split_subject
from brokers.registry import every_broker, reserved_options

PIGEON = """
from brokers.memory import Memory

class Pigeon(Memory):
    name = "pigeon"
    reserved_options = Memory.reserved_options | {"loft"}
"""


@pytest.fixture
def third_party(tmp_path: Path) -> Iterator[Path]:
    """Install a broker that somebody else made: a module and an entry point."""
    metadata = tmp_path / "brokerbench_pigeon-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: brokerbench-pigeon\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[brokerbench.brokers]\npigeon = carrier_pigeon:Pigeon\n")
    (tmp_path / "carrier_pigeon.py").write_text(PIGEON)
    yield tmp_path
    for cached in (find_broker, reserved_options):
        cached.cache_clear()


def test_the_projects_own_brokers_are_installed() -> None:
    assert {"memory", "postgres", "rabbitmq", "redis", "sqs", "valkey"} <= set(installed_brokers())
    assert installed_brokers() == sorted(installed_brokers())


def test_a_broker_that_somebody_else_made_is_found(third_party: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(third_party)
    assert "pigeon" in installed_brokers()
    assert split_subject("pigeon:default")[0].name == "pigeon"


def test_what_a_broker_that_somebody_else_made_reserves_is_reserved(
    third_party: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserved_options.cache_clear()
    monkeypatch.syspath_prepend(third_party)
    assert {"loft", "sep", "queue_name_prefix"} <= reserved_options()


def test_a_broker_that_cannot_be_imported_is_in_nobodys_way(third_party: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (third_party / "carrier_pigeon.py").write_text("import no_such_module")
    monkeypatch.delitem(sys.modules, "carrier_pigeon", raising=False)
    monkeypatch.syspath_prepend(third_party)
    assert "pigeon" in installed_brokers()
    assert "pigeon" not in {broker.name for broker in every_broker()}


def test_what_is_not_a_subclass_is_an_error_that_says_so(third_party: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (third_party / "carrier_pigeon.py").write_text("class Pigeon:\n    name = 'pigeon'\n")
    monkeypatch.delitem(sys.modules, "carrier_pigeon", raising=False)
    monkeypatch.syspath_prepend(third_party)
    with pytest.raises(UsageError, match=r"^pigeon is not a broker: make carrier_pigeon:Pigeon a subclass of brokers"):
        find_broker("pigeon")


@pytest.mark.slow
def test_the_contract_runs_on_a_broker_that_somebody_else_made(third_party: Path) -> None:
    contract = Path(__file__).with_name("test_contract.py")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-k", "pigeon", str(contract)]
    path = os.pathsep.join([str(third_party), *sys.path])
    answer = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout
    assert " passed" in answer.stdout


def test_an_unknown_broker_is_an_error_that_suggests_one_and_lists_all() -> None:
    with pytest.raises(UsageError) as caught:
        split_subject("reddis")
    known = ", ".join(installed_brokers())
    assert caught.value.format_message() == f"No broker named 'reddis'; did you mean 'redis'? installed: {known}"


def test_an_unknown_broker_like_no_other_gets_no_suggestion() -> None:
    with pytest.raises(UsageError, match=r"^No broker named 'kafak'; installed: memory, "):
        find_broker("kafak")


def test_an_unknown_profile_is_an_error_that_lists_the_brokers_own() -> None:
    with pytest.raises(UsageError, match=r"^rabbitmq has no profile named 'quorun'; did you mean 'quorum'\?"):
        split_subject("rabbitmq:quorun")


def test_a_subject_without_a_profile_has_the_default_one() -> None:
    broker, profile = split_subject(" redis ")
    assert (broker.name, profile.name) == ("redis", "default")
    assert find_profile(broker, "durable").tier == "durable"
