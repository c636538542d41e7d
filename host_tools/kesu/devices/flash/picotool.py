"""picotool: runs picotool on one pad, shows its progress, and turns its exit codes into verdicts.

Codes and texts: raspberrypi/picotool 2.1.1, errors/errors.h and main.cpp. Messages go to its standard
output. The pad is selected by bus and address: --ser would run code on an RP2040, and in BOOTSEL all have
the same serial.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kesu.devices.flash.steps import (
    INTERRUPTED,
    LOST,
    NOT_PROVEN,
    TOOL_FAILED,
    WRITE_FAILED,
    Stopped,
    Verdict,
)

Progress = Callable[[int], None]
"""Callback: percentage done."""

# errors.h: negative codes, as a shell sees them.
_VERDICTS: dict[int, Verdict] = {
    256 - 4: LOST,  # READ_FAILED
    256 - 5: WRITE_FAILED,
    256 - 6: LOST,  # USB
    256 - 7: LOST,  # NO_DEVICE
    256 - 9: LOST,  # CONNECTION
    256 - 11: NOT_PROVEN,  # VERIFICATION_FAILED
}
_DEVICE = "Device Information"
_PAIR = re.compile(r"^\s*([\w ]+?):\s+(\S.*?)\s*$", re.MULTILINE)
_PERCENT = re.compile(r"\[[= ]*\]\s+(\d+)%")
_NO_ACCESS = "unable to connect"


@dataclass(frozen=True)
class DeviceInfo:
    """The output of `picotool info` for the device. serial: the RP2040's flash chip, the RP2350 itself.

    descriptions: texts of the binary info of the program in flash, which are that program's own claim.
    """

    chip: str
    serial: str | None
    flash_bytes: int | None
    descriptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picotool:
    """picotool for the pad at `bus` and `address`. `cancelled` ends a run shortly after it is set."""

    command: Sequence[str]
    bus: int
    address: int
    cancelled: threading.Event

    def info(self) -> DeviceInfo:
        """Chip, serial, size of the flash, and descriptions of the program in it."""
        text = self._run(["info", "-d", "-a"], lambda _: None)
        # The device section is last. The sections before it are written by the program in flash.
        program, _, device = text.rpartition(_DEVICE)
        pairs = dict(_PAIR.findall(device))
        number = pairs.get("flash id") or pairs.get("chipid") or ""
        size = re.match(r"(\d+)K", pairs.get("flash size", ""))
        serial = number.lower().removeprefix("0x")
        descriptions = tuple(value for name, value in _PAIR.findall(program) if name == "description")
        flash_bytes = int(size[1]) * 1024 if size else None
        return DeviceInfo(pairs.get("type", ""), serial or None, flash_bytes, descriptions)

    def erase(self, progress: Progress) -> None:
        """Erase the whole flash."""
        self._run(["erase", "-a"], progress)

    def load(self, binary: Path, progress: Progress) -> None:
        """Write a .bin to the start of flash and compare it."""
        self._run(["load", "-v", "-t", "bin", str(binary), "-o", "10000000"], progress)

    def save(self, binary: Path, progress: Progress) -> None:
        """Read the whole flash into a file."""
        self._run(["save", "-a", "-t", "bin", str(binary)], progress)

    def save_range(self, binary: Path, start: int, stop: int, progress: Progress) -> None:
        """Read memory from `start` up to `stop`, RAM too, into a file."""
        self._run(["save", "-r", f"{start:08x}", f"{stop:08x}", "-t", "bin", str(binary)], progress)

    def reboot(self) -> None:
        """Start what is in flash."""
        self._run(["reboot"], lambda _: None)

    def _run(self, arguments: Sequence[str], progress: Progress) -> str:
        """The output. Raises Stopped."""
        # Its own session: Ctrl-C reaches only us, and we end picotool between two transfers.
        where = ["--bus", str(self.bus), "--address", str(self.address)]
        try:
            process = subprocess.Popen(
                [*self.command, *arguments, *where],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise Stopped(TOOL_FAILED, f"picotool cannot be run ({error.strerror})") from error
        watcher = threading.Thread(target=self._end_when_cancelled, args=(process,), daemon=True)
        watcher.start()
        output = bytearray()
        assert process.stdout is not None
        with process.stdout as stream:
            while chunk := os.read(stream.fileno(), 256):
                output += chunk
                percents = _PERCENT.findall(output[-300:].decode("utf-8", "replace"))
                if percents:
                    progress(int(percents[-1]))
        code = process.wait()
        watcher.join()
        text = output.decode("utf-8", "replace").replace("\r", "\n")
        if self.cancelled.is_set():
            raise Stopped(INTERRUPTED, f"picotool {arguments[0]} was stopped")
        if code:
            raise _stopped(arguments[0], code, text)
        return text

    def _end_when_cancelled(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            if self.cancelled.wait(0.05):
                process.terminate()
                return


def _stopped(action: str, code: int, text: str) -> Stopped:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    said = (errors or lines or ["it printed nothing"])[-1]
    if _NO_ACCESS in text:
        return Stopped(TOOL_FAILED, f"picotool {action}: no permission for the USB device")
    return Stopped(_VERDICTS.get(code, TOOL_FAILED), f"picotool {action} ended with {code}: {said}")
