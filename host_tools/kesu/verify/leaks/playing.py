"""playing: the scenes in which the probe looks for ink: each makes a trigger happen, and then the wipe."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.scenario import move_timer, settle
from kesu.emulator.usb.messages import words
from kesu.spec.call_line import LOCKED
from kesu.verify import notes
from kesu.verify.leaks.triggers import REST_MS
from kesu.verify.scenes.scenario import Policy

INKS = (("digits", 3, 4), ("kanji", 8, 7))
"""Kind, seed and strokes of the two notes that are compared: they differ in ink, number of points, and time."""
WIPED_MS = 3_200.0
TURNED_MS = 900.0
TAP_MS = 60.0
PAUSE_MS = 250.0
KEY_MS = 40.0
"""After the press of a key: the contact has chattered, and the event is about to come."""
RESTED_MS = 6_000.0
"""How long before the idle time the key is pressed: in the countdown."""


@dataclass(frozen=True)
class Playing:
    """A pad in a scene, which of the two inks it writes, and the policy of its image."""

    pad: VirtualPad
    ink: int
    policy: Policy


def write(scene: str, playing: Playing) -> None:
    """What the scene begins with, the note among it."""
    parts, parameter = _parts(scene)
    parts.write(playing, parameter)


def end(scene: str, playing: Playing) -> None:
    """Go on after the note, and cause the wipe's event; its edge is now."""
    parts, parameter = _parts(scene)
    parts.end(playing, parameter)


def begins_with_note(scene: str) -> bool:
    """Whether the note comes first: such scenes can go on from copies of one pad."""
    return _parts(scene)[0].write is _note


def afterwards(scene: str, playing: Playing, delay_ms: float) -> None:
    """Schedule what the host or the pen does after the event, `delay_ms` from now."""
    pad = playing.pad
    if scene.startswith("asked after"):
        pad.at(delay_ms, lambda: _ask(pad, scene.rsplit(" ", 1)[1]))


def _ink(playing: Playing, strokes: int | None = None) -> None:
    kind, seed, count = INKS[playing.ink]
    written = notes.note(kind, seed, strokes or count)  # type: ignore[arg-type]  # a Kind
    playing.pad.run_for(notes.play(playing.pad, written) + 20.0)
    settle(playing.pad)


def _note(playing: Playing, _: str) -> None:
    _ink(playing)


def _end(playing: Playing, _: str = "") -> None:
    playing.pad.host.set_dtr(False)


def _nth(playing: Playing, number: str) -> None:
    for _number in range(int(number) - 1):
        _ink(playing, 1)
        playing.pad.host.write(LOCKED)
        playing.pad.run_for(WIPED_MS)
    _ink(playing)


def _tap_at(playing: Playing, place: str) -> None:
    x, y = (float(part) for part in place.split()[1:])
    _tap(playing.pad, x + 6 + 5 * playing.ink, y + 6 + 4 * playing.ink)
    settle(playing.pad)
    _end(playing)


def _pause(playing: Playing, _: str) -> None:
    _ink(playing, 1)
    playing.pad.run_for(1_000.0 + REST_MS)
    _ink(playing)


def _key(playing: Playing, name: str) -> None:
    playing.pad.keys[name].tap()
    playing.pad.run_for(KEY_MS)


def _coding(playing: Playing, rate: str) -> None:
    pad = playing.pad
    interface = pad.host.configuration.control_interface
    pad.host.control(
        bytes([0x21, 0x20]) + words(0, interface, 7), int(rate).to_bytes(4, "little") + bytes((0, 0, 8))
    )
    pad.run_for(PAUSE_MS)
    _ink(playing)


def _long(playing: Playing, _: str) -> None:
    written = notes.note("full page", 5 + playing.ink)
    for _number in range(2):
        playing.pad.run_for(notes.play(playing.pad, written) + 20.0)
    settle(playing.pad)


def _page(playing: Playing, _: str) -> None:
    for _number in range(2):
        _ink(playing, 1)
        playing.pad.keys["MODE"].tap(1_000.0)
        playing.pad.run_for(1_000.0 + TURNED_MS)
    _ink(playing)


def _undo(playing: Playing, _: str) -> None:
    pad = playing.pad
    _tap(pad, 12.0 if not playing.policy.undo_right else pad.glass.width - 12.0, pad.glass.height - 12.0)
    settle(pad)
    _end(playing)


def _ring(playing: Playing, _: str) -> None:
    pad = playing.pad
    pad.keys["MODE"].tap(80.0)
    pad.run_for(TURNED_MS)
    across, down, reach = 0.5 * pad.glass.width, 0.45 * pad.glass.height, 0.25 * pad.glass.height
    turns = [2 * pi * step / 60 for step in range(64)]
    circle = [(across + reach * cos(turn) + 5 * playing.ink, down + reach * sin(turn)) for turn in turns]
    pad.pen.stroke(circle, 0.0, 1_200.0)
    pad.run_for(1_500.0)
    settle(pad)
    _end(playing)


def _corner(playing: Playing, _: str) -> None:
    _tap(playing.pad, 3.0 + 4 * playing.ink, 6.0 + 3 * playing.ink)
    settle(playing.pad)
    _end(playing)


def _taps(playing: Playing, _: str) -> None:
    for _number in range(3):
        _tap(playing.pad, 4.0 + 7 * playing.ink, 6.0 + 4 * playing.ink)
    _ink(playing)


def _countdown(playing: Playing, _: str) -> None:
    pad = playing.pad
    move_timer(pad, float(int(playing.policy.idle_ms - RESTED_MS - 3_000.0)))
    pad.run_for(3_000.0)
    pad.keys["WIPE"].tap()


def _asked_before(playing: Playing, request: str) -> None:
    _ask(playing.pad, request)
    playing.pad.run_for(PAUSE_MS)
    _ink(playing)


def _packet(playing: Playing, parameter: str) -> None:
    playing.pad.host.write(parameter.encode())
    _ink(playing)


def _pen_stays(playing: Playing, _: str) -> None:
    pad = playing.pad
    pad.touch.finger(120.0, 60.0)
    pad.run_for(TAP_MS)
    pad.at(1_400.0, pad.touch.lift)
    _end(playing)


def _tap(pad: VirtualPad, x: float, y: float) -> None:
    pad.touch.finger(x, y)
    pad.run_for(TAP_MS)
    pad.touch.lift()
    pad.run_for(PAUSE_MS)


def _ask(pad: VirtualPad, request: str) -> None:
    """request: bmRequestType, bRequest, wValue, wIndex, wLength in hex digits; class requests go to the interface."""
    kind, number, value, index, length = (
        int(request[first:last], 16) for first, last in ((0, 2), (2, 4), (4, 8), (8, 12), (12, 16))
    )
    if kind & 0x60:
        index = pad.host.configuration.control_interface
    pad.host.control(bytes([kind, number]) + words(value, index, length))


@dataclass(frozen=True)
class _Parts:
    """What a scene does up to the end of the note, and from there to the event; both get the scene's parameter."""

    write: Callable[[Playing, str], None] = _note
    end: Callable[[Playing, str], None] = _end


_SCENES = {
    "note": _Parts(),
    "long note": _Parts(write=_long),
    "third page": _Parts(write=_page),
    "undo": _Parts(end=_undo),
    "ring": _Parts(end=_ring),
    "corner": _Parts(end=_corner),
    "three taps": _Parts(write=_taps),
    "countdown": _Parts(end=_countdown),
    "pause": _Parts(write=_pause),
    "pen in the wipe": _Parts(end=_pen_stays),
}
_WITH_PARAMETER = {
    "note": _Parts(write=_nth),
    "tap": _Parts(end=_tap_at),
    "key": _Parts(end=_key),
    "coding": _Parts(write=_coding),
    "asked before": _Parts(write=_asked_before),
    "asked after": _Parts(),
    "packet": _Parts(write=_packet),
}


def _parts(scene: str) -> tuple[_Parts, str]:
    """The parts of a scene, and its parameter."""
    if scene in _SCENES:
        return _SCENES[scene], ""
    name = next(name for name in _WITH_PARAMETER if scene.startswith(f"{name} "))
    return _WITH_PARAMETER[name], scene.removeprefix(f"{name} ")
