"""invalid_policy: checks on a running pad that an invalid policy block makes the strictest pad, not a lax one."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tempfile
from pathlib import Path

from kesu.common.errors import KesuError
from kesu.common.uf2 import load
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.panel.panels import panel_of
from kesu.emulator.scenario import boot_pad, move_timer, settle
from kesu.images.policy.block import packed
from kesu.images.policy.stamp import with_block
from kesu.images.toolchain.request import BuiltImage
from kesu.spec.policy import SETTINGS, STRICTEST
from kesu.verify.outcome import Finding

RULE = "invalid policy"
LATE_S = 1.0
STEP_MS = 100.0


def lax_but_invalid() -> bytes:
    """A block that states the longest times, with one bit of its checksum flipped."""
    longest = {setting.name: setting.highest for setting in SETTINGS if setting.section == "timeouts"}
    block = packed(STRICTEST | longest)
    return block[:-1] + bytes([block[-1] ^ 1])


def finding(image: BuiltImage, seed: int) -> Finding:
    """Whether a copy of the image with such a block ends a note after the strictest idle time."""
    data = with_block(load(image.uf2), lax_but_invalid())
    with tempfile.TemporaryDirectory(prefix="kesu-invalid-policy-") as folder:
        uf2 = Path(folder) / image.uf2.name
        uf2.write_bytes(data)
        try:
            pad = boot_pad(uf2, elf=image.elf, seed=seed, panel=panel_of(image.uf2))
        except KesuError as error:
            return Finding(
                RULE, False, f"With an invalid policy block the pad does not start: {error.message}."
            )
        return judged(pad)


def judged(pad: VirtualPad) -> Finding:
    """Write a note and wait for its end."""
    idle_s = STRICTEST["timeouts.idle_s"]
    pad.run_for(pad.pen.write([[(80.0, 40.0), (160.0, 60.0)]], 300.0))
    written_ms = pad.now_ms
    settle(pad)
    if not pad.host.serial_state.dcd:
        return Finding(RULE, False, "With an invalid policy block the pad takes no note.")
    passed_ms = pad.now_ms - written_ms
    move_timer(pad, 1_000.0 * (idle_s - 2.0) - passed_ms)
    began_ms = pad.now_ms
    while pad.host.serial_state.dcd and pad.now_ms - began_ms < 1_000.0 * (2.0 + LATE_S):
        pad.run_for(STEP_MS)
    if pad.host.serial_state.dcd:
        return Finding(
            RULE, False, f"A pad with an invalid policy block keeps a note for more than {idle_s} s."
        )
    return Finding(
        RULE, True, f"A pad with an invalid policy block wipes a note after {idle_s} s without the pen."
    )
