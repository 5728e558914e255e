"""SQS's error answers, from "Interpreting Amazon SQS JSON API responses" in its developer guide."""

import json

from brokers.http_service import HttpService

__all__ = ["SERVICE"]


def _error(status: str, kind: str, fault: str, message: str) -> bytes:
    body = json.dumps({"__type": f"com.amazonaws.sqs#{kind}", "message": message}).encode()
    head = (
        f"HTTP/1.1 {status}\r\n"
        "x-amzn-RequestId: 00000000-0000-0000-0000-000000000000\r\n"
        f"x-amzn-query-error: {kind};{fault}\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Content-Type: application/x-amz-json-1.0\r\n"
    )
    return head.encode() + b"\r\n" + body


SERVICE = HttpService(
    send="SendMessage",
    receive="ReceiveMessage",
    acknowledge="DeleteMessage",
    unavailable=_error(
        "503 Service Unavailable",
        "ServiceUnavailable",
        "Receiver",
        "The request has failed due to a temporary failure of the server.",
    ),
    # the status and the code by which botocore's own table recognises what to retry
    throttled=_error(
        "403 Forbidden", "RequestThrottled", "Sender", "The request was denied due to request throttling."
    ),
)
