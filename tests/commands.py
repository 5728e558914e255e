"""Runs the commands as a user does, and looks at what is left afterwards."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

__all__ = ["brokerbench", "environment_of", "leftovers", "programs_of", "relay_of", "start_brokerbench"]

_COMMAND = [sys.executable, "-c", "from bench.start import main; main()"]
_MARK = "BROKERBENCH_TESTED_IN"
_SHARED_MEMORY = Path("/dev/shm")
_MOMENT_S = 1.0
_WITHOUT_RUNS = {".git", ".venv", "lib"}  # large folders, of checkouts and environments


def environment_of(folder: Path, **more: str) -> dict[str, str]:
    """Return a command's environment, by which everything that it starts and makes is found again."""
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    return {**os.environ, _MARK: str(folder), "TMPDIR": str(temporary), **more}


def brokerbench(
    *arguments: str, cwd: Path, before: tuple[str, ...] = (), timeout_s: float = 220, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; ``before`` is what to put before it, such as ``env``."""
    return subprocess.run(
        [*before, *_COMMAND, *arguments],
        cwd=cwd,
        env=environment_of(cwd, **environment),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def start_brokerbench(*arguments: str, cwd: Path, **environment: str) -> "subprocess.Popen[str]":
    """Start a command; its standard output and errors are one."""
    return subprocess.Popen(
        [*_COMMAND, *arguments],
        cwd=cwd,
        env=environment_of(cwd, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def leftovers(folder: Path) -> list[object]:
    """Return the processes and directories that the commands run in ``folder`` left."""
    return [*_processes_of(folder), *(folder / "tmp").glob("brokerbench-*"), *_memory_of_nobody()]


def _processes_of(folder: Path) -> list[psutil.Process]:
    """Return the live processes that came of the commands run in ``folder``."""
    return [process for process in psutil.process_iter() if _came_of(process, folder)]


def programs_of(folder: Path) -> dict[str, psutil.Process]:
    """Return a live process for each name of those that came of the commands run in ``folder``."""
    found = {}
    for process in _processes_of(folder):
        with suppress(psutil.Error):  # it ended meanwhile
            found[process.name()] = process
    return found


def relay_of(folder: Path) -> psutil.Process | None:
    """Return the live process with the relays of a command run in ``folder``."""
    for process in _processes_of(folder):
        with suppress(psutil.Error):  # it ended meanwhile
            if "bench.relay" in process.cmdline():
                return process
    return None


def _came_of(process: psutil.Process, folder: Path) -> bool:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        # Redis overwrites its environment with its title; it works in a directory of the run.
        return process.environ().get(_MARK) == str(folder) or Path(process.cwd()).is_relative_to(folder / "tmp")
    except (psutil.Error, OSError):
        return False


def _memory_of_nobody() -> set[Path]:
    """Return the runs' directories in memory whose run has no other directory, so that it must be over.

    A run of another test's may be just ending: it is given a moment.
    """
    left = _memory_without_a_directory()
    if left:
        time.sleep(_MOMENT_S)
    return left and left & _memory_without_a_directory()


def _memory_without_a_directory() -> set[Path]:
    in_memory = set(_SHARED_MEMORY.glob("brokerbench-*"))
    if not in_memory:
        return set()
    elsewhere = set()
    # Not rglob: it stumbles over a directory that another run removes meanwhile.
    for _, names, _ in os.walk(tempfile.gettempdir()):
        elsewhere.update(names)
        names[:] = [name for name in names if name not in _WITHOUT_RUNS]
    return {path for path in in_memory if path.name not in elsewhere}
