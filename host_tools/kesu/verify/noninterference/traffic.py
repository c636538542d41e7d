"""traffic: the host's traffic to both pads of a pair while the pen writes, and the answers."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from functools import partial

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.usb.messages import ControlTransfer, words

Answers = list[ControlTransfer]
"""Requests of the host, each with its answer once it has arrived."""
PACKETS = (b"T", b"M", b"zz", b"m", b"H", b"\0", b"T")
"""Bytes sent: signs on and off, bytes without meaning; none ends a note."""
NEXT_PACKET_MS = 0.5
"""Delay of a second packet after each packet: the time at which the pad accepts it shows when it was ready again."""
ASKED_EVERY_MS = 170.0
LINE_CODING_BYTES = 7


def get_line_coding(interface: int) -> bytes:
    """The request of PSTN 1.2 section 6.3.11; the pad's answer does not depend on anything."""
    return bytes([0xA1, 0x21]) + words(0, interface, LINE_CODING_BYTES)


def talk(pad: VirtualPad, duration_ms: float) -> Answers:
    """Schedule PACKETS evenly over `duration_ms` from now, and a request every ASKED_EVERY_MS.

    Returns the requests, to which answers are added as emulated time passes.
    """
    asked: Answers = []
    setup = get_line_coding(pad.host.configuration.control_interface)
    for index, packet in enumerate(PACKETS):
        said_ms = duration_ms * (index + 0.5) / len(PACKETS)
        pad.at(said_ms, partial(pad.host.write, packet))
        pad.at(said_ms + NEXT_PACKET_MS, partial(pad.host.write, b"z"))
    for index in range(1, int(duration_ms / ASKED_EVERY_MS) + 1):
        pad.at(index * ASKED_EVERY_MS, lambda: asked.append(pad.host.control(setup)))
    return asked


def heard(asked: Answers) -> bytes:
    """All answers, in order: their bytes, and whether they arrived."""
    return b"".join(bytes([answer.done, answer.stalled]) + bytes(answer.data) for answer in asked)
