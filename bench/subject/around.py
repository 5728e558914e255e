"""The user's own code around each call and each run of a task: which it is, and how long it takes."""

from __future__ import annotations

import threading
import weakref
from functools import wraps
from time import perf_counter_ns
from types import FunctionType
from typing import Any, Callable, Iterator

__all__ = ["OwnTime", "handlers", "methods", "named", "time_calls_of", "time_runs_of"]

_NOT_THE_USERS = ("celery", "kombu", "_brokerbench_subject")
_AROUND = {
    "call": (("apply_async", "delay"), ("before_task_publish", "after_task_publish")),
    "run": (
        ("__call__", "before_start", "on_success", "after_return"),
        ("task_prerun", "task_postrun", "task_success"),
    ),
}
"""By kind: the methods of a task and the signals in which code of the user's may run."""


def methods(task: Any, kind: str) -> Iterator[tuple[type, str]]:
    """Return the user's methods that run around each call, or each run, of the task: the class, and the name in it."""
    for name in _AROUND[kind][0]:
        owner = next((one for one in type(task).__mro__ if name in vars(one)), None)
        if owner is not None and _is_users(owner.__module__):
            yield owner, name


def handlers(kind: str) -> Iterator[tuple[str, Any, int, Any]]:
    """Return the user's signal handlers: the signal's name, the signal, the place among its receivers, the handler."""
    from celery import signals

    for name in _AROUND[kind][1]:
        signal = getattr(signals, name)
        for place, entry in enumerate(signal.receivers or ()):
            handler = _alive(entry[1])
            if handler is not None and _is_users(getattr(handler, "__module__", None)):
                yield name, signal, place, handler


def named(task: Any, kind: str) -> Iterator[str]:
    """Return the names of all of them, as their user knows them."""
    for owner, name in methods(task, kind):
        yield f"{owner.__module__}.{owner.__qualname__}.{name}"
    for name, _, _, handler in handlers(kind):
        yield f"{handler.__module__}.{getattr(handler, '__qualname__', type(handler).__name__)} ({name})"


class OwnTime(threading.local):
    """How long the user's own code took in this thread, without what it calls of Celery's or the task's."""

    def __init__(self) -> None:
        self.ns = 0
        self._stack: list[bool] = []
        self._since_ns = 0

    def taken(self) -> int:
        """Return the nanoseconds since this was last asked."""
        taken, self.ns = self.ns, 0
        return taken

    def timed(self, function: Callable[..., Any], is_users: bool) -> Callable[..., Any]:
        """Return the function with its time counted, or, if it is not the user's, left out."""

        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            self._enter(is_users)
            try:
                return function(*args, **kwargs)
            finally:
                self._leave()

        return called

    def _enter(self, is_users: bool) -> None:
        self._count()
        self._stack.append(is_users)

    def _leave(self) -> None:
        self._count()
        self._stack.pop()

    def _count(self) -> None:
        now_ns = perf_counter_ns()
        if self._stack and self._stack[-1]:
            self.ns += now_ns - self._since_ns
        self._since_ns = now_ns


def time_calls_of(task: Any) -> OwnTime | None:
    """Time the user's code around each call of the task from now on; None if there is none."""
    from celery import Task

    patched: Any = Task
    if not any(named(task, "call")):
        return None
    own = OwnTime()
    _time(task, "call", own)
    patched.apply_async = own.timed(patched.apply_async, is_users=False)
    return own


def time_runs_of(task: Any, tell: Callable[[str, int], None]) -> None:
    """Time the user's code around each run of the task from now on, and tell the task's id and the nanoseconds."""
    from celery import signals

    if not any(named(task, "run")):
        return
    own = OwnTime()
    _time(task, "run", own)
    task.run = own.timed(task.run, is_users=False)

    def ended(sender: Any = None, task_id: str = "", **_: object) -> None:
        if sender is None or sender.name == task.name:
            tell(task_id, own.taken())

    signals.task_postrun.connect(ended, weak=False)  # after the user's own handlers


def _time(task: Any, kind: str, own: OwnTime) -> None:
    for owner, name in list(methods(task, kind)):
        if isinstance(vars(owner)[name], FunctionType):
            setattr(owner, name, own.timed(vars(owner)[name], is_users=True))
    for _, signal, place, handler in list(handlers(kind)):
        signal.receivers[place] = (signal.receivers[place][0], own.timed(handler, is_users=True))
        getattr(signal, "sender_receivers_cache", {}).clear()


def _alive(receiver: Any) -> Any:
    """Return a signal's receiver, or what its weak reference leads to; None if that is gone."""
    return receiver() if isinstance(receiver, weakref.ReferenceType) else receiver


def _is_users(module: str | None) -> bool:
    return bool(module) and str(module).partition(".")[0] not in _NOT_THE_USERS
