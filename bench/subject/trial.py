"""A trial: imports the job's app and looks for its task, and connects to nothing."""

from __future__ import annotations

from typing import Any

from .application import load
from .pipe import Pipe

__all__ = ["run"]


def run(job: dict[str, Any], pipe: Pipe) -> None:
    """Load the job's app as every other role does, and report that it can be measured."""
    load(job)
    pipe.send(event="ready", facts={})
