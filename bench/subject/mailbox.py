"""Names the queue in which a process gets replies."""

from __future__ import annotations

from typing import Any

__all__ = ["name_mailbox"]


def name_mailbox(app: Any, job: dict[str, Any]) -> None:
    """Make the job's ``mailbox`` part of the name of the queue in which this process gets the replies of workers.

    The harness can delete what it named; without a mailbox, Celery draws the name.
    """
    if mailbox := job.get("mailbox"):
        app.control.mailbox.__class__.oid = mailbox
