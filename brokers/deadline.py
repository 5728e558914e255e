"""An overall deadline for a call into a library that has none.

A client's own time-out starts anew with each byte that arrives, so a server that sends one byte a second, or never
stops sending, can hold a call for ever.
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
"""How long a server may take for one answer: to say what it is, or to delete a queue."""


class _TooLate(BaseException):
    """Raised inside a call that nobody waits for any more. No handler of a library's errors catches it."""


class Pending(Generic[T]):
    """A call that runs in a thread, which neither an interrupt nor the end of this process waits for."""

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
            gc.collect()  # closes its connection, which holds itself
        except BaseException as error:  # it is the waiting thread's to handle
            self._outcome.put((None, error))

    def result(self, timeout_s: float | None = None) -> T:
        """Wait for the call and return what it returns, or raise what it raises.

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
        return value  # type: ignore[return-value]  # it has no error, so it has a value

    def _end(self) -> None:
        """Raise an exception inside the call. It takes effect at the next step of Python code there."""
        if not self._thread.is_alive():  # its number may be another thread's by now
            return
        identity = ctypes.c_ulong(self._thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(identity, ctypes.py_object(_TooLate))


def within(seconds: float, whom: str, call: Callable[[], T]) -> T:
    """Return what ``call`` returns, or raise the error of this project that it raises.

    Raises BrokerUnavailable that names ``whom`` when it takes longer than that, and the call is then ended, or when it
    stumbles over an answer, which a client may do in any way.
    """
    try:
        return Pending(call).result(seconds)
    except BrokerbenchError:
        raise
    except TimeoutError:
        raise BrokerUnavailable(
            f"{whom} sends no whole answer within {seconds:g} s: check what listens there, or restart it"
        ) from None
    except Exception as error:
        raise BrokerUnavailable(
            f"{whom} sends an answer that its client cannot read ({type(error).__name__}): check what listens there"
        ) from error
