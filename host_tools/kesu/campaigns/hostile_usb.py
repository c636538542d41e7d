"""hostile_usb: a host that sends anything at any time: control requests, data, resets, suspends.

Compared pairwise: the same requests to a pad with a note and to one without must get the same replies,
because a reply that depends on ink would carry it. What may differ is what the pad may tell: the three
modem bits.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import partial

from kesu.campaigns.trial import Task, Trial, left_in_memory, wait_gone
from kesu.verify.scenes.scenario import Written
from kesu.virtual.fork import fork_run
from kesu.virtual.pad import EmulationTimeout, VirtualPad

CAMPAIGN = "USB"
ANSWER_MS = 20.0
"""A device has 5 s for a request (USB 2.0 section 9.2.6.4); the pad's loop takes milliseconds."""
WIPE_MS = 2_500.0
STRUCTURED = (
    # bmRequestType, bRequest: standard, class and vendor requests that exist, in either direction
    (0x80, 0x06), (0x80, 0x00), (0x81, 0x00), (0x82, 0x00), (0x80, 0x08), (0x81, 0x0A),
    (0x00, 0x09), (0x01, 0x0B), (0x00, 0x03), (0x00, 0x01), (0x02, 0x01), (0x02, 0x03),
    (0x21, 0x20), (0xA1, 0x21), (0x21, 0x22), (0x21, 0x23), (0x21, 0x00), (0xA1, 0x01),
    (0xC0, 0x51), (0xC1, 0x01), (0x40, 0x01), (0x41, 0x02),
)  # fmt: skip
ENDS = frozenset({(0x00, 0x05), (0x00, 0x07)})
"""SET_ADDRESS moves the pad out of this host's reach, and SET_DESCRIPTOR is not a device's."""


@dataclass
class Replies:
    """What a pad answered: for each request whether it stalled, and the bytes of an IN transfer."""

    stalled: list[bool] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    hung: int = 0
    bulk_in: int = 0
    resets: int = 0
    enumerated: bool = True


def requests(seed: int, count: int) -> list[tuple[bytes, bytes]]:
    """Setup packets and their data: half of them random, half of them near to real ones. The call line's own
    state is left alone (SET_CONTROL_LINE_STATE keeps DTR), since that ends a note by design."""
    chosen = random.Random(seed)
    made: list[tuple[bytes, bytes]] = []
    while len(made) < count:
        if chosen.random() < 0.5:
            kind, request = chosen.choice(STRUCTURED)
            value = chosen.choice([0, 1, 0x0100, 0x0200, 0x0300, 0x0301, 0x0600, chosen.randrange(65_536)])
            index = chosen.choice([0, 1, 2, 0x81, 0x82, 0x02, chosen.randrange(65_536)])
            length = chosen.choice([0, 1, 2, 7, 8, 18, 64, 255, chosen.randrange(512)])
        else:
            kind, request = chosen.randrange(256), chosen.randrange(256)
            value, index = chosen.randrange(65_536), chosen.randrange(65_536)
            length = chosen.choice([0, chosen.randrange(16), chosen.randrange(512)])
        if (kind, request) in ENDS or (kind, request) == (0x00, 0x09):
            continue
        if (kind, request) == (0x21, 0x22):
            value |= 1  # DTR stays
        setup = bytes([kind, request]) + b"".join(
            number.to_bytes(2, "little") for number in (value, index, length)
        )
        made.append((setup, b"" if kind & 0x80 else chosen.randbytes(length)))
    return made


def send(pad: VirtualPad, sent: list[tuple[bytes, bytes]], seed: int) -> Replies:
    """Send all; also data on bulk OUT that is no word of the call line, now and then."""
    chosen = random.Random(seed + 1)
    replies = Replies()
    for setup, data in sent:
        transfer = pad.host.control(setup, data)
        if chosen.random() < 0.1:
            pad.host.write(
                bytes(chosen.choice(b"xyz\x00\x1b\x7f\xff0") for _ in range(chosen.randrange(1, 64)))
            )
        try:
            pad.run_until(partial(getattr, transfer, "done"), ANSWER_MS, 0.25)
        except EmulationTimeout:
            replies.hung += 1
            if replies.hung > 3:
                break
        replies.stalled.append(transfer.stalled)
        replies.data.append(bytes(transfer.data))
    pad.run_for(20.0)
    replies.bulk_in = pad.host.bulk_in_bytes
    replies.resets = pad.emulator.watchdog_resets
    replies.enumerated = pad.host.enumerated
    return replies


def pair_tasks(blank: VirtualPad, seed: int, count: int, each: int = 500) -> list[Task]:
    """`count` requests in all, in runs of `each`, to a written and to a blank pad."""
    found = []
    for number in range(-(-count // each)):
        name = f"requests {number * each + 1} to {(number + 1) * each}"
        run = partial(_pair, blank=blank, name=name, seed=seed + number, count=each)
        found.append(Task(CAMPAIGN, name, seed + number, run))
    return found


def _pair(written: Written, blank: VirtualPad, name: str, seed: int, count: int) -> Trial:
    sent = requests(seed, count)
    other = fork_run(blank, lambda pad: send(pad, sent, seed))
    pad = written.pad
    mine = send(pad, sent, seed)
    reason = differing(mine, other)
    if not reason and left_in_memory(written) == 0:
        reason = "requests that mean nothing ended the note"
    pad.host.write(b"E")
    gone = wait_gone(written, WIPE_MS)
    if gone is None:
        reason = reason or "a wipe no longer works"
    answered = sum(not stalled for stalled in mine.stalled)
    return Trial(CAMPAIGN, name, seed, f"{answered} of {len(mine.stalled)} taken", gone, "blank", reason)


def differing(mine: Replies, other: Replies) -> str:
    """What is wrong with the replies of two pads that should have answered alike; empty if nothing is."""
    if mine.hung or other.hung:
        return f"{mine.hung + other.hung} requests got no answer"
    if not mine.enumerated or mine.resets != other.resets:
        return "the pad restarted"
    if mine.bulk_in or other.bulk_in:
        return f"{mine.bulk_in + other.bulk_in} bytes came on bulk IN"
    ours = zip(mine.stalled, mine.data, strict=True)
    answers = zip(ours, zip(other.stalled, other.data, strict=True), strict=True)
    places = [at for at, (one, two) in enumerate(answers) if one != two]
    return f"the reply to request {places[0]} depends on the note" if places else ""


def storm_tasks(seed: int) -> list[Task]:
    """Bus resets and suspends at every step of a wipe, and many in a row."""
    found = []
    for at_ms in (0.5, 5.0, 15.0, 41.0, 120.0, 395.0, 430.0, 900.0, 1_700.0):
        for what in ("bus reset", "suspend and resume"):
            name = f"{what} {at_ms:g} ms into a wipe"
            run = partial(_at_step, name=name, what=what, at_ms=at_ms, seed=seed)
            found.append(Task(CAMPAIGN, name, seed, run))
    found.append(Task(CAMPAIGN, "fifty bus resets in a row", seed, partial(_resets, seed=seed)))
    return found


def _at_step(written: Written, name: str, what: str, at_ms: float, seed: int) -> Trial:
    pad = written.pad
    pad.host.write(b"E")
    pad.run_for(at_ms)
    if what == "bus reset":
        pad.host.bus_reset()
    else:
        pad.host.suspend()
        pad.at(60.0, pad.host.resume)
    gone = wait_gone(written, WIPE_MS)
    pad.run_for(2_000.0)
    reason = "" if gone is not None else "the note was not gone"
    if not reason and not pad.host.enumerated:
        reason = "the pad is not on the bus any more"
    return Trial(CAMPAIGN, name, seed, "bus event", gone, "blank", reason)


def _resets(written: Written, seed: int) -> Trial:
    pad = written.pad
    for _ in range(50):
        if pad.host.enumerated:
            pad.host.bus_reset()
        pad.run_for(30.0)
    gone = wait_gone(written, WIPE_MS)
    pad.run_for(1_000.0)
    reason = "" if gone is not None else "the note was not gone"
    if not reason and not pad.host.enumerated:
        reason = "the pad is not on the bus any more"
    return Trial(CAMPAIGN, "fifty bus resets in a row", seed, "line lost", gone, "blank", reason)
