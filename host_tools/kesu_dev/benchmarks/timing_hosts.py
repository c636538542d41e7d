"""timing_hosts: hosts that only measure when the pad accepts a packet, answers, or notifies.

Their clock is the emulator's, without error, and a host retries at once after a NAK: the best possible attacker
on the PC's side of the cable. A real one has a coarser view (a full-speed frame has 1 ms, a microframe of a
high-speed hub 125 us).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, field

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.clock import NS_PER_US
from kesu.verify.noninterference.traffic import LINE_CODING_BYTES, MEANINGLESS, get_line_coding

BULK, CONTROL, BOTH, NOTIFICATIONS = "bulk", "control", "both", "notifications"
CHANNELS = (BULK, CONTROL, BOTH, NOTIFICATIONS)
"""What an attacker measures. BOTH: packets and answers at once; NOTIFICATIONS: what the pad sends unrequested to
a silent host."""


@dataclass
class Heard:
    """Times of the emulator's clock in ns, by kind of event."""

    packets_ns: list[int] = field(default_factory=list)
    answers_ns: list[int] = field(default_factory=list)

    def series(self, channel: str, pad: VirtualPad) -> list[list[int]]:
        """The times of a channel."""
        return {
            BULK: [self.packets_ns],
            CONTROL: [self.answers_ns],
            BOTH: [self.packets_ns, self.answers_ns],
            NOTIFICATIONS: [[message.time_ns for message in pad.host.notifications]],
        }[channel]


def listen(pad: VirtualPad, channel: str, pause_us: float, size: int = 1, poll_us: float = 0.0) -> Heard:
    """Start the host of this channel. pause_us: from an answer to the next request. size: bytes of a packet; one
    byte gives the shortest turn of the pad's loop. poll_us: from a packet to the next; 0 is at once."""
    heard = Heard(pad.host.taken_ns)
    if channel in (BULK, BOTH):
        _keep_bulk_out_busy(pad, MEANINGLESS * size, round(poll_us * NS_PER_US))
    if channel in (CONTROL, BOTH):
        _ask_for_ever(pad, heard.answers_ns, round(pause_us * NS_PER_US))
    return heard


def _keep_bulk_out_busy(pad: VirtualPad, packet: bytes, poll_ns: int) -> None:
    """Keep one packet pending, at once or after a pause: the pad accepts it as soon as it arms its buffer."""
    endpoint = pad.host.configuration.bulk_out
    inner = pad.wiring.usb.on_endpoint_read
    assert inner is not None, "the virtual host listens already"

    def listens(number: int, size: int) -> None:
        inner(number, size)
        if number == endpoint and not poll_ns:
            pad.host.write(packet)

    def offer() -> None:
        """The host accepts a packet for its queue when the last one has left."""
        if not pad.host.unheard:
            pad.host.write(packet)
        pad.clock.after(poll_ns, offer)

    pad.wiring.usb.on_endpoint_read = listens
    # The buffer that is already armed accepts the first packet; the second waits for the next buffer.
    pad.host.write(packet)
    pad.host.write(packet)
    if poll_ns:
        pad.clock.after(poll_ns, offer)


def _ask_for_ever(pad: VirtualPad, answered_ns: list[int], pause_ns: int) -> None:
    """GET_LINE_CODING repeatedly: its answer never changes, its time may."""
    setup = get_line_coding(pad.host.configuration.control_interface)
    inner = pad.wiring.usb.on_endpoint_write
    assert inner is not None, "the virtual host listens already"

    def ask() -> None:
        pad.host.control(setup)

    def sent(number: int, data: bytes | bytearray) -> None:
        inner(number, data)
        if number == 0 and len(data) == LINE_CODING_BYTES:
            answered_ns.append(pad.clock.now_ns)
            pad.clock.after(pause_ns, ask)

    pad.wiring.usb.on_endpoint_write = sent
    ask()
