"""rig_bench: builds the rig's guest (rig_guest/*.c) and wires it to a pad's image: the test of the two-chip bench.

The guest is a small program for the second chip, made only to prove the bench. Film and reports come from here.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.panel.ssd16xx import Ssd16xx
from kesu.emulator.scenario import start, write
from kesu.emulator.touch import ft6336u, icnt86x
from kesu.emulator.touch.ft6336u import Ft6336u
from kesu.emulator.touch.pen import Stroke
from kesu.spec.rig import LINES
from kesu_dev.together.bench import TwoChips
from pio_bench import PINS, X, in_, irq, wait

SOURCES = Path(__file__).with_name("rig_guest")
NO_RESYNC = 1
BOOT_MS = 10.0
"""What the rig needs to start: the pad gets power then."""
COMPILER = "arm-none-eabi-gcc"


STROKES: dict[str, list[Stroke]] = {
    "4in2": [[(60.0, 60.0), (120.0, 90.0), (90.0, 140.0)], [(200.0, 100.0), (260.0, 100.0)]],
    "2in9": [[(100.0, 20.0), (160.0, 50.0), (130.0, 80.0)], [(200.0, 40.0), (240.0, 40.0)]],
}
"""A short note for each panel."""


class Report(NamedTuple):
    """What a touch chip has in its registers when it pulls INT. at_ns: of the pad's clock."""

    at_ns: int
    first: int
    values: bytes


def _programs() -> list[list[int]]:
    """The sink, the select line, and both resets. Select throws the sink's broken byte away at both edges of CS: at the
    fall too, because each boot sets SPI up, which makes a rising edge of CLK, while CS is high."""
    clk, select = LINES["PANEL_CLK"].rig, LINES["PANEL_CS"].rig
    resets = (LINES["PANEL_RST"].rig, LINES["TOUCH_RST"].rig)
    return [
        [wait(0, 0, clk), wait(1, 0, clk), in_(PINS, 2)],
        [wait(0, 0, select), in_(X, 32), irq(0), wait(1, 0, select), in_(X, 32), irq(0)],
        *(
            [wait(0, 0, pin), irq(number), wait(1, 0, pin), irq(number)]
            for number, pin in enumerate(resets, 1)
        ),
    ]


def build(folder: Path) -> Path:
    """The guest's ELF, in an empty folder."""
    if shutil.which(COMPILER) is None:
        pytest.skip(f"no {COMPILER}")
    code: list[int] = []
    starts, wraps = [], []
    for program in _programs():
        starts.append(len(code))
        code += program
        wraps.append((len(code) - 1) << 12 | starts[-1] << 7)
    code += [0] * (32 - len(code))

    def table(kind: str, values: Sequence[int]) -> str:
        return f"const {kind}[] = {{ {', '.join(map(str, values))} }};"

    rows = ["#include <stdint.h>", table("uint16_t program", code)]
    rows += [table("uint32_t starts", starts), table("uint32_t wraps", wraps)]
    (folder / "program.c").write_text("\n".join(rows) + "\n", encoding="ascii")
    pins = "\n".join(f"#define {name} {line.rig}" for name, line in LINES.items())
    (folder / "pins.h").write_text(pins + "\n", encoding="ascii")
    elf = folder / "rig_guest.elf"
    sources = [*sorted(SOURCES.glob("*.c")), SOURCES / "vectors.s", folder / "program.c"]
    options = [
        "-mcpu=cortex-m0plus",
        "-mthumb",
        "-O2",
        "-ffreestanding",
        "-nostdlib",
        "-Wall",
        "-Wextra",
        "-Werror",
    ]
    link = ["-T", str(SOURCES / "rig_guest.ld"), "-Wl,--no-warn-rwx-segments", "-lgcc"]
    subprocess.run(
        [COMPILER, *options, f"-I{folder}", f"-I{SOURCES}", "-o", str(elf), *map(str, sources), *link],
        check=True,
    )
    return elf


def fitted(panel: Ssd16xx, busy_us: int) -> bytes:
    """fitted_t of controller.h for a model panel."""
    silicon = panel.silicon
    return struct.pack("<3I", silicon.width // 8, silicon.height, busy_us)


class RigBench(TwoChips):
    """A pad with the guest as its panel and touch chip. guest: its ELF; resync: whether CS puts the sink right;
    options: of TwoChips."""

    def __init__(
        self,
        image: Path,
        guest: Path,
        *,
        resync: bool = True,
        reports: Sequence[Report] = (),
        **options: Any,
    ) -> None:
        super().__init__(image, guest, model_answers=True, **options)
        self._give(reports)
        self.rig.write("options", struct.pack("<I", 0 if resync else NO_RESYNC))
        self.rig.write("fitted", fitted(self.pad.panel, 0))
        self._on_busy, self.pad.panel.on_busy = self.pad.panel.on_busy, self._busy_moved
        small = isinstance(self.pad.touch, Ft6336u)
        touch = (ft6336u.ADDRESS, 0, 0) if small else (icnt86x.ADDRESS, 1, icnt86x.COUNT)
        for name, value in zip(("touch_address", "wide_registers", "quits_at_count"), touch, strict=True):
            self.rig.write(name, struct.pack("<I", value))
        self.run_for(BOOT_MS)

    def start(self) -> None:
        """Power, READY on a PC."""
        self.plug_in()
        start(self.pad) if not self.pad.powered else self._ready()

    def _ready(self) -> None:
        self.run_until(lambda: self.pad.host.enumerated, 6_000.0)
        self.pad.host.set_dtr(True)
        self.run_until(lambda: bool(self.pad.host.serial_state.dsr), 6_000.0)

    def planes(self) -> tuple[bytes, bytes]:
        """The rig's planes, new and old."""
        size, both = len(self.pad.panel.bw), self.rig.read("panel")
        most = 15_000
        return both[:size], both[most : most + size]

    def differences(self) -> tuple[int, int]:
        """Bytes of each plane in which the rig differs from the model that listens."""
        models = (self.pad.panel.bw, self.pad.panel.red)
        return tuple(  # type: ignore[return-value]  # two of them
            sum(a != b for a, b in zip(own, model, strict=True))
            for own, model in zip(self.planes(), models, strict=True)
        )

    def _busy_moved(self, level: bool) -> None:
        """The model begins an activation: the guest, which gets the byte later, holds BUSY as long."""
        panel = self.pad.panel
        latest = panel.refreshes[-1] if panel.refreshes else None
        if level and latest is not None and latest.start_ns == self.pad.clock.now_ns:
            self.rig.write("fitted", fitted(panel, (latest.end_ns - latest.start_ns) // 1_000))
        assert self._on_busy is not None
        self._on_busy(level)

    def _give(self, reports: Sequence[Report]) -> None:
        """Reports that the rig's touch chip makes."""
        packed = b"".join(
            struct.pack(
                "<3I12s", self.clocks.rig_ns(one.at_ns) // 1_000, len(one.values), one.first, one.values
            )
            for one in reports
        )
        self.rig.write("reports", packed)
        self.rig.write("report_count", struct.pack("<I", len(reports)))


class Alone(NamedTuple):
    """What a pad does with its own models: booted, a note written. reports: of its touch chip; began_ms, ended_ms: when
    writing began, and when its ink was on the glass; planes: then."""

    reports: list[Report]
    began_ms: float
    ended_ms: float
    planes: tuple[bytes, bytes]


def alone(image: Path, strokes: list[Stroke], panel: str | None = None) -> Alone:
    """Play that with the pad alone."""
    pad = VirtualPad(image, panel=panel)
    pad.run_for(BOOT_MS)
    reports: list[Report] = []
    touch = pad.touch
    span = (1, 9) if isinstance(touch, Ft6336u) else (icnt86x.COUNT, icnt86x.COUNT + 8)
    on_int = touch.on_int

    def heard(level: bool) -> None:
        if not level:
            reports.append(Report(pad.clock.now_ns, span[0], bytes(touch.registers[span[0] : span[1]])))
        assert on_int is not None
        on_int(level)

    touch.on_int = heard
    start(pad)
    began_ms = pad.now_ms
    write(pad, strokes)
    ended_ms, planes = pad.now_ms, (bytes(pad.panel.bw), bytes(pad.panel.red))
    return Alone(reports, began_ms, ended_ms, planes)


def end_call(pad: VirtualPad) -> None:
    """Byte E, and wait for READY."""
    pad.host.write(b"E")
    pad.run_for(100.0)
    pad.run_until(lambda: pad.host.serial_state.dsr and not pad.host.serial_state.dcd, 6_000.0)
    pad.run_for(5.0)
