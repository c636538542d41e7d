"""seen: one moment of a pad in a rig, while its core stood still: RAM by the debug port, planes and touch chip of the
rig."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from kesu.emulator.board.pad import Owner
from kesu.emulator.core.facts import DPRAM, FLASH, SRAM_BASE
from kesu.emulator.core.memory_map import MemoryMap
from kesu.emulator.panel.glass import unpack_frame
from kesu.emulator.panel.ssd16xx_silicon import Silicon
from kesu.emulator.panel.ssd1680 import SILICON as SSD1680
from kesu.emulator.panel.ssd1683 import SILICON as SSD1683
from kesu.spec.panels import FILMS
from kesu.verify.search.measure import Blank, Locked, owners
from kesu.verify.search.needles import Bits
from kesu.verify.search.searcher import Searcher
from numpy.typing import NDArray

from kesu_dev.rig.protocol import RigError
from kesu_dev.rig_verify import pad_clock
from kesu_dev.rig_verify.bench import Bench

SILICONS = {"SSD1683": SSD1683, "SSD1680": SSD1680}
OPTION = {"SSD1683": bytes(2), "SSD1680": bytes((0, 0x80))}
"""21h as the drivers set it; the rig does not report it."""
HALT_US = 1_900_000
"""Less than the rig's own limit: the pad's watchdog goes on. To read 520 KiB takes some 1.2 s, by estimate."""
HALTED_WITHIN_S = 2.0
HALT_LEAD_US = 20_000
KEPT = {
    "RP2040": ((0x4005_800C, 32), (0x4005_C004, 8), (0x4005_C010, 8)),
    "RP2350": ((0x400D_800C, 32), (0x4010_00B0, 48), (0x400E_0000, 1_024)),
}
"""R4, address and bytes: scratch registers of the watchdog; RTC's date and alarm, without the registers that latch when
they are read; POWMAN's scratch and boot registers, boot RAM."""
_OWNER = struct.Struct("<III")


@dataclass(frozen=True)
class SeenPlanes:
    """Both planes that the rig kept."""

    bw: bytes
    red: bytes
    controller: str

    @property
    def silicon(self) -> Silicon:
        """Facts of the controller."""
        return SILICONS[self.controller]

    def page(self) -> Bits:
        """What the glass of a panel would show of 24h: (height, width), 1 white."""
        return self._mounted(self.bw)

    def contents(self, plane: bytes) -> bytes:
        """A plane in the order of the RAM; for a rotated glass, in the order of the page as well."""
        if not self.silicon.turned:
            return plane
        return plane + np.packbits(self._mounted(plane), axis=1).tobytes()

    def _mounted(self, plane: bytes) -> Bits:
        picture = unpack_frame(plane, self.silicon.width, self.silicon.height)
        return self.silicon.mount(picture, OPTION[self.controller]).astype(np.uint8)


@dataclass(frozen=True)
class Seen:
    """ram, dpram: of the pad; touch: registers as the rig's chip has them, in the form of the models; pad_us: the
    pad's timer; kept: registers that survive a reset."""

    ram: bytes
    dpram: bytes
    touch: bytes
    panel: SeenPlanes
    names: MemoryMap
    pad_us: int
    kept: bytes

    @property
    def sram(self) -> memoryview:
        """All of SRAM."""
        return memoryview(self.ram)

    def owners(self) -> list[Owner]:
        """The buffers that the firmware registered; none while it boots."""
        (count,) = struct.unpack("<I", self.names.read_symbol("kesu_owner_count", self.sram))
        start = self.names.symbol("kesu_owner_table").address - SRAM_BASE
        rows = (_OWNER.unpack_from(self.sram, start + index * _OWNER.size) for index in range(min(count, 16)))
        return [Owner(kind, address, length) for address, length, kind in rows]

    def hits(self, searcher: Searcher) -> dict[str, float]:
        """Places with ink, by resource."""
        search = searcher.search
        planes = (self.panel.contents(self.panel.bw), self.panel.contents(self.panel.red))
        return {
            "R1": float(sum(search(content).hits for _, content in owners(self))),
            "R2": float(search(self.sram).hits),
            "R3": float(search(self.dpram).hits),
            "R4": float(search(self.kept).hits),
            "R7": float(sum(search(plane).hits for plane in planes)),
            "R9": float(search(self.touch).hits + searcher.touch_hits(self.touch)),
        }

    def as_page(self) -> Locked:
        """As a page that a wipe may end with."""
        planes = (self.panel.bw, self.panel.red)
        return Locked(planes, [content for _, content in owners(self)], self.panel.page())

    def as_reference(self, pages: list[Locked], fault: Locked, reflectance: NDArray[np.float32]) -> Blank:
        """As the blank pad. pages: others that are blank, too. reflectance: of the glass."""
        return Blank(
            self.panel.bw,
            self.panel.red,
            self.panel.page(),
            reflectance,
            "",
            {
                "sram": self.ram,
                "dpram": self.dpram,
                "touch_registers": self.touch,
                "plane 24h": self.panel.contents(self.panel.bw),
                "plane 26h": self.panel.contents(self.panel.red),
            },
            owners(self),
            tuple(pages),
            fault,
        )


class Eye:
    """Looks at the pad of a bench. elf: of its image. film: that the rig plays."""

    def __init__(self, bench: Bench, elf: Path, film: str) -> None:
        self._bench = bench
        self._names = MemoryMap(elf, bench.facts)
        self._controller = FILMS[film].panel.controller

    def now(self) -> Seen:
        """Stop the core, look, and let it go on. Raises RigError."""
        actions = self._bench.actions
        actions.halt_at(actions.rig.now_us() + HALT_LEAD_US, HALT_US)
        return self.planned()

    def planned(self) -> Seen:
        """Look when the core stops, which was planned by `Actions.halt_at`. Raises RigError."""
        bench = self._bench
        bench.actions.await_halt(HALTED_WITHIN_S)
        sram = bench.memory(bench.facts.sram.start, len(bench.facts.sram))
        dpram = bench.memory(DPRAM.start, len(DPRAM))
        planes = bench.actions.planes()
        wrong = {name: count for name, count in planes.errors.items() if count and name != "read"}
        if wrong:
            raise RigError(
                f"The pad's commands to the panel are wrong: {wrong}.", hint="Run `kesu rig check`."
            )
        touch = bench.actions.touch_registers()
        pad_us = pad_clock.timer_us(bench)
        kept = b"".join(bench.memory(address, size) for address, size in KEPT[bench.facts.name])
        bench.actions.resume()
        seen = SeenPlanes(planes.bw, planes.red, self._controller)
        return Seen(sram, dpram, _registers(touch), seen, self._names, pad_us, kept)

    def flash_sha256(self) -> str:
        """Of all of the flash, read while the pad runs."""
        return hashlib.sha256(flash(self._bench)).hexdigest()


def flash(bench: Bench) -> bytes:
    """All of the flash."""
    return bench.memory(FLASH.start, bench.facts.flash_bytes)


def _registers(touch: bytes) -> bytes:
    """An ICNT86X's from the rig (1001h and the points) at their addresses, as the search expects them."""
    if len(touch) == 256:
        return touch
    return bytes(0x1001) + touch
