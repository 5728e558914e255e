"""Describes where a measurement is made, and what there would spoil it."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil

from bench.processes.platform import CorePlan, allowed_cores, core_mhz, cpu_model, filesystem_of, lost_here
from bench.processes.quota import cpu_quota
from bench.records.provenance import Environment
from brokers.directories import SHARED_MEMORY, shared_memory, temporary_directory
from brokers.errors import BrokerbenchError

__all__ = ["read_environment", "spoilers"]


def read_environment(cores: CorePlan) -> Environment:
    """Return the machine and the harness as they are now."""
    quota, (now_mhz, most_mhz) = cpu_quota(), core_mhz()
    return Environment(
        cpu_model=cpu_model(),
        cores=psutil.cpu_count() or 1,
        cores_allowed=len(allowed_cores()),
        memory_bytes=psutil.virtual_memory().total,
        system=platform.system(),
        kernel=platform.release(),
        python=platform.python_version(),
        brokerbench=version("brokerbench"),
        git_commit=_git_commit(),
        subject_cores=list(cores.subjects),
        server_cores=list(cores.servers),
        cpu_quota_cores=quota.cores if quota else None,
        throttled_s=0.0 if quota else None,
        core_mhz=now_mhz,
        most_core_mhz=most_mhz,
        lost_here=lost_here(),
    )


def spoilers() -> list[str]:
    """Return one sentence for each thing on this machine that would spoil any measurement."""
    found = []
    if quota := cpu_quota():
        found.append(
            f"A control group grants {quota.cores:g} cores' time and stops what uses more for a part of each "
            "period, which shows in latencies: raise the limit (docker: --cpus, Kubernetes: limits.cpu), or remove it."
        )
    return [*found, *_spoiling_places()]


def _spoiling_places() -> list[str]:
    """Return what is wrong with the places of a run's directories."""
    found = []
    try:
        directory = temporary_directory()
    except BrokerbenchError as error:
        return [f"{error.format_message()}."]
    if filesystem_of(directory) in ("tmpfs", "ramfs"):
        found.append(
            f"{directory} is in memory, so a durable profile's disk writes cost nothing: set TMPDIR to a disk."
        )
    if SHARED_MEMORY.is_dir() and shared_memory() is None:
        found.append(f"{SHARED_MEMORY} has too little space, so workers record their tasks in {directory}: free some.")
    return found


def _git_commit() -> str | None:
    """Return the commit of the checkout that contains this code; None if it was installed."""
    here = Path(__file__)
    try:
        _git("ls-files", "--error-unmatch", here.name, directory=here.parent)
        return _git("rev-parse", "HEAD", directory=here.parent)
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*arguments: str, directory: Path) -> str:
    answer = subprocess.run(["git", *arguments], cwd=directory, capture_output=True, text=True, timeout=10, check=True)
    return answer.stdout.strip()
