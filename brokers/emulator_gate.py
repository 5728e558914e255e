"""Guards an emulator, which checks no credentials: only requests signed with this run's credentials pass.

The gate wraps the emulator's application in the same process. Everything that the application offers is therefore
behind the gate: every service and region, the pages for health and administration, WebSockets and HTTP/2.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from brokers.emulator_signature import SignedRequest

__all__ = ["EmulatorGate"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Message, Receive, Send], Awaitable[None]]
WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_FORBIDDEN = 403
_UNKNOWN = "InvalidClientTokenId", "The security token included in the request is invalid."
_UNSIGNED = "SignatureDoesNotMatch", "The request is not signed with the secret access key that belongs to its key."


@dataclass(frozen=True)
class EmulatorGate:
    """Refuses every request that is not signed with the secret, with status 403 and an error in AWS's form.

    The body of a request that does not name the key is not even read.
    """

    key: str
    secret: str = field(repr=False)

    def asgi(self, app: ASGI) -> ASGI:
        """Wrap an ASGI application."""

        async def gated(scope: Message, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                return await app(scope, receive, send)
            if scope["type"] != "http":  # SQS has no WebSockets
                return await send({"type": "websocket.close", "code": 1008})
            request = _asgi_request(scope)
            if not request.is_of(self.key):
                return await _refuse_asgi(send, request, _UNKNOWN)
            body = await _asgi_body(receive)
            if not request.is_signed(self.secret, body):
                return await _refuse_asgi(send, request, _UNSIGNED)
            return await app(scope, _beginning_with(body, receive), send)

        return gated

    def wsgi(self, app: WSGI) -> WSGI:
        """Wrap a WSGI application. The server must pass the path as it was sent, in ``REQUEST_URI``."""

        def gated(scope: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            request = _wsgi_request(scope)
            if not request.is_of(self.key):
                return _refuse_wsgi(start_response, request, _UNKNOWN)
            body = scope["wsgi.input"].read(int(scope.get("CONTENT_LENGTH") or 0))
            if not request.is_signed(self.secret, body):
                return _refuse_wsgi(start_response, request, _UNSIGNED)
            return app({**scope, "wsgi.input": BytesIO(body)}, start_response)

        return gated


def _asgi_request(scope: Message) -> SignedRequest:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        headers[name.decode("latin-1").lower()] = value.decode("latin-1")
    path = scope["raw_path"].decode("latin-1").partition("?")[0]
    return SignedRequest(scope["method"], path, scope["query_string"].decode("latin-1"), headers)


async def _asgi_body(receive: Receive) -> bytes:
    """Return the body; if the client has gone away, what it had sent."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def _beginning_with(body: bytes, receive: Receive) -> Receive:
    """Return a callable that yields the body first, and then whatever follows it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


async def _refuse_asgi(send: Send, request: SignedRequest, error: tuple[str, str]) -> None:
    headers, body = _error(request, error)
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": _FORBIDDEN, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def _wsgi_request(scope: dict[str, Any]) -> SignedRequest:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in scope.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }
    path = scope["REQUEST_URI"].partition("?")[0]
    return SignedRequest(scope["REQUEST_METHOD"], path, scope["QUERY_STRING"], headers)


def _refuse_wsgi(start_response: Callable[..., Any], request: SignedRequest, error: tuple[str, str]) -> Iterable[bytes]:
    headers, body = _error(request, error)
    start_response(f"{_FORBIDDEN} Forbidden", headers)
    return [body]


def _error(request: SignedRequest, error: tuple[str, str]) -> tuple[list[tuple[str, str]], bytes]:
    """Return headers and body of an error in the protocol of the request: AWS's JSON, or AWS's query protocol."""
    code, message = error
    if "json" in request.headers.get("content-type", ""):
        kind, text = "application/x-amz-json-1.0", json.dumps({"__type": code, "message": message})
    else:
        kind = "text/xml"
        inner = f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message>"
        text = f"<ErrorResponse><Error>{inner}</Error><RequestId>gate</RequestId></ErrorResponse>"
    body = text.encode()
    return [("Content-Type", kind), ("Content-Length", str(len(body)))], body
