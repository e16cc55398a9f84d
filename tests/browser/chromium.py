"""A real Chromium driven over its debugging pipe: no driver program, no port; knows no page of ours."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PATIENCE = 60.0
"""Seconds for one answer: a cold start on a busy machine takes ten."""
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    *("--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *(
        "--accept-lang=ru",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
    ),
)


def find_chromium() -> str | None:
    """Return the program, None where the machine has none."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@dataclass
class Browser:
    """One process with its own empty profile in ``folder``; start it as a context manager."""

    program: str
    folder: Path
    _pid: int = 0
    _to: int = -1
    _from: int = -1
    _next_id: int = 0
    _rest: bytes = b""
    _events: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> Self:
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        # The browser reads from descriptor 3 and writes to 4; ours are moved out of the way first.
        high_in, high_out = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (theirs_in, theirs_out))
        flags = [*_FLAGS, f"--user-data-dir={self.folder}"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        self._pid = os.posix_spawn(
            self.program,
            [self.program, *flags, "about:blank"],
            {**os.environ, "HOME": str(self.folder)},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, high_in, 3),
                (os.POSIX_SPAWN_DUP2, high_out, 4),
            ],
            setpgroup=0,
        )
        for fd in (theirs_in, theirs_out, high_in, high_out):
            os.close(fd)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.killpg(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._to)
        os.close(self._from)

    def open_page(self, *, width: int, height: int = 900) -> Page:
        """Open an empty tab of the given size in CSS pixels, apart from all other tabs' cookies."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.resize(width, height)
        return page

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Send one command and return its result; AssertionError with the browser's words when it fails."""
        self._next_id += 1
        message: dict[str, Any] = {"id": self._next_id, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        wanted = self._next_id
        while (answer := self._receive()).get("id") != wanted:
            self._events.append(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: dict[str, Any] = answer["result"]
        return result

    def wait_for(self, session: str, method: str) -> dict[str, Any]:
        """Return the parameters of the next such event of a tab, also of one that has come already."""
        for place, event in enumerate(self._events):
            if event.get("sessionId") == session and event.get("method") == method:
                return dict(self._events.pop(place)["params"])
        while True:
            event = self._receive()
            if event.get("sessionId") == session and event.get("method") == method:
                return dict(event["params"])
            self._events.append(event)

    def seen(self, session: str, *methods: str) -> list[dict[str, Any]]:
        """Return the parameters of such events of a tab so far."""
        return [e["params"] for e in self._events if e.get("sessionId") == session and e.get("method") in methods]

    def forget(self, session: str, method: str) -> None:
        """Drop such events of a tab: what comes next is of what is done next."""
        self._events = [e for e in self._events if (e.get("sessionId"), e.get("method")) != (session, method)]

    def _receive(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"the browser has been silent for {PATIENCE:g} s"
            data = os.read(self._from, 1 << 20)
            assert data, "the browser has ended"
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


@dataclass(frozen=True)
class Page:
    """One tab."""

    browser: Browser
    session: str

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command to the tab."""
        return self.browser.call(method, self.session, **params)

    def resize(self, width: int, height: int = 900) -> None:
        """Give the tab a size in CSS pixels, as a phone or a desk would."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def go(self, url: str) -> None:
        """Open an address and wait until it has loaded."""
        self.browser.forget(self.session, "Page.loadEventFired")
        answer = self.call("Page.navigate", url=url)
        assert "errorText" not in answer, answer
        self.browser.wait_for(self.session, "Page.loadEventFired")

    def evaluate(self, expression: str) -> Any:
        """Return the value of a script's expression, of what a promise brings too."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until a script's expression is true, also across a change of address."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(AssertionError):  # the old page is gone and the new one not yet there
                if self.evaluate(condition) is True:
                    return
            assert time.monotonic() < deadline, f"still not so: {condition}"
            time.sleep(0.05)

    def complaints(self) -> list[str]:
        """Return what the page has written to the console as an error or warning, policy violations included."""
        found = [e["entry"] for e in self.browser.seen(self.session, "Log.entryAdded")]
        texts = [entry["text"] for entry in found if entry["level"] in ("error", "warning")]
        thrown = self.browser.seen(self.session, "Runtime.exceptionThrown")
        return texts + [event["exceptionDetails"]["text"] for event in thrown]

    def picture(self, path: Path) -> None:
        """Write the whole page, at the tab's width, as PNG; the tab keeps the page's height."""
        width, height = self.evaluate("[innerWidth, document.documentElement.scrollHeight]")
        self.resize(width, height)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def pdf(self) -> bytes:
        """Return the page as it prints on A4 by its own style."""
        data = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"]
        return base64.b64decode(data)
