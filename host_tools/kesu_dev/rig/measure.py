"""measure: what nobody has measured on a panel, by a rig that drives a real one (docs/hil/rig-bring-up.md).

The panel is plugged into the rig instead of the pad. What needs no person runs here; the answers go into a table that
the models read (kesu.emulator.panel.measured).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from kesu.spec.controllers import CONTROLLERS, FILM_TIMES, Controller
from kesu.spec.rig import LINES

from kesu_dev.rig import light
from kesu_dev.rig.link import LONG_ANSWER_S, Rig
from kesu_dev.rig.protocol import RigError
from kesu_dev.rig.zero_lut import zero_voltage_lut

BLACK, WHITE = 0x00, 0xFF
LIMIT_US = 20_000_000
RESET_US = 10_000
SETTLED_US = 50_000
"""Longest BUSY after RST that is waited for; 2 ms are expected."""
ABORT_US = 100_000
"""From the begin of a waveform to the RST that aborts it: every waveform of the films is longer."""
ZERO_FRAMES = 20
PHOTO_CHANNEL, PHOTO_COUNT = 2, 4_096
"""The photodiode is on the converter's input that otherwise senses the current."""
Said = Callable[[str], None]


@dataclass
class Measured:
    """The table. swaps_planes, keeps_ram: None if the planes cannot be read back. busy_us: by activation. light: codes
    of the photodiode, by step; empty without one."""

    film: str
    swaps_planes: bool | None = None
    keeps_ram: bool | None = None
    aborts: bool | None = None
    busy_us: dict[str, int] = field(default_factory=dict)
    overhead_us: int | None = None
    light: dict[str, int] = field(default_factory=dict)


class Panel:
    """A real panel at a rig. Raises RigError."""

    def __init__(self, rig: Rig, film: str) -> None:
        self.rig = rig
        self.film = FILM_TIMES[film]
        self.controller: Controller = CONTROLLERS[self.film.controller]
        self.size = self.controller.width // 8 * self.controller.height

    @contextmanager
    def driven(self) -> Iterator[Panel]:
        """The rig drives the panel's lines meanwhile."""
        self.rig.ask("drive on")
        try:
            yield self
        finally:
            self.rig.ask("drive off")

    def begin(self) -> None:
        """A reset, and the registers that the measurements rely on."""
        self.rig.ask(f"reset {RESET_US}")
        self.rig.ask(f"run {0x7F} {SETTLED_US}")  # BUSY after RST: a command would be lost
        self.send(0x18, "80")
        if self.controller.name == "SSD1680":
            self.send(0x21, "0080")

    def send(self, op: int, data: str = "") -> None:
        """A command with its data in hexadecimal."""
        self.rig.ask(f"send {op} {data}".strip())

    def fill(self, op: int, byte: int) -> None:
        """A whole plane."""
        self.window()
        self.rig.ask(f"fill {op} {self.size} {byte}", LONG_ANSWER_S)

    def window(self) -> None:
        """All of the RAM, counters at its begin."""
        x, y = self.controller.width // 8 - 1, self.controller.height - 1
        self.send(0x44, f"00{x:02x}")
        self.send(0x45, f"0000{y & 0xFF:02x}{y >> 8:02x}")
        self.send(0x4E, "00")
        self.send(0x4F, "0000")

    def plane(self, which: int, count: int = 64) -> bytes:
        """The first bytes of a plane, read back. which: 0 for 24h, 1 for 26h (41h)."""
        self.send(0x41, f"{which:02x}")
        self.window()
        return self.rig.ask(f"fetch {0x27} {count + 1}").block[1:]

    def activate(self, control: int) -> int:
        """22h and 20h; microseconds until BUSY fell. Raises RigError if it did not rise and fall."""
        self.send(0x22, f"{control:02x}")
        found = self.rig.ask(f"run {0x20} {LIMIT_US}", LONG_ANSWER_S).values()
        if not found["fall_us"]:
            raise RigError(
                f"BUSY did not rise and fall after 22h {control:02X}.",
                hint="Check the panel's ribbon and the wire of BUSY.",
            )
        return found["fall_us"]

    def light(self) -> int:
        """The photodiode's code, the mean of many."""
        found = self.rig.ask(f"adc {PHOTO_CHANNEL} {PHOTO_COUNT}").values()
        return round(found["sum"] / found["count"])


def _uniform(data: bytes, byte: int) -> bool:
    return data.count(byte) == len(data)


def planes_after_mode_2(panel: Panel) -> bool | None:
    """Whether a mode 2 refresh exchanges the planes; None if the planes cannot be read back."""
    panel.begin()
    panel.fill(0x24, BLACK)
    panel.fill(0x26, WHITE)
    if not (_uniform(panel.plane(0), BLACK) and _uniform(panel.plane(1), WHITE)):
        return None
    panel.activate(0xFC)
    bw, red = panel.plane(0), panel.plane(1)
    if _uniform(bw, WHITE) and _uniform(red, BLACK):
        return True
    return False if _uniform(bw, BLACK) and _uniform(red, WHITE) else None


def ram_after_reset(panel: Panel) -> bool | None:
    """Whether RST keeps the planes."""
    panel.begin()
    panel.fill(0x24, 0x5A)
    if not _uniform(panel.plane(0), 0x5A):
        return None
    panel.begin()
    return _uniform(panel.plane(0), 0x5A)


def abort_by_reset(panel: Panel) -> bool:
    """Whether RST in a waveform ends it: BUSY is low soon after."""
    panel.begin()
    panel.fill(0x24, WHITE)
    panel.send(0x22, "f7")
    panel.rig.ask(f"run {0x20} {ABORT_US}")
    panel.rig.ask(f"reset {RESET_US}")
    panel.rig.ask(f"run {0x7F} {RESET_US}")
    return not int(panel.rig.ask("levels").text, 16) >> LINES["PANEL_BUSY"].rig & 1


def zero_busy(panel: Panel) -> int:
    """BUSY of ZERO_FRAMES frames of no voltage: what an activation takes beside its frames."""
    panel.begin()
    panel.activate(0xE0)
    panel.send(0x32, zero_voltage_lut(panel.controller.name, ZERO_FRAMES))
    return panel.activate(0x0C)


def measured(panel: Panel, say: Said, photodiode: bool, pulses: int = light.PULSES) -> Measured:
    """All that needs no person. photodiode: whether one looks at the glass. pulses: of the hold. Raises RigError."""
    found = Measured(panel.film.name)
    with panel.driven():
        say("planes after a mode 2 refresh")
        found.swaps_planes = planes_after_mode_2(panel)
        say("planes after RST")
        found.keeps_ram = ram_after_reset(panel)
        say("RST in a waveform")
        found.aborts = abort_by_reset(panel)
        say("BUSY of each activation")
        panel.begin()
        for name, control in (("power on", 0xE0), ("partial", 0xFC), ("full", 0xF4), ("power off", 0x83)):
            found.busy_us[name] = panel.activate(control)
        found.busy_us[f"{ZERO_FRAMES} frames of 0 V"] = zero = zero_busy(panel)
        found.overhead_us = zero - ZERO_FRAMES * 20_000
        if photodiode:
            say("residue after a partial and after a full refresh")
            light.residue(panel, found.light)
            say(f"pulse ladder, and {pulses:,} pulses")
            light.ladder(panel, found.light, pulses)
    return found


def table(found: Measured, rig_version: str, when: str) -> str:
    """The TOML that the models read."""
    lines = [
        "# What a rig measured on a real panel. SPDX-License-Identifier: MIT",
        "format = 1",
        f'film = "{found.film}"',
        f'rig = "{rig_version}"',
        f'measured = "{when}"',
    ]
    answers = {"swaps_planes": found.swaps_planes, "keeps_ram": found.keeps_ram, "aborts": found.aborts}
    for name, value in answers.items():
        lines.append(f"{name} = {str(value).lower()}" if value is not None else f"# {name}: not measured")
    if found.overhead_us is not None:
        lines.append(f"overhead_us = {found.overhead_us}")
    for title, values in (("busy_us", found.busy_us), ("light", found.light)):
        lines += ["", f"[{title}]", *(f'"{name}" = {value}' for name, value in values.items())]
    residue = light.thousandths(found.light)
    if residue:
        lines += ["", "# Of the difference between black and white.", "[residue_thousandths]"]
        lines += [f'"{name}" = {value}' for name, value in residue.items()]
    return "\n".join(lines) + "\n"
