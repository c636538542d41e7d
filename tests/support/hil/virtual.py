"""virtual: the virtual pad as a bench with all features, in emulated time."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from collections.abc import Callable

from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.core.facts import SRAM_BASE
from kesu.emulator.scenario import SETTLED_MS, plug_in
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes
from PIL import Image

from hil.bench import FEATURES, Bits, Feature, Identity, Key, Memories

NS_PER_MS = 1_000_000
BOOT_MS = 4_000.0
DROPPED_MS = 300.0
STROKES = 3
"""Strokes of a note: enough for the search, and quickly written."""
CDC_SET_LINE_CODING = bytes([0x21, 0x20, 0, 0, 0, 0, 7, 0])


class VirtualBench:
    """A virtual pad in this process. seed: of all randomness."""

    features: frozenset[Feature] = frozenset(FEATURES)

    def __init__(self, image: BuiltImage, seed: int = 1) -> None:
        self._image = image
        self._seed = seed
        self._notes = 0
        self.pad = VirtualPad(image.uf2, elf=image.elf, seed=seed)
        plug_in(self.pad)

    def identity(self) -> Identity:
        """The image loaded into the emulated flash; the seed stands for the serial."""
        digest = hashlib.sha256(self._image.uf2.read_bytes()).hexdigest()
        return Identity("virtual", f"seed {self._seed}", self._image.uf2.name, digest, self.pad.fitted)

    def start(self) -> None:
        """Close the line first, which wipes a note, then open it and wait for READY."""
        if not self.pad.powered:
            self.plug_in()
        self._until(lambda: self.pad.host.enumerated, BOOT_MS, "the pad to enumerate")
        if self.pad.host.dtr:
            self.close_line()
            self.pad.run_for(DROPPED_MS)
        self.open_line()
        self.wait(BOOT_MS / 1_000, ready=True, note=False)

    def open_line(self) -> None:
        """DTR rises."""
        self.pad.host.set_dtr(True)
        self.pad.run_for(1.0)

    def close_line(self) -> None:
        """DTR falls."""
        self.pad.host.set_dtr(False)
        self.pad.run_for(1.0)

    def send(self, data: bytes) -> None:
        """Send on the bulk OUT endpoint."""
        self.pad.host.write(data)
        self.pad.run_for(1.0)

    def bits(self) -> Bits:
        """The bits of the last SERIAL_STATE."""
        state = self.pad.host.serial_state
        return Bits(state.dsr, state.dcd, state.ri)

    def wait(
        self,
        seconds: float,
        *,
        ready: bool | None = None,
        note: bool | None = None,
        fault: bool | None = None,
    ) -> float:
        """Wait in emulated seconds."""
        wanted = Bits(bool(ready), bool(note), bool(fault))
        asked = [
            name for name, value in (("ready", ready), ("note", note), ("fault", fault)) if value is not None
        ]

        def holds() -> bool:
            return all(getattr(self.bits(), name) == getattr(wanted, name) for name in asked)

        words = ", ".join(f"{name} {getattr(wanted, name)}" for name in asked)
        began = self.pad.now_ms
        return (self._until(holds, seconds * 1_000, words) - began) / 1_000

    def rest(self, seconds: float) -> None:
        """Emulated seconds."""
        self.pad.run_for(seconds * 1_000)

    def bytes_received(self) -> int:
        """Number of bytes on all bulk IN endpoints."""
        return self.pad.host.bulk_in_bytes

    def set_baud_rate(self, baud: int) -> None:
        """Set the rate with 8 data bits, no parity, one stop bit."""
        self._control(CDC_SET_LINE_CODING, baud.to_bytes(4, "little") + b"\x00\x00\x08")

    def send_break(self) -> None:
        """For 100 ms."""
        self.pad.host.send_break(100)
        self.pad.run_for(100.0)

    def descriptors(self) -> tuple[bytes, bytes]:
        """The descriptors that the emulated host read."""
        return bytes(self.pad.host.descriptor), self.pad.host.configuration.raw

    def write_note(self) -> None:
        """Write a note, a different one each time."""
        self._notes += 1
        kind = notes.KINDS[self._notes % 3]
        whole = notes.note(kind, self._seed + self._notes)
        self.pad.run_for(notes.play(self.pad, whole.only(list(range(STROKES)))) + SETTLED_MS)

    def tap(self, key: Key) -> None:
        """Press a key for 0.1 s, with the bounce of a real contact."""
        self.pad.keys[key].tap()
        self.pad.run_for(100.0)

    def unplug(self) -> None:
        """Remove power without hold-up; the glass keeps its picture."""
        self.pad.unplug()

    def plug_in(self) -> None:
        """Restore power and wait for enumeration."""
        plug_in(self.pad)
        self._until(lambda: self.pad.host.enumerated, BOOT_MS, "the pad to enumerate")

    def read_memories(self) -> Memories:
        """Reset with BOOTSEL held: RAM is kept, and the image does not run until `start`.

        The emulator has no BOOTSEL mode, so the boot ROM's own use of RAM destroys nothing: stricter than a real
        dump.
        """
        memories = Memories(
            bytes(self.pad.sram), bytes(self.pad.flash[: self.pad.emulator.facts.flash_bytes])
        )
        self.pad.reset("run")
        return memories

    def peek(self, address: int, size: int) -> bytes:
        """Read the emulated RAM."""
        offset = address - SRAM_BASE
        return bytes(self.pad.sram[offset : offset + size])

    def photograph(self) -> Image.Image:
        """Render the model of the glass from the front."""
        return Image.fromarray(self.pad.glass.picture()).convert("L")

    def close(self) -> None:
        """Close the port."""
        if self.pad.host.enumerated:
            self.close_line()

    def _control(self, setup: bytes, data: bytes) -> None:
        transfer = self.pad.host.control(setup, data)
        self._until(lambda: transfer.done, 100.0, "a control transfer to end")

    def _until(self, holds: Callable[[], bool], timeout_ms: float, what: str) -> float:
        try:
            return self.pad.run_until(holds, timeout_ms)
        except EmulationTimeout as error:
            raise TimeoutError(
                f"waited {timeout_ms / 1_000:g} s for {what}; the bits are {self.bits()}"
            ) from error
