"""tracer: traces the ink of a virtual pad: from the touch chip's reports, through its memory, to the panel."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rp2040py.peripherals import i2c

from kesu.emulator.core.facts import DPRAM, SRAM_BASE
from kesu.emulator.shadow.labels import REPORT_MASK, SENT, SINK_KINDS, Layout, Shadow, label_of, reports_of

if TYPE_CHECKING:
    from kesu.emulator.board.pad import VirtualPad

COVERED_BYTES = 0x10_0000
"""Flash whose execution is recorded: more than any image has."""
_VM = "mp_execute_bytecode"
_HOPS = 12
LAST = REPORT_MASK - 3
"""Later than any report."""


@dataclass(frozen=True)
class Hop:
    """One step on the way of a byte of ink: the instruction at `pc` stored it at `address`."""

    pc: int
    address: int


@dataclass(frozen=True)
class Escape:
    """Ink that reached a place where it must not be. kind: what place; address: of it; pc, bytecode: what sent it."""

    kind: str
    address: int
    pc: int
    bytecode: int
    reports: tuple[int, int]
    origin: int


@dataclass(frozen=True)
class InkedBranch:
    """A branch that depends on ink, at `pc`, in the bytecode at `bytecode` (0: none), taken or not `count` times."""

    pc: int
    bytecode: int
    count: int


@dataclass(frozen=True)
class Entered:
    """Code that is neither in flash nor in SRAM, which the instruction at `origin` entered at `pc`. code: what the boot
    ROM's table was asked for, 0 for nothing."""

    pc: int
    origin: int
    code: int


class Tracer:
    """Traces one pad from now on. Labels begin where the touch chip's model gives a register that has the place of the
    pen (`TouchChip.inked_register`)."""

    def __init__(self, pad: VirtualPad) -> None:
        thumb = pad.emulator.thumb
        if thumb is None:
            raise ValueError("only a core in C can trace ink")
        self.pad = pad
        self.shadow = Shadow(thumb.library, _layout(pad))
        self.wiped_at = pad.touch.reports
        """Number of touch reports when the touch chip was last reset, as each wipe does: labels up to it are old."""
        self._escapes: list[Escape] = []
        self._fifo: deque[int] = deque()
        self._received = -pad.wiring.spi.waiting
        self._watch_touch()
        self._watch_panel()
        pad.emulator.on_reset.append(self._reset)
        thumb.attach_trace(self.shadow)

    # What is inked ---------------------------------------------------------------------------------

    @property
    def inked_bytes(self) -> int:
        """Number of bytes of SRAM and of the RAM of USB that come from ink now."""
        return int(self.shadow.state.inked)

    def inked_registers(self, until: int = LAST) -> list[str]:
        """Registers of the core that come from a report up to that number."""
        state = self.shadow.state
        names = {f"r{index}": value for index, value in enumerate(state.r)}
        names |= {f"s{index}": value for index, value in enumerate(state.s)}
        names |= {name: getattr(state, name) for name in ("fpscr", "nz", "c", "v")}
        names |= {f"divider {name}": getattr(state, name) for name in ("dividend", "divisor", "result")}
        return [name for name, value in names.items() if value.label and reports_of(value.label)[0] <= until]

    def inked_addresses(self, until: int = LAST) -> list[int]:
        """Addresses of the bytes that come from a report up to that number."""
        if not self.inked_bytes:
            return []
        labels, sram = (
            np.frombuffer(memoryview(self.shadow.labels).cast("B"), dtype=np.uint32),
            self.shadow.layout.sram_bytes,
        )
        places = np.nonzero(labels)[0]
        old = places[(labels[places] & REPORT_MASK) <= label_of(until) & REPORT_MASK]
        return [int(SRAM_BASE + at if at < sram else DPRAM.start + at - sram) for at in old]

    def trail(self, address: int) -> list[Hop]:
        """How the ink came to a byte, the last step first. Where memory was used again since, the trail is that of its
        last ink."""
        hops: list[Hop] = []
        while len(hops) < _HOPS:
            index = self._index(address)
            if index is None:
                break
            pc, origin = self.shadow.trails[2 * index], self.shadow.trails[2 * index + 1]
            if not pc or Hop(pc, address) in hops:
                break
            hops.append(Hop(pc, address))
            address = origin
        return hops

    def branches(self) -> list[InkedBranch]:
        """The branches that depended on ink so far."""
        found = [entry for entry in self.shadow.state.branches if entry.count]
        return [InkedBranch(entry.pc, entry.bytecode, entry.count) for entry in found]

    def escapes(self) -> list[Escape]:
        """Ink that went where it must not."""
        state = self.shadow.state
        stored = [
            Escape(
                SINK_KINDS[sink.kind],
                sink.address,
                sink.pc,
                sink.bytecode,
                reports_of(sink.label),
                sink.origin,
            )
            for sink in state.sinks[: min(state.sink_count, len(state.sinks))]
        ]
        return stored + self._escapes

    def entered(self) -> list[Entered]:
        """Entries into the boot ROM, and into whatever else is neither flash nor SRAM; the first of them, if there are
        too many."""
        state = self.shadow.state
        count = min(state.entry_count, len(state.entries))
        return [Entered(one.pc, one.origin, one.code) for one in state.entries[:count]]

    def _index(self, address: int) -> int | None:
        sram = self.shadow.layout.sram_bytes
        if 0 <= address - SRAM_BASE < sram:
            return address - SRAM_BASE
        return sram + address - DPRAM.start if address in DPRAM else None

    # Where ink enters ------------------------------------------------------------------------------

    def _watch_touch(self) -> None:
        touch, port, fifo = self.pad.touch, self.pad.emulator.mcu.i2c[1], self._fifo
        read_byte: Callable[[], int] = touch.i2c_read
        read_register: Callable[[int], int] = port.read_uint32
        set_reset: Callable[[bool], None] = touch.set_rst

        def from_chip() -> int:
            fifo.append(label_of(touch.reports) if touch.inked_register() else 0)
            return read_byte()

        def from_port(offset: int) -> int:
            if offset == i2c.IC_DATA_CMD:
                while len(fifo) > port._rx_fifo.item_count:
                    fifo.popleft()
                self.shadow.state.input = fifo.popleft() if fifo else 0
            return read_register(offset)

        def reset(level: bool) -> None:
            if not level:
                self.wiped_at = touch.reports
            set_reset(level)

        touch.i2c_read = from_chip  # type: ignore[method-assign]
        touch.set_rst = reset  # type: ignore[method-assign]
        port.read_uint32 = from_port

    # Where it may leave ----------------------------------------------------------------------------

    def _watch_panel(self) -> None:
        """Ink may go to the planes of the panel, and into none of its registers and commands."""
        port, panel = self.pad.wiring.spi, self.pad.panel
        send, send_block = port.on_byte, port.on_block

        def to_panel(value: int) -> int:
            label = self.shadow.state.sent_labels[self._received % SENT] if self._received >= 0 else 0
            self._received += 1
            if label and not panel.collecting:
                self._escapes.append(Escape("panel", 0, 0, 0, reports_of(label), 0))
            return send(value)

        def block_to_panel(block: bytes) -> None:
            assert send_block is not None
            if panel.collecting:
                self._received += len(block)
                send_block(block)
            else:
                for value in block:
                    to_panel(value)

        port.on_byte = to_panel
        if send_block is not None:
            port.on_block = block_to_panel

    def _reset(self) -> None:
        emulator = self.pad.emulator
        self._fifo.clear()
        self._received = self.shadow.state.sent
        self.shadow.reset(memory_too=not emulator.powered)


def _layout(pad: VirtualPad) -> Layout:
    facts = pad.emulator.facts
    vm = pad.memory_map.symbols.get(_VM)
    pointer = facts.rom_lookup_pointer
    return Layout(
        sram_bytes=len(facts.sram),
        covered=COVERED_BYTES,
        data_port=facts.panel_data_port,
        divider=facts.divider,
        alias=facts.sram_alias,
        vm=range(vm.address, vm.address + vm.size) if vm is not None else range(0),
        rom_lookup=pad.emulator.mcu.read_uint16(pointer) & ~1 if pointer else 0,
    )
