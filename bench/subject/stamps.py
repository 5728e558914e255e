"""Stamps on a task's way: when the producer and the worker reached each step of it.

Only a job with the key ``stamps``, a directory, has them. Without it, nothing in Celery or kombu is touched.
"""

from __future__ import annotations

from typing import Any, Callable

from .recorder import ACK_BEGUN, ACKED, CALLED, PUBLISHED, RECEIVED, SERIALISED, Recorder

__all__ = ["stamp_sending", "stamp_worker"]


def stamp_sending(send: Callable[[str], Any], recorder: Recorder) -> Callable[[str], None]:
    """Return ``send``, which enqueues a task with that id, with stamps before it, after serialising, and after it."""
    from kombu.messaging import Producer

    patched: Any = Producer
    record, prepare = recorder.record, patched._prepare
    being_sent = ""

    def stamped_prepare(*args: Any, **kwargs: Any) -> Any:
        nonlocal being_sent
        prepared = prepare(*args, **kwargs)
        record(being_sent, SERIALISED)
        being_sent = ""  # anything else published meanwhile is another message
        return prepared

    def stamped_send(task_id: str) -> None:
        nonlocal being_sent
        being_sent = task_id
        record(task_id, CALLED)
        try:
            send(task_id)
        finally:
            being_sent = ""
        record(task_id, PUBLISHED)

    patched._prepare = stamped_prepare
    return stamped_send


def stamp_worker(recorder: Recorder) -> None:
    """Stamp the tasks that this worker receives, and its acknowledgements, in the process that talks to the broker."""
    from celery import signals
    from kombu.message import Message

    patched: Any = Message
    record, acknowledge = recorder.record, patched.ack

    def received(request: Any, **_: object) -> None:
        record(request.id, RECEIVED)

    def stamped_ack(message: Any, *args: Any, **kwargs: Any) -> Any:
        task_id = _task_id(message)
        record(task_id, ACK_BEGUN)
        answer = acknowledge(message, *args, **kwargs)
        record(task_id, ACKED)
        return answer

    signals.task_received.connect(received, weak=False)
    patched.ack = stamped_ack


def _task_id(message: Any) -> str:
    """Return the id of the task in a message of Celery's protocol 2 or 1, or an empty text."""
    return message.headers.get("id") or message.properties.get("correlation_id") or ""
