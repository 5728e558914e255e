"""What a producer and a ceiling share: they answer commands, and time calls in a closed loop."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

from .pipe import Pipe

__all__ = ["failure", "serve", "time_calls", "time_calls_in_new_threads"]


def serve(pipe: Pipe, answer: Callable[[dict[str, Any], list[int]], dict[str, Any]]) -> None:
    """Answer one command after another until the harness closes the connection.

    ``answer`` gets the command and a list of what is done so far. A failure's answer contains that list, too.
    """
    while True:
        command = pipe.receive()
        if command is None:
            return
        done: list[int] = []
        try:
            message = answer(command, done)
        except Exception as error:  # the harness decides what that means; samples taken before it count
            message = {"done": done, "error": failure(error)}
        pipe.send(**message)


def failure(error: Exception) -> str:
    """Return a description of the error for an answer."""
    return f"{type(error).__name__}: {error}"


def time_calls(call: Callable[[], Any], calls: int, durations_ns: list[int]) -> None:
    """Call in a closed loop: the next call begins when the last one has returned."""
    clock_ns, append = time.monotonic_ns, durations_ns.append
    for _ in range(calls):
        begin_ns = clock_ns()
        call()
        append(clock_ns() - begin_ns)


def time_calls_in_new_threads(call: Callable[[], Any], calls: int, durations_ns: list[int]) -> None:
    """Call from a new thread each time, one after another; starting and ending the thread is not timed."""
    for _ in range(calls):
        with ThreadPoolExecutor(1) as executor:
            executor.submit(time_calls, call, 1, durations_ns).result()
