"""A sender: enqueues tasks one by one, and records whether each was accepted or refused."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

from .answering import failure, serve
from .application import facts, load, pin
from .mailbox import name_mailbox
from .pipe import Pipe
from .publishing import PublishedCount
from .recorder import CALLED, DUE, PUBLISHED, REFUSED, UNSENT, Recorder, task_id

__all__ = ["run"]

_REPLIES_S = 3.0
_LONGEST_REPLY = 20_000


def run(job: dict[str, Any], pipe: Pipe) -> None:
    """Do what the harness commands until it closes the connection.

    The job's ``mailbox`` is also part of the name of the queue in which this process gets events.
    """
    pin(job["cores"])
    app = load(job)
    name_mailbox(app, job)
    published = PublishedCount() if job.get("keeps_configuration") else None
    sender = _Sender(app, Recorder(job["records"]), job.get("mailbox"), published)
    sender.notes_expiry = bool(job.get("expires_messages"))
    pipe.send(event="ready", facts=facts(app, job))
    serve(pipe, sender.answer)


class _Sender:
    """Sends tasks with consecutive numbers; every call is recorded before it is made and after it returned."""

    def __init__(
        self, app: Any, recorder: Recorder, mailbox: str | None, published: PublishedCount | None = None
    ) -> None:
        self._app = app
        self._published = published
        self.notes_expiry = False
        """Whether the server discards a message whose time to live is over."""
        self._mailbox = mailbox
        self._listener: threading.Thread | None = None
        self._record = recorder.record
        self._seen: list[tuple[str, str]] = []
        self._deaf = ""

    def answer(self, command: dict[str, Any], done: list[int]) -> dict[str, Any]:
        """Carry out one command; add the numbers of the accepted tasks to ``done``."""
        return getattr(self, "_" + command.pop("do"))(done=done, **command)  # type: ignore[no-any-return]

    def _send(self, done: list[int], first: int, count: int, **how: Any) -> dict[str, Any]:
        """Send tasks: ``task`` with ``args``, ``kwargs`` and the ``options`` of ``apply_async``. Go on after a refusal.

        ``interval_s`` is from one call to the next, by the clock. ``payload_bytes`` asks for one argument of that size.
        With ``killed``, this process is killed as soon as a message is published and before the call returns.
        """
        if how.get("killed"):
            _die_when_published()
        refused: list[list[Any]] = []
        args = ["x" * how["payload_bytes"]] if how.get("payload_bytes") else how["args"]
        signature = self._app.tasks[how["task"]].s(*args, **how.get("kwargs", {}))
        begin_s = time.monotonic()
        for place in range(count):
            time.sleep(max(0.0, begin_s + place * how.get("interval_s", 0.0) - time.monotonic()))
            self._call(first + place, signature, how["options"], done, refused)
        return {"done": done, "refused": refused}

    def _call(
        self, number: int, signature: Any, options: dict[str, Any], done: list[int], refused: list[list[Any]]
    ) -> None:
        begin_ns, before = time.monotonic_ns(), self._published.messages if self._published else -1
        self._record(task_id(number), CALLED)
        try:
            signature.apply_async(task_id=task_id(number), **options)
        except Exception as error:
            self._record(task_id(number), REFUSED)
            refused.append([number, failure(error), time.monotonic_ns() - begin_ns])
        else:
            sent = self._published is None or self._published.messages > before
            self._record(task_id(number), PUBLISHED if sent else UNSENT)
            if self.notes_expiry and self._published and self._published.lives_s is not None:
                self._record(task_id(number), DUE, round(self._published.lives_s * 1e9))
            done.append(number)

    def _canvas(self, done: list[int], first: int, shape: str, steps: list[list[Any]]) -> dict[str, Any]:
        """Send a chain of steps, or a chord whose last step is its body: each step is a task's name and arguments."""
        from celery import chain, chord

        numbers = range(first, first + len(steps))
        signatures = [
            self._app.signature(name, args=args, immutable=True).set(task_id=task_id(number))
            for number, (name, args) in zip(numbers, steps)  # noqa: B905 - Python 3.8 has no strict
        ]
        for number in numbers:
            self._record(task_id(number), CALLED)
        if shape == "chain":
            chain(*signatures).apply_async()
        else:
            chord(signatures[:-1])(signatures[-1])
        for number in numbers:
            self._record(task_id(number), PUBLISHED)
            done.append(number)
        return {"done": done}

    def _revoke(self, done: list[int], first: int, count: int) -> dict[str, Any]:
        """Revoke tasks."""
        self._app.control.revoke([task_id(number) for number in range(first, first + count)])
        return {"done": done}

    def _inspect(self, done: list[int], what: str, patience_s: float = _REPLIES_S) -> dict[str, Any]:
        """Ask the workers something: return how many answered in that time, and what, or how asking failed."""
        try:
            replies = getattr(self._app.control.inspect(timeout=patience_s), what)() or {}
        except Exception as error:
            return {"done": done, "workers": 0, "reply": "", "failure": failure(error)}
        reply = repr(list(replies.values()))[:_LONGEST_REPLY]
        return {"done": done, "workers": len(replies), "reply": reply, "failure": ""}

    def _control(self, done: list[int], what: str, **arguments: Any) -> dict[str, Any]:
        """Tell the workers something, and return how many confirmed it."""
        replies = getattr(self._app.control, what)(reply=True, timeout=_REPLIES_S, **arguments) or []
        return {"done": done, "workers": sum("ok" in reply for one in replies for reply in one.values())}

    def _watch(self, done: list[int]) -> dict[str, Any]:
        """Listen to events from now on, if this process does not listen already."""
        if self._listener is None or not self._listener.is_alive():
            listening = threading.Event()
            self._listener = threading.Thread(target=self._listen, args=(listening,), daemon=True)
            self._listener.start()
            listening.wait(_REPLIES_S)
        return {"done": done}

    def _listen(self, listening: threading.Event) -> None:
        def hear(event: dict[str, Any]) -> None:
            self._seen.append((event["type"], event.get("uuid", "")))

        self._deaf = ""
        try:
            with self._app.connection_for_read() as connection:
                receiver = self._app.events.Receiver(connection, handlers={"*": hear}, node_id=self._mailbox)
                receiver.on_consume_ready = lambda *_, **__: listening.set()
                receiver.capture(limit=None, timeout=None, wakeup=False)
        except Exception as error:
            self._deaf = failure(error)

    def _seen_events(self, done: list[int]) -> dict[str, Any]:
        """Return the types of the events so far, each with its task's id, and why no more may arrive."""
        return {"done": done, "events": list(self._seen), "failure": self._deaf}


def _die_when_published() -> None:
    from celery import signals

    def die(**_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    signals.after_task_publish.connect(die, weak=False)
