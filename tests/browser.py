"""A headless Chromium that opens a page and tells what became of it, by the DevTools protocol over two pipes."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["Browser", "Opened", "open_browser", "the_browser"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_KEYS = {"Tab": 9, "Escape": 27, " ": 32, "End": 35, "ArrowLeft": 37, "ArrowRight": 39}
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-pipe",
)


def the_browser() -> str | None:
    """Return the path of a Chromium on this machine."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@dataclass(frozen=True)
class Opened:
    """What a page did while it was opened."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What it wrote to the console, and errors."""


class Browser:
    """One tab. Every message on the pipes is JSON that ends in a zero byte."""

    def __init__(self, to_browser: BinaryIO, from_browser: BinaryIO) -> None:
        self._to_browser, self._from_browser = to_browser, from_browser
        self._count = 0
        self._events: list[dict[str, Any]] = []
        self._session: str | None = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask for one thing, and wait for the answer; events that come meanwhile are kept."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        message |= {"sessionId": self._session} if self._session else {}
        self._to_browser.write(json.dumps(message).encode() + b"\0")
        self._to_browser.flush()
        while (answer := self._next()).get("id") != self._count:
            self._events.append(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def open(self, path: Path, *, width_px: int, dark: bool) -> Opened:
        """Open a page in a window of this width, in light or in dark, and wait until it is there."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.ask("Emulation.setDeviceMetricsOverride", width=width_px, height=900, deviceScaleFactor=1, mobile=False)
        self.go(path)
        self.run("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        return _told(self._events)

    def go(self, path: Path) -> None:
        """Open a page in the window as it is."""
        self._events.clear()
        self.ask("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._events.append(self._next())

    def run(self, script: str) -> Any:
        """Return what a script of ours finds in the page."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key, such as ``Tab``."""
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=_KEYS[key])

    def point(self, selector: str, kind: str = "mouseMoved") -> None:
        """Move the pointer to the middle of the first such element that is shown, or touch it (``touch``)."""
        self.run(
            f"window.there = [...document.querySelectorAll({selector!r})].find(one => one.getClientRects().length)"
        )
        self.run("there.scrollIntoView({ block: 'center' })")
        box = self.run(
            "(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))(there.getBoundingClientRect())"
        )
        if kind == "touch":
            self.ask("Input.dispatchTouchEvent", type="touchStart", touchPoints=[box])
            self.ask("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        else:
            self.ask("Input.dispatchMouseEvent", type=kind, **box)

    def choose(self, selector: str, path: Path) -> None:
        """Choose a file in a page's form."""
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        field = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", files=[str(path)], nodeId=field)

    def picture(self, top_px: float, width_px: float, height_px: float) -> bytes:
        """Return a part of the page as PNG."""
        clip = {"x": 0, "y": top_px, "width": width_px, "height": height_px, "scale": 1}
        answer = self.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(answer["data"])

    def _next(self) -> dict[str, Any]:
        message = bytearray()
        while (byte := self._from_browser.read(1)) != b"\0":
            assert byte, "the browser ended"
            message += byte
        read: dict[str, Any] = json.loads(message)
        return read


@contextmanager
def open_browser(program: str, profile: Path) -> Iterator[Browser]:
    """Start a browser that knows nobody, and end it."""
    our_end, their_end = os.pipe(), os.pipe()  # each is (to read from, to write to)
    pipes = f'exec "$@" 3<&{our_end[0]} 4>&{their_end[1]}'  # where a browser looks for its two pipes
    command = ["bash", "-c", pipes, "bash", program, *_OPTIONS, f"--user-data-dir={profile}"]
    process = subprocess.Popen(
        command, pass_fds=(our_end[0], their_end[1]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(our_end[0])
    os.close(their_end[1])
    with os.fdopen(our_end[1], "wb") as to_browser, os.fdopen(their_end[0], "rb") as from_browser:
        try:
            yield Browser(to_browser, from_browser)
        finally:
            _end(process, to_browser)


def _end(process: subprocess.Popen[bytes], to_browser: BinaryIO) -> None:
    """Ask it to go: it takes its own processes with it."""
    with suppress(OSError):
        to_browser.write(b'{"id": 0, "method": "Browser.close"}\0')
        to_browser.flush()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _told(events: list[dict[str, Any]]) -> Opened:
    opened = Opened()
    for event in events:
        method, params = event["method"], event["params"]
        if method == "Network.requestWillBeSent":
            opened.requests.append(params["request"]["url"])
        if method in ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
            opened.complaints.append(json.dumps(params))
    return opened
