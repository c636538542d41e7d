"""console: MicroPython's raw REPL on the virtual pad's USB, which runs third-party drivers.

The protocol is that of MicroPython's docs/reference/repl.rst, "Raw mode": Ctrl-A enters it, Ctrl-D runs what
was sent, the answer is "OK", the output, Ctrl-D, the traceback, Ctrl-D and a prompt.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.pad import EmulationTimeout, VirtualPad

_INTERRUPT, _ENTER_RAW, _END = b"\x03", b"\x01", b"\x04"
_RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_BOOT_MS = 12_000.0
"""Boot time limit: at its first start a stock image creates a filesystem in the empty flash."""
_ENTER_MS = 3_000.0
_STEP_MS = 5.0
_TRACEBACK_CHARS = 200


class Console:
    """The console of an image that has one. Raises KesuError when the pad does not answer on it."""

    def __init__(self, pad: VirtualPad) -> None:
        self._pad = pad
        self._seen = 0
        try:
            pad.run_until(lambda: pad.host.enumerated, _BOOT_MS, _STEP_MS)
            pad.host.set_dtr(True)
            pad.host.write(b"\r" + _INTERRUPT + _INTERRUPT)
            pad.run_for(100.0)
            self._seen = len(pad.host.received)
            pad.host.write(b"\r" + _ENTER_RAW)
            self._until(_RAW_BANNER, _ENTER_MS)
        except (EmulationTimeout, ValueError) as error:
            raise KesuError(
                "The image does not answer on a console.",
                hint="Drivers run on a stock image, which `kesu dev benchmark peers` builds by itself.",
                code=Exit.DATA,
            ) from error

    def run(self, code: str, timeout_ms: float) -> str:
        """Run Python on the pad; returns what it printed. Raises KesuError with the last line of a traceback.

        `timeout_ms` is emulated time, from the first byte sent to the last one received.
        """
        self._pad.host.write(code.encode() + _END)
        try:
            self._until(b"OK", timeout_ms)
            printed = self._until(_END, timeout_ms)
            trace = self._until(_END, timeout_ms).decode(errors="replace").strip()
            self._until(b">", timeout_ms)
        except EmulationTimeout as error:
            raise KesuError(
                f"The driver was not done within {timeout_ms / 1000:g} s of emulated time.",
                hint="Give it the panel that it is written for: on another it may wait for BUSY for ever.",
                code=Exit.DATA,
            ) from error
        if trace:
            raise KesuError(
                f"The driver failed on the pad: {trace.splitlines()[-1][:_TRACEBACK_CHARS]}",
                hint="Look at the statements of its recipe: they are run in the driver's own names.",
                code=Exit.DATA,
            )
        return printed.decode(errors="replace")

    def _until(self, ending: bytes, timeout_ms: float) -> bytes:
        """The data received up to `ending`, without it. Raises EmulationTimeout."""
        received = self._pad.host.received
        if (at := received.find(ending, self._seen)) < 0:
            self._pad.run_until(lambda: received.find(ending, self._seen) >= 0, timeout_ms, _STEP_MS)
            at = received.find(ending, self._seen)
        text = bytes(received[self._seen : at])
        self._seen = at + len(ending)
        return text
