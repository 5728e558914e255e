"""What a process that is started here gets for its environment, and how it is killed."""

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
"""Beginnings of the variables with which GitHub and GitLab sign a job in: not for a measured app."""


def child_environment(extra: Mapping[str, str], without: tuple[str, ...] = ()) -> dict[str, str]:
    """Return this process's environment plus ``extra``, without names that start with one of ``without``.

    A CI runner's command files are not in it: by these a process would choose the programs of later steps.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in _COMMAND_FILES}
    kept = {name: value for name, value in inherited.items() if not name.startswith(without)}
    return {**kept, **extra}


def kill(process: psutil.Process) -> None:
    """Kill a process that may be gone already."""
    with suppress(psutil.NoSuchProcess):
        process.kill()
