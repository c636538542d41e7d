"""bench: a pad with a rig around it as this verification needs it: on silicon, or two emulated chips."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Protocol

from kesu.emulator.core.facts import DPRAM_BASE, FLASH, Facts
from kesu.images.toolchain.request import BuiltImage

from kesu_dev.rig.actions import Actions
from kesu_dev.rig.headers import CLOCK_KHZ
from kesu_dev.rig.link import Rig
from kesu_dev.rig.protocol import RigError
from kesu_dev.rig.serial_port import SerialPort
from kesu_dev.together.bench import TwoChips
from kesu_dev.together.port import EmulatedPort

BACK_S = 20.0
LOOK_S = 0.02
BLOCK_DIVIDER = 5
"""SWD at 10 MHz."""
OVER_THE_WIRE = 64
"""Bytes of each end of a piece of memory that go over the emulated SWD, which costs the emulator much."""


class Bench(Protocol):
    """One pad. name: of kesu.verify.evidence.benches. Times are the pad's, in s; methods raise RigError."""

    name: str
    actions: Actions
    facts: Facts

    def line(self, up: bool) -> None:
        """Open or close the port, which moves DTR."""

    def send(self, data: bytes) -> None:
        """Bytes to the pad."""

    def bits(self) -> tuple[bool, bool]:
        """READY, and note present; both false while the pad is not on the bus."""

    def received(self) -> int:
        """Bytes from the pad so far."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""

    def memory(self, address: int, size: int) -> bytes:
        """Memory of the pad, by the debug port."""

    def close(self) -> None:
        """End."""


class RealBench:
    """pad_port, rig_port: serial ports or URLs of pyserial. film: of the image. Raises RigError."""

    name = "rig"

    def __init__(self, pad_port: str, rig_port: str, film: str, facts: Facts, seed: int) -> None:
        self.facts = facts
        self._port = pad_port
        self._line: SerialPort | None = None
        self._received = 0
        self.actions = Actions(Rig(SerialPort(rig_port)), time.sleep, film, seed)
        self.actions.power_on()
        self.actions.connect(facts.name.lower(), BLOCK_DIVIDER)

    def line(self, up: bool) -> None:
        """Waits for a port that is about to appear."""
        if not up:
            self._forget()
            return
        deadline = time.monotonic() + BACK_S
        while self._line is None:
            try:
                self._line = SerialPort(self._port)
            except RigError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(LOOK_S)

    def send(self, data: bytes) -> None:
        """Write and flush."""
        if self._line is None:
            raise RigError("The pad's port is not open.")
        self._line.write(data)

    def bits(self) -> tuple[bool, bool]:
        """What the driver last received."""
        if self._line is None:
            return False, False
        try:
            self._received += len(self._line.waiting())
            return self._line.inputs()
        except OSError:
            self._line = None
            return False, False

    def received(self) -> int:
        """Bytes read from the port."""
        self.bits()
        return self._received

    def wait(self, seconds: float) -> None:
        """Of the wall clock."""
        time.sleep(seconds)

    def memory(self, address: int, size: int) -> bytes:
        """All of it by SWD."""
        return self.actions.peek(address, size)

    def close(self) -> None:
        """Close the line, which wipes the pad, and switch it off."""
        self._forget()
        self.actions.disconnect()
        self.actions.power_off()
        self.actions.rig.close()

    def _forget(self) -> None:
        if self._line is not None:
            with contextlib.suppress(OSError):  # the pad may have left the bus
                self._line.close()
            self._line = None


class EmulatedBench:
    """Two emulated chips, both images unmodified. rig: UF2 of the rig."""

    name = "rig-virtual"

    def __init__(self, image: BuiltImage, rig: Path, seed: int) -> None:
        self.both = TwoChips(image.uf2, rig, clk_sys_hz=CLOCK_KHZ * 1_000, seed=seed)
        self.pad = self.both.pad
        self.facts = self.pad.emulator.facts
        self.actions = Actions(Rig(EmulatedPort(self.both)), self.wait, self.pad.fitted, seed)
        self.actions.power_on()
        self.actions.connect(self.facts.name.lower(), BLOCK_DIVIDER)

    def line(self, up: bool) -> None:
        """Waits for a pad that is about to enumerate."""
        host = self.pad.host
        if up:
            self.both.run_until(lambda: host.enumerated, BACK_S * 1_000)
        if host.enumerated and host.dtr != up:
            host.set_dtr(up)

    def send(self, data: bytes) -> None:
        """On bulk OUT."""
        self.pad.host.write(data)

    def bits(self) -> tuple[bool, bool]:
        """Of the last SERIAL_STATE."""
        state = self.pad.host.serial_state
        return (state.dsr, state.dcd) if self.pad.host.enumerated else (False, False)

    def received(self) -> int:
        """On all endpoints of bulk IN."""
        return self.pad.host.bulk_in_bytes

    def wait(self, seconds: float) -> None:
        """Emulated."""
        self.both.run_for(seconds * 1_000)

    def memory(self, address: int, size: int) -> bytes:
        """Both ends go over the emulated wire and must be what the memory holds; the rest is read there."""
        content = self._direct(address, size)
        ends = (
            (address, slice(0, OVER_THE_WIRE)),
            (address + size - OVER_THE_WIRE, slice(-OVER_THE_WIRE, None)),
        )
        for start, part in ends:
            if self.actions.peek(start, OVER_THE_WIRE) != content[part]:
                raise RigError(f"SWD reads other bytes at 0x{start:08x} than the pad holds.")
        return content

    def _direct(self, address: int, size: int) -> bytes:
        if address in self.facts.sram:
            start = address - self.facts.sram.start
            return bytes(self.pad.sram[start : start + size])
        if address in FLASH:
            return bytes(self.pad.flash[address - FLASH.start : address - FLASH.start + size])
        return self.pad.snapshot(flash_too=False).dpram[address - DPRAM_BASE :][:size]

    def close(self) -> None:
        """Nothing to close."""
