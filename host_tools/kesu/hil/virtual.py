"""virtual: the virtual pad as a bench: it can do everything, in emulated time."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from collections.abc import Callable

from PIL import Image

from kesu.build.request import BuiltImage
from kesu.hil.bench import FEATURES, Bits, Feature, Identity, Key, Memories
from kesu.uf2 import PICO_FLASH_BYTES
from kesu.verify.scenes import notes
from kesu.virtual.memory_map import SRAM
from kesu.virtual.pad import EmulationTimeout, VirtualPad

NS_PER_MS = 1_000_000
BOOT_MS = 4_000.0
SETTLED_MS = 900.0
DROPPED_MS = 60.0
STROKES = 3
"""Of a note: enough to find, and soon written."""
CDC_SET_LINE_CODING = bytes([0x21, 0x20, 0, 0, 0, 0, 7, 0])


class VirtualBench:
    """A pad that exists in this process only. seed: of everything random."""

    features: frozenset[Feature] = frozenset(FEATURES)

    def __init__(self, image: BuiltImage, seed: int = 1) -> None:
        self._image = image
        self._seed = seed
        self._notes = 0
        self.pad = VirtualPad(image.uf2, elf=image.elf, seed=seed)
        self.pad.power_on()
        self.pad.host.attach()

    def identity(self) -> Identity:
        """The image is what was loaded into the emulated flash; a virtual pad has its seed for a serial."""
        digest = hashlib.sha256(self._image.uf2.read_bytes()).hexdigest()
        return Identity("virtual", f"seed {self._seed}", self._image.uf2.name, digest, self.pad.fitted)

    def start(self) -> None:
        """READY with the line open; a note that is there goes by closing the line first."""
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
        """On the bulk OUT endpoint."""
        self.pad.host.write(data)
        self.pad.run_for(1.0)

    def bits(self) -> Bits:
        """From the last SERIAL_STATE."""
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
        """In emulated seconds."""
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
        """On every bulk IN endpoint."""
        return self.pad.host.bulk_in_bytes

    def set_baud_rate(self, baud: int) -> None:
        """8 data bits, no parity, one stop bit."""
        self._control(CDC_SET_LINE_CODING, baud.to_bytes(4, "little") + b"\x00\x00\x08")

    def send_break(self) -> None:
        """For 100 ms."""
        self.pad.host.send_break(100)
        self.pad.run_for(100.0)

    def descriptors(self) -> tuple[bytes, bytes]:
        """As the emulated host read them."""
        return bytes(self.pad.host.descriptor), self.pad.host.configuration.raw

    def write_note(self) -> None:
        """Another one each time."""
        self._notes += 1
        kind = notes.KINDS[self._notes % 3]
        whole = notes.note(kind, self._seed + self._notes)
        self.pad.run_for(notes.play(self.pad, whole.only(list(range(STROKES)))) + SETTLED_MS)

    def tap(self, key: Key) -> None:
        """For a tenth of a second, with the bounce of a real contact."""
        self.pad.keys[key].tap()
        self.pad.run_for(100.0)

    def unplug(self) -> None:
        """With no hold-up: the glass keeps what it shows."""
        self.pad.unplug()

    def plug_in(self) -> None:
        """And wait for enumeration."""
        self.pad.power_on()
        self.pad.host.attach()
        self._until(lambda: self.pad.host.enumerated, BOOT_MS, "the pad to enumerate")

    def read_memories(self) -> Memories:
        """RUN with BOOTSEL held: RAM as it is, and the image does not start until `start`.

        The emulator has no BOOTSEL mode, so nothing is lost to the boot ROM's own use of RAM: stricter than
        a real dump.
        """
        memories = Memories(bytes(self.pad.sram), bytes(self.pad.flash[:PICO_FLASH_BYTES]))
        self.pad.reset("run")
        return memories

    def peek(self, address: int, size: int) -> bytes:
        """From the emulated RAM."""
        offset = address - SRAM.start
        return bytes(self.pad.sram[offset : offset + size])

    def photograph(self) -> Image.Image:
        """The model of the glass, seen straight on."""
        return Image.fromarray(self.pad.glass.picture()).convert("L")

    def close(self) -> None:
        """As a port that is closed."""
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
