"""firefox: a headless Firefox, driven over Marionette, the protocol that each Firefox has built in.

Facts from Mozilla's source documentation (firefox-source-docs.mozilla.org): testing/marionette/Protocol (framing
"LENGTH:JSON", commands [0, id, name, parameters], answers [1, id, error, result]), testing/marionette/Prefs (port 0
takes a free one) and the file MarionetteActivePort that Firefox then writes into its profile. Commands are those of
W3C WebDriver. Playwright has only a patched Firefox of its own, and geckodriver is not in Debian 13.
"""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE_S = 180.0
"""A guard against hanging, not a limit."""
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key of an element's reference, W3C WebDriver 12.1."""
SYSTEM = ("--remote-allow-system-access",)
"""For the least width of a window, which belongs to the browser and not to the page."""
PREFS = {
    "marionette.port": 0,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}


def program() -> str | None:
    """A Firefox of this machine, Debian's first."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Refused(Exception):
    """Firefox answered a command with an error."""


class Firefox:
    """One window. Scripts run in a sandbox, which the page's content security policy does not reach."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._received = b""
        self._last = 0
        hello = self._message()
        assert hello["marionetteProtocol"] == 3, hello
        self.send("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": False}}})

    def send(self, name: str, parameters: dict[str, Any]) -> Any:
        """Send a command and return its result. Raises Refused."""
        self._last += 1
        content = json.dumps([0, self._last, name, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(content), content))
        kind, number, error, result = self._message()
        assert (kind, number) == (1, self._last)
        if error is not None:
            raise Refused(f"{name}: {error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and set(result) == {"value"} else result

    def open(self, address: str) -> None:
        """Load a page."""
        self.send("WebDriver:Navigate", {"url": address})

    def script(self, body: str, *arguments: object) -> Any:
        """Run the body of a function in the page, and return what it returns."""
        return self.send("WebDriver:ExecuteScript", {"script": body, "args": list(arguments)})

    def until(self, body: str, what: str) -> None:
        """Run a script five times a second until it returns a true value."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self.script(body):
                return
            time.sleep(0.2)
        raise AssertionError(f"never: {what}")

    def click(self, selector: str) -> None:
        """Click on an element, as a mouse does."""
        found = self.send("WebDriver:FindElement", {"using": "css selector", "value": selector})
        self.send("WebDriver:ElementClick", {"id": found[ELEMENT]})

    def pen(self, points: Sequence[tuple[float, float]], every_ms: int = 16) -> None:
        """Draw one stroke with the mouse; points are CSS pixels of the viewport."""
        moves = [
            {"type": "pointerMove", "x": round(x), "y": round(y), "duration": every_ms, "origin": "viewport"}
            for x, y in points
        ]
        actions = [
            moves[0],
            {"type": "pointerDown", "button": 0},
            *moves[1:],
            {"type": "pointerUp", "button": 0},
        ]
        pointer = {
            "type": "pointer",
            "id": "mouse",
            "parameters": {"pointerType": "mouse"},
            "actions": actions,
        }
        self.send("WebDriver:PerformActions", {"actions": [pointer]})

    def resize(self, width: int, height: int) -> None:
        """Give the page a viewport of that size, CSS pixels; the window's own least width is lifted."""
        self.send("Marionette:SetContext", {"value": "chrome"})
        self.script("document.documentElement.style.minWidth = '0';")
        self.send("Marionette:SetContext", {"value": "content"})
        for _ in range(2):  # the first time the size of the window's frame is not known
            frame = self.script("return [outerWidth - innerWidth, outerHeight - innerHeight];")
            self.send("WebDriver:SetWindowRect", {"width": width + frame[0], "height": height + frame[1]})

    def screenshot(self) -> bytes:
        """The viewport as a PNG."""
        picture = self.send("WebDriver:TakeScreenshot", {"full": False, "hash": False})
        return base64.b64decode(picture)

    def _message(self) -> Any:
        while b":" not in self._received:
            self._receive()
        length, _, self._received = self._received.partition(b":")
        while len(self._received) < int(length):
            self._receive()
        content, self._received = self._received[: int(length)], self._received[int(length) :]
        return json.loads(content)

    def _receive(self) -> None:
        part = self._socket.recv(1 << 16)
        assert part, "Firefox has closed the connection"
        self._received += part

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


@contextmanager
def launched() -> Iterator[Firefox]:
    """A Firefox with a new profile, ended and deleted afterwards."""
    found = program()
    assert found is not None, "no Firefox: apt-get install firefox-esr"
    with tempfile.TemporaryDirectory() as home:
        profile = Path(home) / "profile"
        profile.mkdir()
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFS.items())
        (profile / "user.js").write_text("".join(lines), encoding="utf-8")
        command = [found, "--headless", "--no-remote", "--marionette", *SYSTEM, "--profile", str(profile)]
        environment = os.environ | {"HOME": home, "MOZ_CRASHREPORTER_DISABLE": "1"}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            browser = Firefox(_port(process, profile / "MarionetteActivePort"))
            yield browser
            browser.close()
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _port(process: subprocess.Popen[bytes], file: Path) -> int:
    """The port that Firefox has chosen, once it listens."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        assert process.poll() is None, "Firefox ended at its start"
        if file.is_file() and (text := file.read_text(encoding="ascii")).strip():
            return int(text)
        time.sleep(0.1)
    raise AssertionError("Firefox does not listen")
