"""usb_fuzz: a hostile PC: random bytes and control requests for the sealed image on the virtual pad.

    python tests/support/usb_fuzz.py --messages 3000 --seed 1

A note is on the pad at the start. After every run: the chip was not reset, no fault is shown, the pad sent only
the three modem bits, and a normal call on the same pad takes a note and ends wiped.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
import random
from collections import Counter
from functools import partial

from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.emulator.usb.messages import ControlTransfer
from kesu.images import toolchain
from kesu.verify.faults.hostile_usb import HARMLESS
from kesu.verify.scenes.usb_requests import request
from scenes import Written, ready_pad, what_is_left, write_note

STORM = 250
"""Messages of one run; each run begins on a fresh copy of the pad."""
KNOWN_BITS = 0b1011
SERIAL_STATE = 0x20
READY_MS = 8_000.0
UNHEARD_MS = 60_000.0
"""Limit for the bytes that wait in the host: the pad takes eight in 16 ms."""
TRANSFER_MS = 120.0


def storm(written: Written, seed: int, messages: int) -> Counter[str]:
    """Run hostile traffic on a written pad, then a call; return what was sent. The pad cannot be used afterwards.
    AssertionError on a failure."""
    pad, generator = written.pad, random.Random(seed)
    seen: Counter[str] = Counter()
    resets = pad.emulator.watchdog_resets, pad.host.resets
    for _ in range(messages):
        kind, asked = _message(pad, generator)
        seen[kind] += 1
        _rest(pad, asked)
        pad.run_for(generator.choice((0.05, 0.3, 2.0)))
    _settle(pad)
    assert (pad.emulator.watchdog_resets, pad.host.resets) == resets, "the pad was reset"
    assert pad.host.bulk_in_bytes == 0, "the pad has sent bytes"
    for notification in pad.host.notifications:
        assert notification.request == SERIAL_STATE
        assert not notification.payload[0] & ~KNOWN_BITS
        assert not any(notification.payload[1:])
    _sound_call(pad)
    left = what_is_left(written)
    assert not any(left["hits"].values()), left["where"]
    return seen


def _rest(pad: VirtualPad, asked: list[ControlTransfer]) -> None:
    """Let pending control transfers end and a frame pass. The pad may answer an inconsistent request with NAK
    until the PC gives up and sends another."""
    for transfer in asked:
        try:
            pad.run_until(partial(getattr, transfer, "done"), TRANSFER_MS, 0.2)
        except EmulationTimeout:
            pad.host.give_up(transfer)
    pad.run_for(1.0)


def _message(pad: VirtualPad, generator: random.Random) -> tuple[str, list[ControlTransfer]]:
    """Send one message: its kind, and the control transfers it consists of."""
    asked: list[ControlTransfer] = []
    kind = generator.choices(
        ("harmless bytes", "any bytes", "control", "line state", "coding", "break"), (4, 1, 5, 2, 2, 1)
    )[0]
    if kind == "harmless bytes":
        pad.host.write(bytes(generator.choices(HARMLESS, k=generator.choice((1, 5, 64, 300)))))
    elif kind == "any bytes":
        pad.host.write(generator.randbytes(generator.choice((1, 5, 64))))
    elif kind == "line state":
        pad.host.set_rts(generator.random() < 0.5)
    elif kind == "coding":
        length = generator.choice((0, 1, 6, 7, 8, 64))
        slow = (1200).to_bytes(4, "little").ljust(length, b"\0")[:length]
        data = generator.choice((generator.randbytes(length), slow))
        asked.append(pad.host.control(bytes([0x21, 0x20, 0, 0, 0, 0, length, 0]), data))
    elif kind == "break":
        asked.append(pad.host.send_break(generator.choice((0, 1, 0xFFFF))))
    else:
        asked.append(pad.host.control(*request(generator, harmless=True)))
    return kind, asked


def _settle(pad: VirtualPad) -> None:
    """Let queued transfers finish, and end any state that the bytes have caused."""
    pad.run_until(lambda: not pad.host.unheard, UNHEARD_MS)
    asked = pad.host.control(bytes([0xA1, 0x21, 0, 0, 0, 0, 7, 0]))
    pad.run_until(lambda: asked.done, READY_MS)
    assert len(asked.data) == 7, "the pad no longer answers a normal request"
    pad.host.set_dtr(True)
    pad.host.write(b"pE")
    pad.run_for(50.0)
    pad.run_until(lambda: pad.host.serial_state.dsr and not pad.host.serial_state.ri, READY_MS)


def _sound_call(pad: VirtualPad) -> None:
    pad.host.write(b"RT")
    pad.run_for(20.0)
    pad.touch.finger(150.0, 120.0)
    pad.run_for(60.0)
    pad.touch.lift()
    pad.run_until(lambda: pad.host.serial_state.dcd, READY_MS)
    pad.run_for(900.0)
    pad.host.write(b"E")
    pad.run_for(50.0)
    pad.run_until(lambda: pad.host.serial_state.dsr and not pad.host.serial_state.dcd, READY_MS)


def main() -> None:
    """Command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=3_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    written = write_note(ready_pad(toolchain.ensure("sealed")))
    seen: Counter[str] = Counter()
    for number in range(-(-chosen.messages // STORM)):
        seen += fork_run(written, partial(storm, seed=chosen.seed + number, messages=STORM), 600.0)
    for what, count in sorted(seen.items()):
        print(f"{count:8,}  {what}")


if __name__ == "__main__":
    main()
