"""A machine that is made up, as a result and a matrix record it."""

from typing import Any

from bench.records.provenance import Environment

__all__ = ["make_environment"]


def make_environment(**changes: Any) -> Environment:
    fields: dict[str, Any] = {
        "cpu_model": "Example CPU @ 2.50GHz",
        "cores": 2,
        "cores_allowed": 2,
        "memory_bytes": 8 << 30,
        "system": "Linux",
        "kernel": "6.1.0",
        "python": "3.11.7",
        "brokerbench": "0.1.0",
        "git_commit": "0123456789abcdef",
        "other_cores": 0.04,
        "subject_cores": [1],
        "server_cores": [0],
        "lost_here": [],
    }
    return Environment(**(fields | changes))
