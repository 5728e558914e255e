"""The CPU quota of a control group, in both versions of the kernel's interface, and what is said of it."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from sides import made_environment, made_side

from bench.compare.progress import Measurement
from bench.gate.benchmarks import Side
from bench.gate.checks import BARRING, differences
from bench.processes import environment as described
from bench.processes.environment import read_environment, spoilers
from bench.processes.platform import CorePlan
from bench.processes.quota import Quota, cpu_quota
from bench.records.result import Result
from bench.report.facts import machine_table


def groups_in(folder: Path, own: str, files: Mapping[str, str]) -> Quota | None:
    """Write the files as the kernel shows them, and read the quota of the process with that ``/proc/self/cgroup``."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "own").write_text(own)
    return cpu_quota(folder, folder / "own")


@pytest.mark.parametrize(
    ("own", "files", "cores"),
    [
        ("0::/pod/app\n", {"pod/app/cpu.max": "50000 100000\n"}, 0.5),
        ("0::/pod/app\n", {"pod/app/cpu.max": "max 100000\n", "pod/cpu.max": "150000 100000\n"}, 1.5),
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2.0),
        ("0::/../elsewhere\n", {"cpu.max": "max 100000\n"}, None),
        ("0::/pod\n", {"pod/cpu.stat": "usage_usec 1\n"}, None),
        (
            "3:memory:/m\n2:cpu,cpuacct:/docker/abc\n0::/\n",
            {"cpu,cpuacct/cpu.cfs_quota_us": "25000\n", "cpu,cpuacct/cpu.cfs_period_us": "100000\n"},
            0.25,
        ),
        ("1:cpu:/a\n", {"cpu/a/cpu.cfs_quota_us": "-1\n", "cpu/a/cpu.cfs_period_us": "100000\n"}, None),
        ("1:cpuset:/\n", {"cpuset/cpu.max": "1 100\n"}, None),
        ("nonsense\n", {}, None),
        ("0::/a\n", {"a/cpu.max": "nonsense\n"}, None),
    ],
)
def test_the_smallest_quota_around_this_process_counts(
    tmp_path: Path, own: str, files: dict[str, str], cores: float | None
) -> None:
    found = groups_in(tmp_path, own, files)
    assert (found.cores if found else None) == cores


def test_a_machine_without_control_groups_has_no_quota(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path / "none", tmp_path / "nothing") is None


@pytest.mark.parametrize(
    ("stat", "throttled_s"),
    [("nr_throttled 3\nthrottled_usec 2500000\n", 2.5), ("throttled_time 1500000000\n", 1.5), ("nr_periods 1\n", 0.0)],
)
def test_throttled_time_is_read_in_both_units(tmp_path: Path, stat: str, throttled_s: float) -> None:
    (tmp_path / "cpu.stat").write_text(stat)
    assert Quota(0.5, tmp_path).throttled_s() == throttled_s


def test_a_quota_is_recorded_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(described, "cpu_quota", lambda: Quota(0.5, tmp_path))
    assert read_environment(CorePlan()).cpu_quota_cores == 0.5
    (sentence,) = [text for text in spoilers() if "grants 0.5 cores" in text]
    assert "raise the limit" in sentence


def test_what_a_run_was_throttled_is_in_its_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = tmp_path / "cpu.stat"
    stat.write_text("throttled_usec 1000000\n")
    monkeypatch.setattr("bench.compare.progress.cpu_quota", lambda: Quota(0.5, tmp_path))
    environment = made_environment(cpu_quota_cores=0.5, throttled_s=0.0)
    measured = Measurement(comparison=None, environment=environment, warnings=[])  # type: ignore[arg-type]
    stat.write_text("throttled_usec 3500000\n")
    assert measured._environment_by_now().throttled_s == 2.5
    shown = machine_table(made_side(environment=measured._environment_by_now())).rows
    assert ["CPU quota", "0.5 cores; throttled for 2.5 s"] in shown


def of_quota(cores: float | None) -> Result:
    return made_side(environment=made_environment(cpu_quota_cores=cores))


def test_another_quota_bars_a_gate_and_the_same_one_does_not() -> None:
    none, half = Side(of_quota(None)), Side(of_quota(0.5))
    (found,) = differences(none, half)
    assert (found.kind, str(found)) == ("cores", "the CPU quota, in cores, was none and is 0.5")
    assert found.kind in BARRING
    assert differences(half, Side(of_quota(0.5))) == []
