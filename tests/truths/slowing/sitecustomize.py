"""Makes this interpreter's Celery slower by known amounts: see ``slowed.py``.

Imported by Python as it starts, because this folder comes first on its path. An environment's own ``sitecustomize`` is
run as well.
"""

import os
import sys
import time
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__))
_FACTOR = float(os.environ["TRUTHS_ENQUEUE_FACTOR"])
_TASK_NS = int(os.environ["TRUTHS_TASK_NS"])


def _spin_until(at_ns: int) -> None:
    while time.monotonic_ns() < at_ns:
        pass


def _slow_calls() -> None:
    from celery.app.task import Task

    apply_async = Task.apply_async

    def slowed(*args: Any, **kwargs: Any) -> Any:
        begin_ns = time.monotonic_ns()
        result = apply_async(*args, **kwargs)
        _spin_until(begin_ns + int((time.monotonic_ns() - begin_ns) * _FACTOR))
        return result

    Task.apply_async = slowed


def _slow_tasks() -> None:
    from celery.signals import task_prerun

    def slowed(**_: Any) -> None:
        _spin_until(time.monotonic_ns() + _TASK_NS)

    task_prerun.connect(slowed, weak=False)


def _run_the_environments_own() -> None:
    path = [entry for entry in sys.path if os.path.abspath(entry) != _HERE]
    spec = PathFinder.find_spec("sitecustomize", path)
    if spec and spec.loader:
        spec.loader.exec_module(module_from_spec(spec))


_run_the_environments_own()
_slow_calls()
_slow_tasks()
