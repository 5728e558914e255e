"""The environment of processes that are started here, and how they are killed."""

import os
from collections.abc import Mapping
from contextlib import suppress

import psutil

__all__ = ["CI_CREDENTIALS", "child_environment", "kill"]

_COMMAND_FILES = {"GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"}
CI_CREDENTIALS = (
    *("GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "ACTIONS_RUNTIME_TOKEN"),
    *("ACTIONS_ID_TOKEN_REQUEST_", "CI_JOB_TOKEN", "CI_JOB_JWT", "CI_REGISTRY_PASSWORD", "CI_DEPLOY_PASSWORD"),
    *("CI_DEPENDENCY_PROXY_PASSWORD", "CI_REPOSITORY_URL"),
)
"""Prefixes of the variables that authenticate a job on GitHub and GitLab: not for a measured app."""


def child_environment(extra: Mapping[str, str], without: tuple[str, ...] = ()) -> dict[str, str]:
    """Return this process's environment plus ``extra``, without names that start with one of ``without``.

    A CI runner's command files are left out: through them, a process could choose the programs of later steps.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in _COMMAND_FILES}
    kept = {name: value for name, value in inherited.items() if not name.startswith(without)}
    return {**kept, **extra}


def kill(process: psutil.Process) -> None:
    """Kill a process that may be gone already."""
    with suppress(psutil.NoSuchProcess):
        process.kill()
