"""Processes that carry a mark in their environment, so that each can be found and ended.

A mark outlives daemons that leave their process group (epmd does) and parents that were killed. It is
compared whole, and only processes that carry it are ended.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress

import psutil

__all__ = ["CI_CREDENTIALS", "child_environment", "end_marked", "kill", "marked"]

_POLL_S = 0.02
_COMMAND_FILES = {"GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"}
CI_CREDENTIALS = (
    *("GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "ACTIONS_RUNTIME_TOKEN"),
    *("ACTIONS_ID_TOKEN_REQUEST_", "CI_JOB_TOKEN", "CI_JOB_JWT", "CI_REGISTRY_PASSWORD", "CI_DEPLOY_PASSWORD"),
    *("CI_DEPENDENCY_PROXY_PASSWORD", "CI_REPOSITORY_URL"),
)
"""Beginnings of the variables with which GitHub and GitLab sign a job in: not for a measured app."""


def child_environment(extra: Mapping[str, str], without: tuple[str, ...] = ()) -> dict[str, str]:
    """Return this process's environment plus ``extra``, without names that start with one of ``without``.

    A CI runner's command files are not in it: by these a process would choose the programs of later steps.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in _COMMAND_FILES}
    kept = {name: value for name, value in inherited.items() if not name.startswith(without)}
    return {**kept, **extra}


def marked(name: str, value: str) -> list[psutil.Process]:
    """Find the live processes whose environment has ``name`` set to exactly ``value``."""
    return [process for process in psutil.process_iter() if _has_mark(process, name, value)]


def end_marked(name: str, value: str, wait_s: float = 10.0) -> None:
    """Kill every marked process, also those that they start meanwhile, and wait until they are gone."""
    deadline = time.monotonic() + wait_s
    while (found := marked(name, value)) and time.monotonic() < deadline:
        for process in found:
            kill(process)
        time.sleep(_POLL_S)


def _has_mark(process: psutil.Process, name: str, value: str) -> bool:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        return process.environ().get(name) == value
    except (psutil.Error, OSError):
        return False  # gone meanwhile, or somebody else's


def kill(process: psutil.Process) -> None:
    """Kill a process that may be gone already."""
    with suppress(psutil.NoSuchProcess):
        process.kill()
