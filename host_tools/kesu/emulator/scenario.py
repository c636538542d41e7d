"""scenario: what every run does with a pad: start it on a PC, wait for READY, write, let the ink settle, restart it.

Emulated time. The caller decides what a timeout means: EmulationTimeout is raised as it is, except by `boot_pad`.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.core.clock import NS_PER_MS, NS_PER_US
from kesu.emulator.core.stopped import PadStopped
from kesu.emulator.touch.pen import Stroke

READY_WITHIN_MS = 6_000.0
"""Longest wait for enumeration, and then for READY: a pad that boots is READY after 1.9 to 5 s, by panel."""
SETTLED_MS = 900.0
"""Time after the last stroke in which all ink gets onto the glass: two partial refreshes of 358 ms. For runs of equal
timing; `settle` waits only as long as the panel needs."""
PEN_SPEED = 260.0
"""Pixels per second: 55 mm/s on the 4.2" glass (0.212 mm pitch), fast handwriting."""
TICKS_PERIOD_MS = 1 << 30
"""ticks_ms of the rp2 port counts modulo 2**30 (12.4 days)."""
COUNTS = 1 << 32
"""Values of an alarm, in us."""
_PROGRESS_MS = 100.0


class NotReady(KesuError):
    """The image did not reach READY, so nothing can be done with the pad."""


class Started(NamedTuple):
    """Emulated times of a start, ms: when the PC had enumerated the pad, and when the pad was READY."""

    enumerated_ms: float
    ready_ms: float


def boot_pad(
    uf2: Path,
    *,
    elf: Path | None = None,
    seed: int = 1,
    panel: str | None = None,
    line: bool = True,
    ticks_ms: float = 0.0,
    within_ms: float = READY_WITHIN_MS,
    fit: Callable[[VirtualPad], None] = lambda pad: None,
) -> VirtualPad:
    """A pad with that image, booted to READY on a PC. fit: changes its parts before the start. Other parameters: see
    `start`.

    Raises NotReady when it does not enumerate, never signals READY, or stops.
    """
    pad = VirtualPad(uf2, elf=elf, seed=seed, panel=panel)
    fit(pad)
    try:
        start(pad, line=line, ticks_ms=ticks_ms, within_ms=within_ms)
    except (EmulationTimeout, ValueError) as error:
        message = f"the image does not say READY on the call line within {within_ms / 1_000.0:.0f} s"
        raise NotReady(message, code=Exit.DATA) from error
    except PadStopped as error:
        raise NotReady(error.message, hint=error.hint, code=error.code) from error
    return pad


def start(
    pad: VirtualPad, *, line: bool = True, ticks_ms: float = 0.0, within_ms: float = READY_WITHIN_MS
) -> Started:
    """Power on a pad, attach it to a PC and wait for READY.

    line: the PC opens the port, so DTR is high. ticks_ms: start of the firmware's millisecond counter. within_ms:
    limit for the enumeration, and again for READY. Raises EmulationTimeout.
    """
    pad.power_on()
    if ticks_ms:
        move_timer(pad, ticks_ms)
    return ready(pad, line=line, within_ms=within_ms)


def ready(pad: VirtualPad, *, line: bool = True, within_ms: float = READY_WITHIN_MS) -> Started:
    """Wait until the pad is READY on a PC that holds DTR (`line`), starting it if it has no power. Raises
    EmulationTimeout."""
    if not pad.powered:
        pad.power_on()
    pad.host.attach()
    enumerated_ms = pad.run_until(lambda: pad.host.enumerated, within_ms)
    if line and not pad.host.dtr:
        pad.host.set_dtr(True)
    return Started(enumerated_ms, wait_ready(pad, within_ms))


def wait_ready(pad: VirtualPad, within_ms: float = READY_WITHIN_MS, step_ms: float = 1.0) -> float:
    """Wait until the pad signals READY (DSR), whatever it does now. Returns the emulated time, ms. Raises
    EmulationTimeout."""
    return pad.run_until(lambda: bool(pad.host.serial_state.dsr), within_ms, step_ms)


def plug_in(pad: VirtualPad) -> None:
    """Power on, with a PC at the other end of the cable."""
    pad.power_on()
    pad.host.attach()


def power_cycle(pad: VirtualPad, off_ms: float) -> None:
    """Cut the power without hold-up, and plug the pad in again."""
    pad.unplug()
    pad.run_for(off_ms)
    plug_in(pad)


def write(
    pad: VirtualPad,
    strokes: Sequence[Stroke],
    speed: float = PEN_SPEED,
    progress: Callable[[float], None] = lambda part: None,
) -> float:
    """Write with the pen robot and wait until all ink is on the glass. Returns the pen's time in ms.

    progress is called with the fraction of the pen's time that has passed.
    """
    total = pad.pen.write(list(strokes), speed)
    done = 0.0
    while done < total:
        step = min(_PROGRESS_MS, total - done)
        pad.run_for(step)
        done += step
        progress(done / total)
    pad.run_for(SETTLED_MS)
    return total


def settle(pad: VirtualPad) -> None:
    """Wait until the last ink is on the glass: BUSY low for 30 ms (a refresh takes 358)."""
    quiet = 0
    for _ in range(100):
        pad.run_for(10.0)
        quiet = 0 if pad.panel.busy else quiet + 1
        if quiet == 3:
            return


def silence_touch(pad: VirtualPad) -> None:
    """Let the touch chip acknowledge nothing on the bus, until `restore_touch`."""
    pad.touch.i2c_start = lambda address, read: False  # type: ignore[method-assign]


def restore_touch(pad: VirtualPad) -> None:
    """Let the touch chip answer again."""
    vars(pad.touch).pop("i2c_start", None)


def move_timer(pad: VirtualPad, ms: float) -> None:
    """Set the chip's timer forward, as if it had slept; emulated time does not change.

    Alarms of the time between fire at once, so that the firmware plans again from here. Otherwise it would wake
    when it had planned before, which is another moment on a pad that was busy for longer.
    """
    timer = pad.emulator.mcu.timer
    left_us = [(alarm.target_micros - int(timer._micros())) % COUNTS for alarm in timer.alarms]
    timer._epoch_nanos -= ms * NS_PER_MS
    for alarm, left in zip(timer.alarms, left_us, strict=True):
        if alarm.armed:
            alarm.clock_alarm.schedule(max(0, left * NS_PER_US - int(ms * NS_PER_MS)))
