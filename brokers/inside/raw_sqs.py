"""boto3 alone, with the same operations as kombu's SQS transport."""

from __future__ import annotations

import time
import uuid
from functools import partial
from typing import Any, Callable, Generator

__all__ = ["RawClient"]

_MOST_MESSAGES = 10  # the most that SQS returns at once
_PATIENCE_S = 30.0


class RawClient:
    """A boto3 client that is configured by kombu and then used directly.

    Celery's worker receives with pycurl in its event loop and deletes with boto3; this client does both with boto3.
    """

    def __init__(self, app: Any, connection: Any, prefetch: tuple[int, bool]) -> None:
        channel = connection.default_channel
        self._queue = channel.canonical_queue_name(app.conf.task_default_queue)
        self._client = channel.sqs(queue=self._queue)
        self._wait_s = channel.wait_time_seconds
        self._most = min(_MOST_MESSAGES, prefetch[0] or _MOST_MESSAGES)
        self._url = ""

    def take_back(self) -> Any:
        """Return Celery's message; publishing it created the queue."""
        self._url = self._client.get_queue_url(QueueName=self._queue)["QueueUrl"]
        message = next(self.deliveries(1), None)
        if message is not None:
            self.acknowledge(message)
        return message

    def sender(self, message: Any) -> Callable[[], Any]:
        """Return a callable that sends its body again."""
        send = partial(self._client.send_message, QueueUrl=self._url, MessageBody=message["Body"])
        return partial(_send_fifo, send) if self._queue.endswith(".fifo") else send

    def deliveries(self, count: int) -> Generator[Any, None, None]:
        """Receive as many messages at once as the prefetch allows."""
        last_s = time.monotonic()
        while count and time.monotonic() - last_s < _PATIENCE_S:
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(self._most, count),
                WaitTimeSeconds=self._wait_s,
                AttributeNames=["ApproximateReceiveCount"],
            )
            for message in answer.get("Messages", ()):
                yield message
                count -= 1
                last_s = time.monotonic()

    def acknowledge(self, message: Any) -> None:
        """Delete this one message, as kombu does."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])


def _send_fifo(send: Any) -> None:
    """Send to kombu's one group; SQS would drop the same body as a duplicate."""
    send(MessageGroupId="default", MessageDeduplicationId=str(uuid.uuid4()))
