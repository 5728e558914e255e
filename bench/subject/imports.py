"""A process that only imports the job's app, and reports which code that was."""

from __future__ import annotations

from typing import Any

from .application import load
from .origin import Origin, WrongCode
from .pipe import Pipe

__all__ = ["run"]


def run(job: dict[str, Any], pipe: Pipe) -> None:
    """Report the digests of the modules of the job's origin, or what was imported from elsewhere."""
    try:
        load(job)
    except WrongCode as error:
        pipe.send(event="wrong", error=str(error))
    else:
        pipe.send(event="ready", imported=Origin(**job["origin"]).imported())
