"""policy_page: what Chromium itself says of a policy file: prints its page chrome://policy as JSON, name -> status.

Run as root: Debian's Chromium reads policies from /etc/chromium only. This program mounts an empty file system there,
in a mount namespace of its own (`unshare -m`). Other programs do not see it.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path("/etc/chromium/policies/managed")
PATIENCE_MS = 120_000
READ = """rows => Object.fromEntries(rows.map(row => {
  const text = name => row.shadowRoot?.querySelector(name)?.textContent.trim() ?? "";
  return [text(".name"), `${text(".messages")} ${text(".errors").replace(/^Error\\s*/, "")}`.trim()];
}))"""


def statuses(policies: Path) -> dict[str, str]:
    """The status of each policy that Chromium knows, with a file as its only policies."""
    command = ["unshare", "-m", sys.executable, __file__, str(policies)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=1800)
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def main(policies: Path) -> None:
    """In the namespace."""
    from playwright.sync_api import sync_playwright

    subprocess.run(["mount", "-t", "tmpfs", "policies", "/etc/chromium"], check=True)
    FOLDER.mkdir(parents=True)
    shutil.copyfile(policies, FOLDER / "kesu.json")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto("chrome://policy")
        rows = page.locator("policy-row")
        rows.nth(100).wait_for(state="attached", timeout=PATIENCE_MS)
        found = rows.evaluate_all(READ)
        print(json.dumps(found))
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
