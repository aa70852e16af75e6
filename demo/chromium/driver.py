"""Headless Chromium, driven over its DevTools protocol by what people see: names, roles, words.

    with chromium() as browser, browser.page() as page:
        page.open("http://127.0.0.1:8090")
        page.fill("Admin API key", "sk-ant-admin…")
        page.click("Connect")
        page.wait_for("is connected")
        page.screenshot(Path("connected.png"), "dialog")

Playwright would drive the system's Chromium as well, but its package is 53 MB (1.65; a Node.js is in it), and
every `make setup` would install it; these two files need websockets alone, which other tests use anyway.

Everything waits until it can be done. A page has cookies of its own, and nothing but loopback is resolved.
"""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from demo.chromium.page import PACE, PATIENCE, DevToolsError, Page

__all__ = ["Browser", "DevToolsError", "Page", "chromium", "program"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-proxy-server",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--remote-debugging-port=0",
)


def program() -> str | None:
    """Return the path of Chromium, or None."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


class Browser:
    """A running Chromium."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._number = socket, 0
        self._pages: dict[str, Page] = {}

    @contextmanager
    def page(self, *, width: int = 1280, height: int = 900) -> Iterator[Page]:
        """Open a page whose cookies are its own."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(partial(self.send, session=session))
        for domain in ("Page", "Runtime", "Network", "DOM", "Accessibility"):
            page.send(f"{domain}.enable")
        page.resize(width, height)
        try:
            yield page
        finally:
            del self._pages[session]
            self.send("Target.disposeBrowserContext", browserContextId=context)

    def send(self, method: str, *, session: str = "", **arguments: object) -> dict[str, Any]:
        """Call a method of https://chromedevtools.github.io/devtools-protocol. Raises DevToolsError."""
        self._number += 1
        number = self._number
        call = {"id": number, "method": method, "params": arguments}
        self._socket.send(json.dumps(call | ({"sessionId": session} if session else {})))
        while (answer := self._read()).get("id") != number:
            pass
        if "error" in answer:
            raise DevToolsError(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    def _read(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._socket.recv(timeout=PATIENCE))
        page = self._pages.get(answer.get("sessionId", ""))
        if page and "method" in answer:
            page.hear(answer["method"], answer["params"])
        return answer


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium with a profile of its own while the block lasts."""
    chromium = program()
    if chromium is None:
        raise FileNotFoundError("there is no chromium here")
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as folder:
        command = [chromium, *_FLAGS, f"--user-data-dir={folder}", "about:blank"]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as process:  # noqa: S603 - the path of `program`
            try:
                with connect(
                    _address(Path(folder), process),
                    proxy=None,
                    max_size=None,
                    max_queue=None,
                    ping_interval=None,
                ) as socket:
                    yield Browser(socket)
            finally:
                process.terminate()


def _address(folder: Path, process: "subprocess.Popen[bytes]") -> str:
    """Return the address of the protocol, which Chromium writes to a file when it listens."""
    note, deadline = folder / "DevToolsActivePort", time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if note.exists() and len(lines := note.read_text(encoding="utf-8").split()) > 1:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(PACE)
    raise DevToolsError("Chromium did not start")
