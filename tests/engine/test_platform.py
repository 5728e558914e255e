import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from support import eventually

from bench.processes import platform


@pytest.mark.skipif(not platform.CAN_PIN, reason="this system cannot pin")
def test_processes_started_while_pinned_stay_there_and_this_one_comes_back() -> None:
    before = os.sched_getaffinity(0)
    core = min(before)
    with platform.pinned((core,)):
        show = "import os; print(sorted(os.sched_getaffinity(0)))"
        answer = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == f"[{core}]"
    assert os.sched_getaffinity(0) == before


def test_subjects_and_servers_share_no_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "CAN_PIN", True)
    for cores in ([0, 1], [0, 1, 2], list(range(8))):
        monkeypatch.setattr(platform, "allowed_cores", lambda cores=cores: cores)
        plan = platform.plan_cores()
        assert sorted(plan.subjects + plan.servers) == cores
        assert not set(plan.subjects) & set(plan.servers)


def test_one_core_means_no_pinning_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "allowed_cores", lambda: [0])
    assert platform.plan_cores() == platform.CorePlan()
    if platform.CAN_PIN:
        assert "one core" in platform.lost_here()[0]


def test_what_another_system_lacks_is_named_with_its_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "CAN_PIN", False)
    monkeypatch.setattr(platform, "CAN_STOP", False)
    pinning, stopping = platform.lost_here()
    assert "cannot pin" in pinning
    assert "spread" in pinning
    assert "cannot stop" in stopping
    assert "throughput" in stopping
    platform.stop_group(0)  # does nothing, and does not crash
    platform.continue_group(0)


def test_windows_has_no_prefork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Windows")
    assert platform.pools() == ("threads", "solo")


def test_the_file_system_of_a_path_is_the_nearest_mount(tmp_path: Path) -> None:
    assert platform.filesystem_of(tmp_path)


ORPHANS = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid, flush=True)
"""


@pytest.mark.skipif(not platform.CAN_STOP, reason="this system has no sessions")
def test_what_a_process_left_when_it_ended_by_itself_ends_with_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as process:
        assert process.stdout is not None
        orphan = psutil.Process(int(process.stdout.readline()))
        assert process.wait() == 0
        platform.end_group(process)
        assert process.stdout.read() == ""  # which waits until nothing holds the pipe
    assert eventually(lambda: not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE)
