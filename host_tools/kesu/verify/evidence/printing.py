"""printing: prints a page as a PDF with a Chromium that is there: Chromium, Chrome or Edge."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from kesu.common.errors import Exit, KesuError

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
PLACES = (
    "{ProgramFiles}/Google/Chrome/Application/chrome.exe",
    "{ProgramFiles(x86)}/Microsoft/Edge/Application/msedge.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
"""Where Windows and macOS have them, which are not on the PATH there. Not tried here."""
PAGES = re.compile(rb"/Type /Pages\s+/Count (\d+)")


def browser() -> str:
    """Path of a browser that prints. Raises KesuError when there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    for place in PLACES:
        path = re.sub(r"\{([^}]+)\}", lambda match: os.environ.get(match[1], ""), place)
        if Path(path).is_file():
            return path
    raise KesuError(
        "No Chromium, Chrome or Edge was found, which a PDF needs.",
        hint="Write HTML instead (--out summary.html), and print it from any browser.",
        code=Exit.UNAVAILABLE,
    )


def printed(page: Path) -> bytes:
    """The PDF of an HTML file. Raises KesuError when the browser is missing or fails."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "printed.pdf"
        command = [
            browser(),
            "--headless",
            "--no-sandbox",  # it opens only this local file, and may be run by root or in a container
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={made}",
            page.resolve().as_uri(),
        ]
        ran = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if ran.returncode or not made.is_file():
            last = "\n  ".join(ran.stdout.splitlines()[-4:])
            raise KesuError(
                f"The browser did not print {page.name}:\n  {last}",
                hint="Write HTML instead, and print it from any browser.",
                code=Exit.UNAVAILABLE,
            )
        return made.read_bytes()


def pdf_of(html: bytes) -> bytes:
    """The PDF of the text of an HTML file."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_bytes(html)
        return printed(page)


def pages_of(pdf: bytes) -> int:
    """Number of pages of a PDF that a Chromium wrote."""
    # A long document has a tree of such nodes; the count of its root includes all others.
    return max((int(count) for count in PAGES.findall(pdf)), default=0)
