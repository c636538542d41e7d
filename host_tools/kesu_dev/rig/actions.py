"""actions: what a rig does with a pad: power, keys, pen, BOOTSEL, and what it saw: planes, registers, memory, log."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kesu.emulator.touch.pen import PAUSE_MS, SHORTEST_TOUCH_MS, Stroke, path_lengths, point_at
from kesu.spec.panels import FILMS

from kesu_dev.rig.link import LONG_ANSWER_S, Rig
from kesu_dev.rig.protocol import Note, RigError, notes

REPORT_US = 10_000
"""Both touch chips report up to 100 times a second."""
ICNT_LIFTS = 5
"""After a lift an ICNT86X repeats zero pressure; how often is not known (the model's figure)."""
LEAD_US = 100_000
"""From a request to the first action that it plans: the lines of a stroke take less."""
KEPT_EACH = 20
"""Actions that are asked for in one go; a wait of no time comes between: a bench may look at the rig there."""
BATCH = 1_500
"""Actions in the rig's queue of 2,048."""
KEYS = {"WIPE": "WIPE_KEY", "AWAY": "AWAY_KEY", "MODE": "MODE_KEY", "HOOK": "HOOK"}
TAP_US = 80_000
BOUNCE_US = 5_000
RUN_LOW_US = 20_000
BOOTSEL_US = 200_000
PANEL_ERRORS = ("command while busy", "unknown", "too many", "too few", "outside", "asleep", "read")
_ERRORS = struct.Struct("<7I")

Wait = Callable[[float], None]
"""Lets seconds of the pad's time pass."""


@dataclass(frozen=True)
class Planes:
    """Both planes of the panel's RAM, 24h and 26h. errors: of the driver, by PANEL_ERRORS."""

    bw: bytes
    red: bytes
    errors: dict[str, int]


class Actions:
    """A rig with a pad. wait: see `Wait`. film: what the pad's image is for. seed: of the bounce of its contacts.
    fitted: the rig already plays that film, and goes on with it; otherwise its planes are noise afterwards."""

    def __init__(self, rig: Rig, wait: Wait, film: str, seed: int = 1, *, fitted: bool = False) -> None:
        self.rig = rig
        self._wait = wait
        self._film = FILMS[film]
        self._random = random.Random(seed)
        self.pen_us = 0, 0
        """First and last report of what was written last, of the rig's clock."""
        if not fitted:
            rig.ask("cancel")
            rig.ask(f"film {film}")

    # Power

    def power_on(self) -> None:
        """Close the load switch; returns when the pad has 3V3. Raises RigError."""
        self.rig.ask("power on")
        self._until("powered", 1, 0.5, "the pad has no 3V3 although VBUS is on")

    def power_off(self) -> None:
        """All outputs to high impedance, then open the switch; returns when 3V3 is gone. Raises RigError."""
        self.rig.ask("power off")
        self._until("powered", 0, 30.0, "the pad has 3V3 although VBUS is off: something else feeds it")

    def into_boot_rom(self) -> None:
        """RUN with BOOTSEL held."""
        begin = self._begin()
        self._at(begin, "contact BOOTSEL low")
        self._at(begin + RUN_LOW_US, "contact RUN low")
        self._at(begin + 2 * RUN_LOW_US, "contact RUN open")
        self._at(begin + 2 * RUN_LOW_US + BOOTSEL_US, "contact BOOTSEL open")
        self._until_us(begin + 2 * RUN_LOW_US + BOOTSEL_US)

    def reset(self) -> None:
        """RUN."""
        begin = self._begin()
        self._at(begin, "contact RUN low")
        self._at(begin + RUN_LOW_US, "contact RUN open")
        self._until_us(begin + RUN_LOW_US)

    # Hands

    def tap(self, key: str, hold_us: int = TAP_US) -> None:
        """Press a key of KEYS for so long, with the bounce of a contact at both ends."""
        begin = self._begin()
        for start, closed in ((begin, True), (begin + hold_us, False)):
            self._contact(KEYS[key], start, closed)
        self._until_us(begin + hold_us + BOUNCE_US)

    def hold(self, key: str, closed: bool) -> None:
        """Close a contact and leave it so, or open it."""
        begin = self._begin()
        self._contact(KEYS[key], begin, closed)
        self._until_us(begin + BOUNCE_US)

    def write(
        self, strokes: Sequence[Stroke], px_s: float, pause_ms: float = PAUSE_MS
    ) -> list[tuple[int, int]]:
        """Write strokes, pixels of the page, at that speed. Returns when the pen is up: the points that were reported.
        Raises RigError."""
        begin = self._begin()
        planned, length = self._reports(strokes, px_s, pause_ms)
        pens = [begin + at_us for at_us, line in planned if line.startswith("pen")]
        self.pen_us = pens[0], pens[-1]
        for first in range(0, len(planned), BATCH):
            batch = planned[first : first + BATCH]
            for number, (at_us, line) in enumerate(batch, 1):
                self._at(begin + at_us, line)
                if number % KEPT_EACH == 0:
                    self._wait(0.0)
            self._until_us(begin + batch[-1][0])
        self._until_us(begin + length)
        words = (line.split() for _, line in planned)
        return [(int(word[1]), int(word[2])) for word in words if word[0] == "pen"]

    def press_at(self, key: str, at_us: int, hold_us: int = TAP_US) -> None:
        """Press a key of KEYS at a time of the rig's clock, with bounce."""
        for start, closed in ((at_us, True), (at_us + hold_us, False)):
            self._contact(KEYS[key], start, closed)

    def touch_at(self, at_us: int, x: int, y: int) -> None:
        """A pen that is down for two reports."""
        for step in (0, REPORT_US):
            self._at(at_us + step, f"pen {x} {y}")
        self._at(at_us + 2 * REPORT_US, "lift on")

    def release_at(self, key: str, at_us: int) -> None:
        """Open a contact of KEYS that is closed, with bounce."""
        self._contact(KEYS[key], at_us, False)

    def power_at(self, at_us: int) -> None:
        """Close the load switch at that time."""
        self._at(at_us, "power on")

    def run_at(self, at_us: int) -> None:
        """RUN is let go at that time, after RUN_LOW_US."""
        self._at(at_us - RUN_LOW_US, "contact RUN low")
        self._at(at_us, "contact RUN open")

    def _reports(
        self, strokes: Sequence[Stroke], px_s: float, pause_ms: float
    ) -> tuple[list[tuple[int, str]], int]:
        planned: list[tuple[int, str]] = []
        page = self._film.panel
        at_us = 0
        for stroke in strokes:
            lengths = path_lengths(stroke)
            duration_us = max(round(lengths[-1] / px_s * 1e6), round(SHORTEST_TOUCH_MS * 1_000))
            for step in range(0, duration_us, REPORT_US):
                x, y = point_at(stroke, lengths, lengths[-1] * step / duration_us)
                x, y = min(max(round(x), 0), page.width - 1), min(max(round(y), 0), page.height - 1)
                planned.append((at_us + step, f"pen {x} {y}"))
            at_us += -(-duration_us // REPORT_US) * REPORT_US
            for _ in range(ICNT_LIFTS if page.touch.chip == "ICNT86X" else 1):
                planned.append((at_us, "lift on"))
                at_us += REPORT_US
            at_us += round(pause_ms * 1_000)
        return planned, at_us

    def silence_touch(self, silent: bool) -> None:
        """Let the touch chip acknowledge nothing (event E10), or answer again."""
        self.rig.ask(f"silent {'on' if silent else 'off'}")

    def feel(self, celsius: int | None) -> None:
        """The temperature that the panel senses at its next load, 0 to 100 degrees; None: it senses the one before, and
        cannot be read."""
        if celsius is not None:
            self.rig.ask(f"sensor {celsius}")
        self.rig.ask(f"variant mute {int(celsius is None)}")

    # What the rig saw

    def planes(self) -> Planes:
        """The panel's RAM now."""
        answer = self.rig.ask("planes")
        size = int(answer.text)
        if len(answer.block) != _ERRORS.size + 2 * size:
            raise RigError(f"The rig sent {len(answer.block):,} bytes for planes of {size:,}.")
        counts = dict(zip(PANEL_ERRORS, _ERRORS.unpack_from(answer.block), strict=True))
        bw = answer.block[_ERRORS.size : _ERRORS.size + size]
        return Planes(bw, answer.block[_ERRORS.size + size :], counts)

    def log(self) -> list[Note]:
        """The last notes of the rig's log, at most 2,048."""
        return notes(self.rig.ask("log").block)

    def touch_registers(self) -> bytes:
        """Registers of the touch chip: all 256 of an FT6336U, or 1001h and the points of an ICNT86X."""
        block = self.rig.ask("touch").block
        return block[256:] if self._film.panel.touch.chip == "ICNT86X" else block[:256]

    # Debug port

    def connect(self, target: str, divider: int) -> None:
        """Connect to the pad's debug port. target: rp2040, rp2350. divider: of the 50 MHz of a block read; 0: all
        reads by hand. Raises RigError."""
        self.rig.ask(f"connect {target} {divider}")

    def disconnect(self) -> None:
        """Let the debug port's lines go."""
        self.rig.ask("connect none 0")

    def peek(self, address: int, size: int) -> bytes:
        """Memory of the connected pad, which goes on running. Raises RigError."""
        first, last = address & ~3, -(-(address + size) // 4) * 4
        block = self.rig.ask(f"read {first:#x} {last - first}", LONG_ANSWER_S).block
        return block[address - first : address - first + size]

    def connect_at(self, at_us: int, target: str, divider: int) -> None:
        """Connect again at a time of the rig's clock, as after a loss of power; the log says whether it answered."""
        self._at(at_us, f"connect {target} {divider}")

    def strike_at(self, at_us: int, address: int, word: int) -> None:
        """Write a word at a time of the rig's clock; the log says whether that was done."""
        self._at(at_us, f"write {address:#x} {word:#x}")

    def halt_at(self, at_us: int, at_most_us: int) -> None:
        """Stop the pad's core at a time of the rig's clock, until `resume` or for so long. Meanwhile the rig's BUSY and
        its queue stand still, as the pad's timer does. The debug port must be idle then. Raises RigError."""
        self._at(at_us, f"halt {at_most_us}")

    def await_halt(self, seconds: float) -> None:
        """Wait until the core has stopped. Raises RigError."""
        self._until("halt", 1, seconds, "the pad's core has not stopped")

    def resume(self) -> None:
        """Let the core go on. Raises RigError if it had gone on by itself: what was read is not of one moment."""
        stopped = self.rig.state()["halt"]
        self.rig.ask("resume")
        if not stopped:
            raise RigError("The pad's core went on while its memory was read.", hint="Use a shorter cable.")

    # Time

    def _begin(self) -> int:
        return self.rig.now_us() + LEAD_US

    def _at(self, at_us: int, line: str) -> None:
        self.rig.ask(f"at {at_us} {line}")

    def _until_us(self, at_us: int) -> None:
        self._wait(max(0, at_us - self.rig.now_us()) / 1e6)

    def _contact(self, name: str, at_us: int, closed: bool) -> None:
        """An even number of other levels after the first contact ends in the wanted one."""
        ends = ("open", "low")
        self._at(at_us, f"contact {name} {ends[closed]}")
        toggles = sorted(self._random.randrange(10, BOUNCE_US) for _ in range(2 * self._random.randint(1, 3)))
        for index, offset in enumerate(toggles):
            self._at(at_us + offset, f"contact {name} {ends[closed if index % 2 else not closed]}")

    def _until(self, name: str, value: int, seconds: float, what: str) -> None:
        waited = 0.0
        while self.rig.state()[name] != value:
            if waited > seconds:
                raise RigError(f"After {seconds:g} s {what}.", hint="Run `kesu rig check`.")
            self._wait(0.01)
            waited += 0.01
