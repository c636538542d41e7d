"""registers: the RP2040's registers that could hold a note, and those that a pair of pads compares."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

from kesu.emulator.chips.pio.block import PioBlock
from kesu.emulator.core.emulator import words

# RTC SETUP_0, SETUP_1, IRQ_SETUP_0 (datasheet 4.8.6): registers in which firmware could store data, not the time.
_RTC_SETUP = (0x04, 0x08, 0x10)


def volatile(mcu: Any) -> dict[str, bytes]:
    """The parts of R3 and R4 that every pad has: DMA, PIO, watchdog scratch, RTC."""
    return {
        "watchdog_scratch": words(mcu.watchdog.scratch_data),
        "rtc": words([mcu.rtc.read_uint32(offset) for offset in _RTC_SETUP]),
        "dma": b"".join(_dma(channel) for channel in mcu.dma.channels),
        "pio": b"".join(pio(block) for block in mcu.pio),
    }


def machine(mcu: Any) -> dict[str, bytes]:
    """Registers of core, divider, timer and pins."""
    core, sio = mcu.core, mcu.sio
    return {
        "core registers": words([*core.registers, core.x_psr, core.pending_interrupts]),
        "divider": repr((sio.div_dividend, sio.div_divisor, sio.div_quotient, sio.div_remainder)).encode(),
        "timer": words([alarm.target_micros for alarm in mcu.timer.alarms]),
        "pins": words([pin.output_value for pin in mcu.gpio]),
    }


def _dma(channel: Any) -> bytes:
    return words([channel._read_addr, channel._write_addr, channel._trans_count, channel._ctrl])


def pio(block: Any) -> bytes:
    """Program, FIFOs and shift registers of one PIO block."""
    if isinstance(block, PioBlock):
        return block.visible_state()
    program = words(block.instructions)
    queues = b"".join(
        words(
            [
                *machine.tx_fifo.items,
                *machine.rx_fifo.items,
                machine.input_shift_reg,
                machine.output_shift_reg,
            ]
        )
        for machine in block.machines
    )
    return program + queues
