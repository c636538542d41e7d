"""rig_virtual: the rig bench on two emulated chips: a pad's image and the rig's, both unmodified, wired pin to pin.

The pad's own models listen to the same lines and judge: each look at the planes compares them with those that the rig
kept.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from pathlib import Path

from kesu.emulator.scenario import PEN_SPEED, SETTLED_MS, settle
from kesu.images.toolchain.request import BuiltImage
from kesu_dev.rig.actions import Actions
from kesu_dev.rig.headers import CLOCK_KHZ
from kesu_dev.rig.link import Rig
from kesu_dev.together.bench import TwoChips
from kesu_dev.together.port import EmulatedPort

from hil.bench import Feature, Identity, Key, Memories
from hil.rig import RIG_FEATURES, note_strokes
from hil.virtual import BOOT_MS, VirtualBench

DIVIDER = 5
"""Of a block read: 10 MHz."""
OVER_THE_WIRE = 256
"""Bytes of each end of a long piece of memory that go over the emulated SWD."""


class RigVirtualBench(VirtualBench):
    """image: of the pad; rig: UF2 of the rig."""

    features: frozenset[Feature] = RIG_FEATURES

    def __init__(self, image: BuiltImage, rig: Path, panel: str | None = None, seed: int = 1) -> None:
        self._image = image
        self._seed = seed
        self._notes = 0
        self.both = TwoChips(image.uf2, rig, clk_sys_hz=CLOCK_KHZ * 1_000, panel=panel, seed=seed)
        self.pad = self.both.pad
        self._connected = False
        wait = lambda seconds: self.both.run_for(seconds * 1_000)  # noqa: E731  # two words
        self.actions = Actions(Rig(EmulatedPort(self.both)), wait, self.pad.fitted, seed)
        self.plug_in()

    def identity(self) -> Identity:
        """The image of the pad, and the version of the rig's."""
        digest = hashlib.sha256(self._image.uf2.read_bytes()).hexdigest()
        name = f"rig-virtual {self.actions.rig.version}"
        return Identity(name, f"seed {self._seed}", self._image.uf2.name, digest, self.pad.fitted)

    def start(self) -> None:
        """READY, with the line open; the planes of rig and model are equal there."""
        super().start()
        settle(self.pad)  # the strip may still show that the line was away
        self.look()

    def look(self) -> None:
        """Compare the planes that the rig kept with the model's, and what a rig must not do with nothing. Raises
        AssertionError."""
        planes = self.actions.planes()
        panel = self.pad.panel
        differ = [
            sum(a != b for a, b in zip(mine, model, strict=True))
            for mine, model in ((planes.bw, panel.bw), (planes.red, panel.red))
        ]
        assert differ == [0, 0], f"planes differ from the model's in {differ} bytes"
        wrong = {name: count for name, count in planes.errors.items() if count}
        assert not wrong, wrong
        assert self.both.complaints == []

    def write_note(self) -> None:
        """By the rig's touch chip."""
        self._notes += 1
        self.actions.write(note_strokes(self._notes, self._seed), PEN_SPEED)
        self.pad.run_for(SETTLED_MS)
        self.look()

    def tap(self, key: Key) -> None:
        """By the rig's contacts."""
        self.actions.tap(key)

    def unplug(self) -> None:
        """By the rig's load switch."""
        self._connected = False
        self.actions.power_off()

    def plug_in(self) -> None:
        """By the rig's load switch."""
        self.actions.power_on()
        self._until(lambda: self.pad.host.enumerated, BOOT_MS, "the pad to enumerate")

    def read_memories(self) -> Memories:
        """RUN with BOOTSEL by the rig. The emulator has no boot ROM: the memories are read where the pad stopped."""
        self.actions.into_boot_rom()
        assert self.both.supply.in_boot_rom, "the pad did not start into its boot ROM"
        flash = self.pad.flash[: self.pad.emulator.facts.flash_bytes]
        memories = Memories(bytes(self.pad.sram), bytes(flash))
        self.actions.reset()
        return memories

    def peek(self, address: int, size: int) -> bytes:
        """By the rig's SWD, from a model of the debug port over the pad's memory.

        A bit of SWD costs the emulator much: of a long piece, both ends go over the wire and must be what the memory
        holds; the rest is read there. A real rig reads all of it.
        """
        if not self._connected:
            self.actions.connect(self.pad.emulator.facts.name.lower(), DIVIDER)
            self._connected = True
        if size <= 2 * OVER_THE_WIRE:
            return self.actions.peek(address, size)
        before = super().peek(address, size)
        head = self.actions.peek(address, OVER_THE_WIRE)
        tail = self.actions.peek(address + size - OVER_THE_WIRE, OVER_THE_WIRE)
        content = super().peek(address, size)
        for read, part in ((head, slice(0, OVER_THE_WIRE)), (tail, slice(-OVER_THE_WIRE, None))):
            # The pad goes on meanwhile, so a byte may be that of before.
            known = zip(read, before[part], content[part], strict=True)
            assert all(byte in both for byte, *both in known), "SWD reads other bytes"
        return content
