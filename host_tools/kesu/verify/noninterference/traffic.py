"""traffic: the traffic of a busy host to both pads of a pair while the pen writes, and the answers."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from functools import partial

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.clock import NS_PER_US
from kesu.emulator.usb.messages import ControlTransfer, words

Answers = list[ControlTransfer]
"""Requests of the host, each with its answer once it has arrived."""
PACKETS = (b"T", b"M", b"zz", b"m", b"H", b"\0", b"T")
"""Bytes sent: signs on and off, bytes without meaning; none ends a note."""
MEANINGLESS = b"z"
"""A byte that the pad counts and ignores (docs/architecture.md, the call line)."""
POLL_US = 1_000
"""Time after which the host looks whether it can send and ask again; a tick of the pad is eight times as long."""
LINE_CODING_BYTES = 7


def get_line_coding(interface: int) -> bytes:
    """The request of PSTN 1.2 section 6.3.11; the pad's answer does not depend on anything."""
    return bytes([0xA1, 0x21]) + words(0, interface, LINE_CODING_BYTES)


def talk(pad: VirtualPad, duration_ms: float) -> Answers:
    """Schedule PACKETS evenly over `duration_ms` from now, and keep both endpoints busy for that time: a packet is
    always waiting to be accepted and a request to be answered, so that a pad which is late once, or early, is seen.

    Returns the requests, to which answers are added as emulated time passes.
    """
    asked: Answers = []
    setup = get_line_coding(pad.host.configuration.control_interface)
    until_ms = pad.now_ms + duration_ms
    for index, packet in enumerate(PACKETS):
        pad.at(duration_ms * (index + 0.5) / len(PACKETS), partial(pad.host.write, packet))

    def keep_busy() -> None:
        if pad.now_ms >= until_ms:
            return
        if not pad.host.unheard:
            pad.host.write(MEANINGLESS)
        if not asked or asked[-1].done:
            asked.append(pad.host.control(setup))
        pad.clock.after(POLL_US * NS_PER_US, keep_busy)

    keep_busy()
    return asked


def heard(asked: Answers) -> bytes:
    """All answers, in order: their bytes, and whether they arrived."""
    return b"".join(bytes([answer.done, answer.stalled]) + bytes(answer.data) for answer in asked)
