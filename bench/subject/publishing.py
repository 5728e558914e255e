"""Counts the messages that calls of ``apply_async`` really send: code of a user's own may drop or repeat calls."""

from __future__ import annotations

from typing import Any

__all__ = ["PublishedCount"]


class PublishedCount:
    """How many messages of one task, or of any, this process has published so far."""

    def __init__(self, task_name: str | None = None) -> None:
        from kombu.messaging import Producer

        patched: Any = Producer
        publish = patched.publish
        self.messages = 0
        self.lives_s: float | None = None
        """The time to live of the last message; None without one."""

        def counted(producer: Any, body: Any, *args: Any, **kwargs: Any) -> Any:
            headers = kwargs.get("headers") or {}
            named = headers.get("task") or (body.get("task") if isinstance(body, dict) else None)  # protocol 2, or 1
            self.lives_s = kwargs.get("expiration")
            self.messages += named == task_name if task_name else bool(named)
            return publish(producer, body, *args, **kwargs)

        patched.publish = counted
