"""A process that only imports the job's app and Celery's worker, and reports which code that was."""

from __future__ import annotations

import importlib
from typing import Any

from .application import facts, load
from .libraries import BrokenEnvironment, explaining
from .origin import Origin, WrongCode
from .pipe import Pipe
from .trial import check_arguments

__all__ = ["run"]


def run(job: dict[str, Any], pipe: Pipe) -> None:
    """Report the digests of the modules of the job's origin, or why they are not to be measured; nothing connects."""
    try:
        app = load(job)
        if job["keeps_configuration"]:
            check_arguments(app.tasks[job["task"]], job)
        facts(app, job)
        with explaining():
            importlib.import_module("celery.bin.celery")
    except (BrokenEnvironment, WrongCode) as error:
        pipe.send(event="wrong", error=str(error))
    else:
        pipe.send(event="ready", imported=Origin(**job["origin"]).imported())
