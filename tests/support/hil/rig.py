"""rig: a real pad with a test rig around it, which does what a person would. Panel and touch chip are simulated."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import time
from collections.abc import Callable

from kesu.emulator.scenario import PEN_SPEED, SETTLED_MS
from kesu.emulator.touch.pen import Stroke
from kesu.verify import notes
from kesu_dev.rig.actions import Actions
from kesu_dev.rig.link import Rig
from kesu_dev.rig.protocol import RigError
from kesu_dev.rig.serial_port import SerialPort

from hil.bench import Feature, Identity, Key, Memories, Missing
from hil.hands import Hands
from hil.pads import Pad
from hil.usb import UsbBench

RIG_FEATURES: frozenset[Feature] = frozenset(("pen", "keys", "power", "bootsel", "swd"))
"""All but the camera: there is no glass."""
SWD_DIVIDER = 5
"""Of a block read: 10 MHz."""
STROKES = 3


def note_strokes(number: int, seed: int) -> list[Stroke]:
    """The strokes of a short note, a different one for each number."""
    written = notes.note(notes.KINDS[number % 3], seed + number)
    return list(written.only(list(range(STROKES))).paths)


class RigHands(Hands):
    """What `Hands` does by commands or a person, by the rig. Raises Missing."""

    def __init__(self, pad: Pad, actions: Actions) -> None:
        super().__init__(pad)
        self._actions = actions
        self._notes = 0

    def do(self, name: str, what: str, **values: str) -> None:
        """Let the rig do it. Raises Missing."""
        done: dict[str, Callable[[], None]] = {
            "write_note": self._write,
            "tap": lambda: self._actions.tap(values["key"]),
            "unplug": self._actions.power_off,
            "plug_in": self._actions.power_on,
            "bootsel": self._actions.into_boot_rom,
        }
        if name not in done:
            super().do(name, what, **values)
            return
        try:
            done[name]()
        except RigError as error:
            raise Missing(f"the rig cannot {what}: {error}") from error

    def _write(self) -> None:
        self._notes += 1
        self._actions.write(note_strokes(self._notes, 1), PEN_SPEED)
        time.sleep(SETTLED_MS / 1_000)


class RigBench(UsbBench):
    """A pad of pads.toml whose `rig` names the port of its rig. Raises RigError."""

    def __init__(self, pad: Pad) -> None:
        self.actions = Actions(Rig(SerialPort(pad.rig)), time.sleep, pad.panel)
        self._target = "rp2350" if pad.image.name.split("-")[1] == "pico2" else "rp2040"
        self._probing = False
        super().__init__(pad, RigHands(pad, self.actions))
        self.features = RIG_FEATURES
        self.actions.power_on()

    def identity(self) -> Identity:
        """The pad, with the rig's version."""
        who = super().identity()
        return Identity(f"rig {self.actions.rig.version}", who.serial, who.image, who.image_sha256, who.panel)

    def tap(self, key: Key) -> None:
        """By the rig."""
        self._hands.do("tap", f"press the {key} key", key=key)

    def read_memories(self) -> Memories:
        """The debug port is let go first: it would keep the chip awake in its reset."""
        self._let_go()
        return super().read_memories()

    def unplug(self) -> None:
        """Remove power."""
        self._let_go()
        super().unplug()

    def peek(self, address: int, size: int) -> bytes:
        """By SWD, while the pad runs."""
        if not self._probing:
            self.actions.connect(self._target, SWD_DIVIDER)
            self._probing = True
        return self.actions.peek(address, size)

    def close(self) -> None:
        """Close the line, which wipes the pad, and the rig's port."""
        self._let_go()
        super().close()
        self.actions.rig.close()

    def _let_go(self) -> None:
        if self._probing:
            self.actions.disconnect()
            self._probing = False
