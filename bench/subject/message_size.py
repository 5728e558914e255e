"""The size of a task's message, as Celery makes it and before a broker's client wraps it."""

from __future__ import annotations

from typing import Any

__all__ = ["message_bytes"]

_ID = "b0b0b0b0-0000-4000-8000-000000000000"  # as long as any


def message_bytes(task: Any, args: list[Any], kwargs: dict[str, Any]) -> int | None:
    """Return the bytes of the serialized body and headers of a message; None if one cannot be made without a call.

    It is the message of a plain call: what code of the user's around calls adds is not in it.
    """
    from kombu.compression import compress
    from kombu.serialization import dumps

    app = task.app
    try:
        message = app.amqp.create_task_message(_ID, task.name, args, kwargs)
        body = _encoded(dumps(message.body, task.serializer or app.conf.task_serializer)[2])
        if compression := app.conf.task_compression:
            body = compress(body, compression)[0]
        return len(body) + len(_encoded(dumps(message.headers, "json")[2]))
    except Exception:  # whatever an app's own serializer raises: its calls will tell
        return None


def _encoded(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
