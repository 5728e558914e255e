"""What a producer and a ceiling have in common: they answer commands, and time calls in a closed loop."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

from .pipe import Pipe

__all__ = ["failure", "serve", "time_calls", "time_calls_in_new_threads"]


def serve(pipe: Pipe, answer: Callable[[dict[str, Any], list[int]], dict[str, Any]]) -> None:
    """Answer one command after the other until the harness hangs up.

    ``answer`` gets the command and a list for what it has done so far, which is told when it fails too.
    """
    while True:
        command = pipe.receive()
        if command is None:
            return
        done: list[int] = []
        try:
            message = answer(command, done)
        except Exception as error:  # the harness says what that means; samples taken before it count
            message = {"done": done, "error": failure(error)}
        pipe.send(**message)


def failure(error: Exception) -> str:
    """Say in an answer what went wrong."""
    return f"{type(error).__name__}: {error}"


def time_calls(call: Callable[[], Any], calls: int, durations_ns: list[int]) -> None:
    """Call in a closed loop: the next call begins when the last one returned."""
    clock_ns, append = time.monotonic_ns, durations_ns.append
    for _ in range(calls):
        begin_ns = clock_ns()
        call()
        append(clock_ns() - begin_ns)


def time_calls_in_new_threads(call: Callable[[], Any], calls: int, durations_ns: list[int]) -> None:
    """Call from a new thread each time, one after the other; starting and ending the thread is not timed."""
    for _ in range(calls):
        with ThreadPoolExecutor(1) as executor:
            executor.submit(time_calls, call, 1, durations_ns).result()
