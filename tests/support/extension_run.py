"""extension_run: the browser extension in Chromium, configured by a managed policy; prints what it saw, as JSON.

Run as root, as policy_page: the policy is put into a file system that only this process sees. Chromium derives the
identifier of an unpacked extension from its folder (SHA-256 of the path, the first 32 hexadecimal digits as a to p).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from policy_page import FOLDER

PATIENCE_S = 120.0
CRM, CONNECT, OTHER = "https://crm.example", "https://example.my.connect.aws", "https://other.example"
# Enough of Amazon Connect Streams for an agent with one voice contact, in `window.connect` of the page's own world.
STREAMS = """<script>
  const heard = [];
  const subscribe = () => ({ unsubscribe() {} });
  const agent = { state: "init", getContacts: () => agent.state === "init" ? [] : [{
      getContactId: () => "c1", getType: () => "voice", getState: () => ({ type: agent.state }),
      getInitialConnection: () => ({ isOnHold: () => false }) }],
    getState: () => ({ type: "routable" }), onRefresh: (f) => { heard.push(f); return subscribe(); },
    onMuteToggle: subscribe, onWebSocketConnectionLost: subscribe, onWebSocketConnectionGained: subscribe };
  window.connect = { agent: (f) => { f(agent); return subscribe(); }, contact: subscribe };
  window.contact = (state) => { agent.state = state; for (const f of heard) f(agent); };
</script>"""


def identifier(folder: Path) -> str:
    """The identifier of the unpacked extension in a folder."""
    digits = hashlib.sha256(str(folder).encode()).hexdigest()[:32]
    return "".join(chr(ord("a") + int(digit, 16)) for digit in digits)


def run(extension: Path) -> dict[str, Any]:
    """What a run of this program prints."""
    command = ["unshare", "-m", sys.executable, __file__, str(extension.resolve())]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


class Document:
    """The extension's offscreen document, by messages of the DevTools protocol."""

    def __init__(self, session: Any, url: str, clock: Any) -> None:
        self._session = session
        self._clock = clock
        self._answers: dict[int, Any] = {}
        self._asked = 0
        session.on("Target.receivedMessageFromTarget", self._hear)
        target = self._wait(lambda: self._target(url), "the offscreen document")
        attached = session.send("Target.attachToTarget", {"targetId": target, "flatten": False})
        self._attached = attached["sessionId"]

    def _target(self, url: str) -> str | None:
        targets = self._session.send("Target.getTargets")["targetInfos"]
        return next((one["targetId"] for one in targets if one["url"] == url), None)

    def _wait(self, found: Callable[[], Any], what: str) -> Any:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if value := found():
                return value
            self._clock.wait_for_timeout(100)
        raise AssertionError(f"never: {what}")

    def _hear(self, event: dict[str, str]) -> None:
        message = json.loads(event["message"])
        if "id" in message:
            self._answers[message["id"]] = message

    def status(self) -> dict[str, Any]:
        """`line.status` of the document."""
        self._asked += 1
        parameters = {"expression": "JSON.stringify(line.status)", "returnByValue": True}
        message = json.dumps({"id": self._asked, "method": "Runtime.evaluate", "params": parameters})
        self._session.send("Target.sendMessageToTarget", {"sessionId": self._attached, "message": message})
        answer = self._wait(lambda: self._answers.pop(self._asked, None), "an answer")
        found = json.loads(answer["result"]["result"]["value"])
        assert isinstance(found, dict)
        return found

    def until(self, state: str, pages: int) -> str:
        """Wait for a state of the line and a number of pages; the state."""

        def found() -> str | None:
            status = self.status()
            sources = [name for name in status["sources"] if name.startswith("page ")]
            return str(status["state"]) if (status["state"], len(sources)) == (state, pages) else None

        return str(self._wait(found, f"{state} of {pages} pages: {self.status()}"))


def main(extension: Path) -> None:
    """In the namespace."""
    from playwright.sync_api import sync_playwright

    name = identifier(extension)
    pages = [
        {"match": f"{CRM}/*", "adapter": "messages", "origins": [CRM]},
        {"match": f"{CONNECT}/*", "adapter": "amazon-connect"},
    ]
    policy = {"3rdparty": {"extensions": {name: {"pages": pages, "screen": False}}}}
    subprocess.run(["mount", "-t", "tmpfs", "policies", "/etc/chromium"], check=True)
    FOLDER.mkdir(parents=True)
    (FOLDER / "kesu.json").write_text(json.dumps(policy), encoding="utf-8")
    seen: dict[str, Any] = {"states": []}
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=shutil.which("chromium"),
            args=[
                "--no-sandbox",
                f"--disable-extensions-except={extension}",
                f"--load-extension={extension}",
            ],
            ignore_default_args=["--disable-extensions"],
        )
        for origin in (CRM, OTHER):
            context.route(
                f"{origin}/**", lambda route: route.fulfill(content_type="text/html", body="<p>page")
            )
        context.route(f"{CONNECT}/**", lambda route: route.fulfill(content_type="text/html", body=STREAMS))
        clock = context.pages[0]
        browser = context.browser
        assert browser is not None
        session = browser.new_browser_cdp_session()
        document = Document(session, f"chrome-extension://{name}/offscreen.html", clock)
        crm, other, connect = (context.new_page() for _ in range(3))

        def say(page: Any, word: str) -> None:
            page.evaluate("word => postMessage({ kesu: { word, call: 'a' } }, location.origin)", word)

        def expect(state: str, pages: int) -> None:
            seen["states"].append(document.until(state, pages))

        document.until("lost", 0)
        other.goto(OTHER)
        crm.goto(CRM)
        clock.wait_for_timeout(3_000)  # the content script asks for its setting
        say(other, "start")
        say(crm, "ready")
        expect("ready", 1)
        say(crm, "start")
        expect("talk", 1)
        connect.goto(CONNECT)
        document.until("talk", 2)  # the content script is there and has reported
        connect.evaluate("contact('connected')")
        expect("talk", 2)
        say(crm, "end")
        expect("talk", 2)
        crm.close()
        expect("talk", 1)
        connect.evaluate("contact('ended')")
        expect("wrapup", 1)
        connect.close()
        expect("lost", 0)
        seen["port"] = document.status()["port"]
        context.close()
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
