"""A trial: imports the job's app, looks for its task and tries its arguments, and connects to nothing."""

from __future__ import annotations

import inspect
from contextlib import suppress
from typing import Any, Callable, Iterator

from .application import load, plain
from .configuration import naming, own_options
from .failing import WrongApp
from .limits import limits
from .pipe import Pipe

__all__ = ["check_arguments", "run"]


def run(job: dict[str, Any], pipe: Pipe) -> None:
    """Load the job's app as every other role does, and report that it can be measured, and how it is configured."""
    app = load(job)
    task = app.tasks[job["task"]]
    check_arguments(task, job)
    asks = job.get("asks", ())
    own = {name: value for name, value in own_options(app, task).items() if name in asks}
    facts = {"naming": naming(app), "own_worker": job["own_worker"], "of_task": own}
    facts["limits"] = limits(app, task) + job["own_settings"]
    pipe.send(event="ready", facts={**facts, "settings": plain(app, asks)})


def check_arguments(task: Any, job: dict[str, Any]) -> None:
    """Raise WrongApp if the task does not take the job's arguments."""
    for check in _checks(task, dry=job["dry"]):
        try:
            check(*job["args"], **job["kwargs"])
        except TypeError as error:
            reason = f"{job['task']} does not take these arguments ({error})"
            raise WrongApp(f"{reason}: change --args or --kwargs") from error


def _checks(task: Any, *, dry: bool) -> Iterator[Callable[..., object]]:
    """Yield Celery's own check, or else the task's signature; neither where other code may change the arguments."""
    if not _is_celerys(task.apply_async):
        return
    celerys = getattr(task, "__header__", None)  # a class has none
    if task.typing and celerys:
        yield celerys
    elif not dry and _is_celerys(task.__call__):
        with suppress(ValueError):  # it is not written in Python
            yield inspect.signature(task.run, follow_wrapped=False).bind


def _is_celerys(method: Any) -> bool:
    return str(method.__module__).startswith("celery.")
