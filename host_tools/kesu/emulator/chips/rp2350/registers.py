"""registers: the RP2350's registers that could hold a note, and those that a pair of pads compares."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib

from kesu.emulator.chips.rp2350.mcu import Mcu
from kesu.emulator.core.emulator import words

_SEARCHED = ("DMA", "PIO0", "PIO1", "PIO2", "SHA256", "TRNG", "POWMAN", "BOOTRAM")
"""Blocks that are parts of their own; all others are compared as one."""


def volatile(mcu: Mcu) -> dict[str, bytes]:
    """The parts of `facts.RP2350.parts`."""
    assert mcu.m33 is not None
    state = mcu.m33.state
    return {
        "dma": mcu.dma16.visible_state(),
        "pio": b"".join(block.visible_state() for block in mcu.pio3),
        "sha256": mcu.sha256.visible_state(),
        "trng": mcu.trng.visible_state(),
        "float_registers": words((*state.s, state.fpscr, *state.dcp_x, *state.dcp_y)),
        "watchdog_scratch": words(mcu.watchdog.scratch_data),
        "powman": mcu.powman.content(),
        "bootram": mcu.bootram.content(),
        "xip_ram": bytes(mcu.m33.cache_ram),
    }


def machine(mcu: Mcu) -> dict[str, bytes]:
    """Registers of core, system control space, timer, pins, and of every block that keeps what is written."""
    assert mcu.m33 is not None
    state = mcu.m33.state
    active = (*state.irq_pending, *state.irq_lines, *state.irq_active)
    return {
        "core registers": words(
            (
                *state.r,
                mcu.core.x_psr,
                state.sp_other,
                state.primask,
                state.basepri,
                state.fpca,
                state.fpccr,
                *active,
            )
        ),
        "system control": words(
            (
                *state.irq_enabled,
                *state.shpr,
                state.vtor,
                state.scr,
                state.ccr,
                state.cfsr,
                state.hfsr,
                state.cpacr,
            )
        )
        + bytes(state.irq_priority)
        + hashlib.sha256(bytes(state.ppb)).digest(),
        "timer": words([alarm.target_micros for timer in (mcu.timer, mcu.timer1) for alarm in timer.alarms]),
        "pins": words([pin.output_value for pin in mcu.gpio]),
        "blocks": b"".join(block.visible_state() for name, block in mcu.kept() if name not in _SEARCHED),
    }
