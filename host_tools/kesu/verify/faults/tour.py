"""tour: all functions of a pad in one run, so that as many statements of the firmware as possible run once."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.scenario import ready, restore_touch
from kesu.verify import notes
from kesu.verify.faults import moves, tour_breaks
from kesu.verify.faults.moves import corner, line
from kesu.verify.scenes import deadlines
from kesu.verify.scenes.scenario import Written
from kesu.verify.search.measure import PointLog

UNDO = (12.0, 12.0)
"""Distance of the middle of the undo field from its corner of the page."""
STRAY_PX = 200.0


def _nothing(_: VirtualPad) -> None:
    """The scene breaks no part."""


@dataclass(frozen=True)
class Scene:
    """One scene of the tour. It begins with the note on the pad if `noted`, otherwise blank and READY.

    repair: repairs the part that the scene breaks; the next boot needs it.
    """

    name: str
    play: Callable[[Written], None]
    noted: bool = True
    repair: Callable[[VirtualPad], None] = _nothing

    @property
    def breaks_a_part(self) -> bool:
        """Whether the scene breaks a part, so that the glass may be cleared by the next boot only."""
        return self.repair is not _nothing


def _write(written: Written) -> None:
    line(written.pad, corner(written.pad))
    written.pad.run_for(900.0)


def _undo(written: Written) -> None:
    pad = written.pad
    across = pad.glass.width - UNDO[0] if written.policy.undo_right else UNDO[0]
    field = (across, pad.glass.height - UNDO[1])
    line(pad, [field] * 4)
    line(pad, [field] * 2)
    pad.run_for(900.0)


def _erase(written: Written) -> None:
    pad = written.pad
    pad.keys["MODE"].tap()
    pad.run_for(300.0)
    x, y = 0.8 * pad.glass.width, 0.15 * pad.glass.height
    ring = [(x + dx, y + dy) for dx, dy in ((0, 0), (30, 0), (60, 0), (60, 25), (60, 40), (30, 40), (0, 40))]
    line(pad, [*ring, (x, y + 20), (x, y + 2)])
    pad.run_for(900.0)
    line(pad, ring, 8.0)  # the next stroke follows at once: its beginning closes the path before it
    line(pad, [(x + number % 5, y + 60.0) for number in range(110)])
    pad.run_for(900.0)
    pad.keys["MODE"].tap()
    pad.run_for(900.0)


def _stray(written: Written) -> None:
    """One point far away, from which the pen continues."""
    pad = written.pad
    near = corner(pad, 3)
    far = [(x - STRAY_PX, y) for x, y in near]
    line(pad, [near[0], far[0], near[1], far[0], far[1], far[2]])
    line(pad, [near[0], near[1], (pad.glass.width + 40.0, near[0][1])])
    pad.run_for(900.0)


def _pages(written: Written) -> None:
    pad = written.pad
    for _ in range(3):
        pad.keys["MODE"].tap(hold_ms=900.0)
        pad.run_for(1_500.0)


def _say(written: Written) -> None:
    """Signs, bytes without meaning, requests of a PC that opens a port, and requests that no PC makes."""
    pad = written.pad
    pad.host.write(b"MHzTm")
    pad.run_for(900.0)
    requests = (
        (b"\xa1\x21\x00\x00\x00\x00\x07\x00", b""),
        (b"\x21\x20\x00\x00\x00\x00\x07\x00", b"\x80\x25\x00\x00\x00\x00\x08"),
        (b"\xa1\x01\x00\x00\x00\x00\x01\x00", b""),
        (b"\x22\x09\x00\x00\x02\x00\x00\x00", b""),
        *((bytes([0x80, 0x06, index, 0x03, 0x09, 0x04, 0xFF, 0x00]), b"") for index in range(4)),
    )
    for setup, data in requests:
        transfer = pad.host.control(setup, data)
        with suppress(EmulationTimeout):
            pad.run_until(lambda transfer=transfer: transfer.done, 20.0)  # type: ignore[misc]  # a lambda with a default
    pad.host.send_break()
    pad.run_for(50.0)


def _clean(written: Written) -> None:
    """Much ink, then no input: the note is redrawn, and later the panel's boosters are switched off."""
    pad = written.pad
    for seed in range(3):
        pad.run_for(notes.play(pad, notes.note("full page", seed)))
    pad.run_for(30_000.0)
    _write(written)


def _idle(written: Written) -> None:
    """A touch during the countdown keeps the note; then there is no more input."""
    pad, policy = written.pad, written.policy
    pad.run_for(policy.idle_ms - 5_000.0)
    _write(written)
    pad.run_for(policy.idle_ms + 500.0)
    ready(pad)


def _old(written: Written) -> None:
    """The operator keeps writing until the maximum age, and touches the page in each countdown to it."""
    _until(written, deadlines.to_extended_age)


def _old_call(written: Written) -> None:
    """A call in which the pen rests until the maximum age."""
    _until(written, deadlines.to_call_age)


def _until(written: Written, deadline: Callable[[Written], float]) -> None:
    """A new note, until its deadline."""
    pad = written.pad
    pad.keys["WIPE"].tap()
    pad.run_for(2_500.0)
    log = PointLog(pad)
    moves.note_again(written)
    left_ms = deadline(replace(written, log=log))
    pad.run_for(left_ms + 500.0)
    ready(pad)


def _away(written: Written) -> None:
    pad = written.pad
    pad.keys["AWAY"].tap()
    pad.run_for(3_000.0)
    pad.keys["AWAY"].tap()
    pad.run_for(400.0)
    pad.host.write(b"A")
    pad.run_for(3_000.0)
    pad.host.write(b"E")
    pad.run_for(3_000.0)


def _payment(written: Written) -> None:
    pad = written.pad
    pad.host.write(b"P")
    pad.run_for(3_000.0)
    pad.host.write(b"p")
    pad.run_for(3_000.0)


def _hang_up(written: Written) -> None:
    pad = written.pad
    pad.hook.press()
    pad.run_for(100.0)
    pad.hook.release()
    pad.run_for(3_000.0)


def _wrap_up_over(written: Written) -> None:
    """After-call work until the end of its time."""
    left_ms = deadlines.to_end_of_after_call_work(written)
    written.pad.host.write(b"W")
    written.pad.run_for(left_ms + 3_000.0)


def _wrap_up(written: Written) -> None:
    written.pad.host.write(b"W")
    written.pad.run_for(2_000.0)
    written.pad.host.write(b"KE")
    written.pad.run_for(3_000.0)


def _wrap_up_blank(written: Written) -> None:
    pad = written.pad
    pad.host.write(b"W")
    pad.run_for(3_000.0)
    pad.host.write(b"R")
    pad.run_for(3_000.0)


def _wipe_key(written: Written) -> None:
    written.pad.keys["WIPE"].tap(hold_ms=300.0)
    written.pad.run_for(400.0)
    written.pad.keys["WIPE"].tap(hold_ms=2_500.0)
    written.pad.run_for(5_500.0)


def _ring(written: Written) -> None:
    """The next call, in the middle of a stroke that is being refreshed."""
    pad = written.pad
    line(pad, corner(pad))
    pad.host.write(b"R")
    pad.run_for(3_000.0)


def _port_closed(written: Written) -> None:
    pad = written.pad
    pad.host.set_dtr(False)
    pad.run_for(3_000.0)
    pad.host.set_dtr(True)
    pad.run_for(20.0)


def _sleep(written: Written) -> None:
    pad = written.pad
    pad.host.suspend()
    pad.run_for(3_000.0)
    pad.host.resume()
    pad.run_for(20.0)


def _bus_reset(written: Written) -> None:
    pad = written.pad
    pad.host.bus_reset()
    pad.run_for(3_000.0)
    ready(pad)


def _unplugged(written: Written) -> None:
    """Unplugged, on the hold-up capacitor, and plugged in again before it is empty."""
    pad = written.pad
    pad.unplug(30.0)
    pad.run_for(2_800.0)
    pad.replug()
    ready(pad)


def _many_samples(written: Written) -> None:
    """Touch reports arrive while a whole page is sent to the panel: more than the loop reads at once."""
    pad = written.pad
    for step in range(70):
        pad.at(0.8 * step, lambda step=step: pad.touch.on_int and pad.touch.on_int(step % 2 == 0))  # type: ignore[misc]  # a lambda with a default
    pad.run_for(300.0)


SCENES = (
    Scene("writing", _write),
    Scene("undo", _undo),
    Scene("eraser", _erase),
    Scene("stray points", _stray),
    Scene("pages", _pages),
    Scene("the host talks", _say),
    Scene("ring", _ring),
    Scene("much ink, and rest", _clean),
    Scene("idle", _idle),
    Scene("maximum age", _old),
    Scene("maximum age in a call", _old_call),
    Scene("AWAY", _away),
    Scene("payment", _payment),
    Scene("hanging up", _hang_up),
    Scene("wrap-up", _wrap_up),
    Scene("wrap-up to its end", _wrap_up_over),
    Scene("wrap-up without a note", _wrap_up_blank, noted=False),
    Scene("WIPE", _wipe_key),
    Scene("port closed", _port_closed),
    Scene("PC asleep", _sleep),
    Scene("bus reset", _bus_reset),
    Scene("unplugged", _unplugged),
    Scene("INT storm", _many_samples),
    Scene("no waveform", tour_breaks.too_hot, repair=tour_breaks.room_temperature),
    Scene("BUSY stuck", tour_breaks.stuck, repair=tour_breaks.busy_follows),
    Scene("touch chip silent", tour_breaks.deaf, repair=restore_touch),
    Scene("power cut", tour_breaks.power_cut),
)
