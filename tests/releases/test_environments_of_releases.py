"""Releases differ in the release alone where the index allows it; where it does not, that is shown."""

from collections.abc import Mapping, Sequence

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bench.ab.virtualenvs import Interpreter, Lock, Release, Wanted
from bench.releases import environments
from bench.releases.environments import held_environments
from brokers.errors import UsageError

CELERY = {"5.3.0": ">=5.3.0,<6", "5.4.0": ">=5.3.4,<6", "5.5.0": ">=5.5.2,<5.6", "5.6.0": ">=5.6", "5.7.0": ">=5.7"}
"""Each release of Celery, with what it needs of kombu."""
CLIENT = {"5.3.4": "<6", "5.5.2": "<5.3", "5.6.0": "", "5.7.0": ">7"}
"""What each release of kombu needs of its client, whose releases are these:"""
CLIENTS = ["5.2", "5.9", "8.1"]
HERE = Interpreter("python", (), {"celery": "5.7.0", "client": "8.1"})


@pytest.fixture(autouse=True)
def _index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "lock_alone", resolved)
    monkeypatch.setattr(environments, "newest", newest)


def resolved(wanted: Wanted, preferred: Mapping[str, str], *options: str) -> Lock:
    """Resolve as an index of these packages would: what is preferred if possible, otherwise the newest."""
    asked = {one.name: one.specifier for one in wanted.requirements}
    kombu = str(asked["kombu"]).removeprefix("==")
    if kombu == "5.3.4" and "--no-build" in options and "compiled" in wanted.needed:
        raise UsageError("it has to be compiled")
    fitting = [
        one
        for one, needs in CELERY.items()
        if kombu in SpecifierSet(needs) and one in asked.get("celery", SpecifierSet())
    ]
    client = [one for one in CLIENTS if one in SpecifierSet(CLIENT[kombu])]
    if not fitting:
        raise UsageError("No solution found")
    pins = {"kombu": kombu, "celery": best(fitting, preferred, "celery"), "client": best(client, preferred, "client")}
    return Lock(wanted.interpreter, "".join(f"{name}=={version}\n" for name, version in pins.items()))


def best(fitting: Sequence[str], preferred: Mapping[str, str], name: str) -> str:
    return preferred[name] if preferred.get(name) in fitting else max(fitting, key=Version)


def newest(_: Interpreter, requirement: str, *__: str) -> Release | None:
    found = [one for one in CELERY if one in Requirement(requirement).specifier]
    return Release(max(found, key=Version)) if found else None


def wanted(*releases: str, needed: tuple[str, ...] = ("celery",)) -> dict[str, Wanted]:
    return {one: Wanted((Requirement(f"kombu=={one}"),), HERE, needed) for one in releases}


def test_all_releases_get_the_celery_that_all_accept() -> None:
    held = held_environments("kombu", wanted("5.3.4", "5.5.2", "5.6.0", "5.7.0"))
    assert {lock.versions["celery"] for lock in held.locks.values()} == {"5.4.0"}


def test_a_celery_older_than_any_of_theirs_is_found_if_all_accept_it() -> None:
    held = held_environments("kombu", wanted("5.5.2", "5.6.0"))  # alone they would get 5.5.0 and 5.6.0
    assert {lock.versions["celery"] for lock in held.locks.values()} == {"5.4.0"}


def test_what_had_to_differ_is_shown_for_each_release_and_only_that() -> None:
    held = held_environments("kombu", wanted("5.3.4", "5.5.2", "5.6.0", "5.7.0"))
    assert held.unlike("kombu") == {
        "5.3.4": {"client": "5.2"},
        "5.5.2": {"client": "5.2"},
        "5.6.0": {"client": "5.2"},
        "5.7.0": {"client": "8.1"},
    }


def test_a_release_that_nothing_satisfies_has_the_reason_and_the_others_go_on() -> None:
    CLIENT["5.2.0"] = ""
    try:
        held = held_environments("kombu", wanted("5.2.0", "5.5.2", "5.6.0"))
    finally:
        del CLIENT["5.2.0"]
    assert held.refused == {"5.2.0": "No solution found"}
    assert list(held.locks) == ["5.5.2", "5.6.0"]


def test_what_has_to_be_compiled_for_one_release_is_not_forced_on_the_others() -> None:
    tried = wanted("5.3.4", "5.5.2", "5.6.0", needed=("celery", "compiled"))
    held = held_environments("kombu", tried)
    assert not held.refused
    assert len({lock.versions["celery"] for lock in held.locks.values()}) == 1
