"""bench: a pad with a rig around it as this verification needs it: on silicon, or two emulated chips."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from math import floor
from pathlib import Path
from typing import Protocol

from kesu.emulator.core.facts import DPRAM, DPRAM_BASE, FLASH, Facts
from kesu.emulator.scenario import move_timer
from kesu.images.toolchain.request import BuiltImage

from kesu_dev.rig.actions import Actions
from kesu_dev.rig.headers import CLOCK_KHZ
from kesu_dev.rig.link import Rig
from kesu_dev.rig.protocol import RigError
from kesu_dev.rig.recording import Recorder
from kesu_dev.rig.serial_port import SerialPort
from kesu_dev.rig_verify.glass import Replay
from kesu_dev.together.bench import TwoChips
from kesu_dev.together.port import EmulatedPort

BACK_S = 20.0
FETCHED_EACH_S = 0.1
LOOK_S = 0.02
BLOCK_DIVIDER = 5
"""SWD at 10 MHz."""
BEFORE_SKIP_S, WOKEN_S = 1.5, 1.5
"""What the emulated pad executes before its timer is set forward, and after it at least: it wakes within a second."""
OVER_THE_WIRE = 64
"""Bytes of each end of a piece of memory that go over the emulated SWD, which costs the emulator much."""


def replay(actions: Actions, film: str, seed: int) -> Replay:
    """The glass of a pad that has no power yet. seed: of its variation. Raises RigError."""
    return Replay(Recorder(actions.rig), film, actions.rig.now_us(), seed)


def slices(seconds: float, wait: Callable[[float], None], glass: Replay) -> None:
    """Wait, and take meanwhile what the pad sends to its panel: the rig has room for a tenth of a second of ink."""
    if not seconds:
        glass.fetch()
    while seconds > 2 * FETCHED_EACH_S:
        wait(FETCHED_EACH_S)
        before_us = glass.rig.now_us()
        glass.fetch()
        seconds -= FETCHED_EACH_S + (glass.rig.now_us() - before_us) / 1e6
    wait(max(0.0, seconds))


class Bench(Protocol):
    """One pad. name: of kesu.verify.evidence.benches. Times are the pad's, in s; methods raise RigError."""

    name: str
    actions: Actions
    facts: Facts
    replay: Replay

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

    def rest(self, seconds: float) -> float:
        """Let time pass in which nobody looks; by how many seconds the pad's timer was set forward instead."""

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
        self.actions = Actions(Rig(SerialPort(rig_port)), self.wait, film, seed)
        self.replay = replay(self.actions, film, seed)
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
        slices(seconds, time.sleep, self.replay)

    def rest(self, seconds: float) -> float:
        """Minutes, for a deadline."""
        self.wait(max(0.0, seconds))
        return 0.0

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
        self.replay = replay(self.actions, self.pad.fitted, seed)
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
        slices(seconds, lambda some: self.both.run_for(some * 1_000), self.replay)

    def rest(self, seconds: float) -> float:
        """The pad's timer is set forward, as kesu.verify does; a part before and a part after is executed."""
        skipped = float(max(0, floor(seconds - BEFORE_SKIP_S - WOKEN_S)))
        self.wait(max(0.0, min(seconds, BEFORE_SKIP_S)))
        if skipped:
            move_timer(self.pad, skipped * 1_000)
        self.wait(max(0.0, seconds - skipped - BEFORE_SKIP_S))
        return skipped

    def memory(self, address: int, size: int) -> bytes:
        """Both ends go over the emulated wire and must be what the memory holds; the rest is read there."""
        if size < 2 * OVER_THE_WIRE:
            return self.actions.peek(address, size)
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
        if address in DPRAM:
            return self.pad.snapshot(flash_too=False).dpram[address - DPRAM_BASE :][:size]
        words = (self.both.debug.target.read(address + at, 4) for at in range(0, size, 4))
        return b"".join(word.to_bytes(4, "little") for word in words)

    def close(self) -> None:
        """Nothing to close."""
