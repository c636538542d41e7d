"""served_pad: a virtual pad in a process of its own, with its call line served, and what the tests ask it.

Run as a program it reads commands, one a line, and prints an answer in JSON for each: `so far`, `write TEXT`, `glass`,
`picture`.
The first line it prints is the URL of its port.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STRIP_PX = 32
"""Rows at the lower edge of the glass that belong to the pad's own texts."""
DARK_BELOW = 140
PATIENCE_S = 300.0
"""Real time, on a machine that may be busy: passes only when something is broken."""


class ServedPad:
    """The tests' end of the process."""

    def __init__(self, image: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(image)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = str(self._answer()["url"])

    def close(self) -> None:
        """End the pad."""
        self._process.kill()
        self._process.wait()

    def so_far(self) -> list[str]:
        """What the PC did to the pad: letters, "DTR on", "DTR off"."""
        return list(self._ask("so far")["done"])

    def bits(self) -> dict[str, bool]:
        """The three modem bits: note, blank, fault."""
        return dict(self._ask("so far")["bits"])

    def write(self, text: str) -> None:
        """Write with the pen, and wait until it is up for the last time and the pad reports a note."""
        self._ask(f"write {text}")
        self.until(lambda: not self._ask("so far")["writing"] and self.bits()["note"], "a note")

    def dark(self) -> int:
        """Dark pixels of the glass above the strip."""
        return int(self._ask("glass")["dark"])

    def picture(self) -> list[list[int]]:
        """The glass, grey, as rows of numbers 0 to 255."""
        return list(self._ask("picture")["rows"])

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until it holds. AssertionError if it never does."""
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < end, f"never: {what}; {self.so_far()} {self.bits()}"
            time.sleep(0.05)

    def until_blank(self) -> None:
        """Wait until the pad is blank and ready, and the glass shows no ink."""
        self.until(lambda: self.bits()["blank"] and not self.bits()["note"], "blank")
        self.until(lambda: self.dark() == 0, "no ink on the glass")

    def _ask(self, command: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the pad's process has ended"
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer


def main(image: Path) -> None:
    """The process: boot a pad, serve its line, answer."""
    from kesu.emulator import scenario
    from kesu.emulator.touch import handwriting
    from kesu.virtual_port.server import LineServer

    pad = scenario.boot_pad(image, line=False)
    done: list[str] = []
    written_ms = 0.0
    server = LineServer(pad, happened=done.append)

    def answer(found: dict[str, Any]) -> None:
        print(json.dumps(found), flush=True)

    def command(words: str) -> None:
        nonlocal written_ms
        if words.startswith("write "):
            strokes = handwriting.strokes(words.removeprefix("write "), 20, 60, 34)
            pad.pen.stop()
            written_ms = pad.now_ms + pad.pen.write(strokes, scenario.PEN_SPEED)
            answer({})
        elif words == "glass":
            rows = pad.glass.picture()
            answer({"dark": int((rows[:-STRIP_PX] < DARK_BELOW).sum())})
        elif words == "picture":
            answer({"rows": pad.glass.picture().tolist()})
        else:
            port = server.port
            bits = {"note": port.cd, "blank": port.dsr, "fault": port.ri}
            answer({"done": done, "bits": bits, "writing": pad.now_ms < written_ms})

    def turned() -> None:
        if select.select([sys.stdin], [], [], 0)[0]:
            line = sys.stdin.readline()
            if not line:
                raise SystemExit
            command(line.rstrip("\n"))

    answer({"url": server.url})
    server.serve(lambda: False, turned)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
