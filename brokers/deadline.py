"""An overall deadline for calls into a library that has none.

A client's own time-out restarts with every byte that arrives. A server that sends one byte a second, or never
stops sending, can therefore block a call forever.
"""

import ctypes
import gc
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from traceback import clear_frames
from typing import Generic, TypeVar

from brokers.errors import BrokerbenchError, BrokerUnavailable

__all__ = ["ANSWER_S", "Pending", "within"]

T = TypeVar("T")
ANSWER_S = 10.0
"""How long a server may take for one answer: to describe itself, or to delete a queue."""


class _TooLate(BaseException):
    """Raised inside a call that nobody waits for any more. No handler of a library's errors catches it."""


class Pending(Generic[T]):
    """A call that runs in a thread. Neither an interrupt nor the end of this process waits for it."""

    def __init__(self, call: Callable[[], T]) -> None:
        """Start the call."""
        self._call = call
        self._outcome: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._outcome.put((self._call(), None))
        except _TooLate as late:
            clear_frames(late.__traceback__)
            gc.collect()  # close the connection that it holds
        except BaseException as error:  # the waiting thread handles it
            self._outcome.put((None, error))

    def result(self, timeout_s: float | None = None) -> T:
        """Wait for the call, and return its value or raise its error.

        Raises TimeoutError after ``timeout_s``. The call is then ended, as it is when the wait is interrupted.
        """
        try:
            value, error = self._outcome.get(timeout=timeout_s)
        except BaseException as waiting:
            self._end()
            if isinstance(waiting, Empty):
                raise TimeoutError from None
            raise
        if error is not None:
            raise error
        return value  # type: ignore[return-value]  # no error, so there is a value

    def _end(self) -> None:
        """Raise an exception inside the call. It takes effect at the call's next step of Python code."""
        if not self._thread.is_alive():  # by now its number may belong to another thread
            return
        identity = ctypes.c_ulong(self._thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(identity, ctypes.py_object(_TooLate))


def within(seconds: float, whom: str, call: Callable[[], T]) -> T:
    """Return the value of ``call``, or raise its error if that is one of this project's.

    Raises BrokerUnavailable, which names ``whom``, if the call takes longer than ``seconds`` (the call is then ended),
    or if it fails on an answer in any other way.
    """
    try:
        return Pending(call).result(seconds)
    except BrokerbenchError:
        raise
    except TimeoutError:
        raise BrokerUnavailable(
            f"{whom} did not send a complete answer within {seconds:g} s: check what listens there, or restart it"
        ) from None
    except Exception as error:
        raise BrokerUnavailable(
            f"{whom} sent an answer that its client cannot read ({type(error).__name__}): check what listens there"
        ) from error
