"""machine: the readable state of a pad's chip at one instant, to compare two pads register by register."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.emulator.board.pad import VirtualPad

# Blocks of the RP2040: address >> 12 and bytes of registers (datasheet 2.2.2 and the tables of registers).
BLOCKS = {
    "IO_BANK0": (0x40014, 0x190),
    "PADS_BANK0": (0x4001C, 0x80),
    "SPI1": (0x40040, 0x28),
    "TIMER": (0x40054, 0x44),
    "PWM": (0x40050, 0xB4),
    "RESETS": (0x4000C, 0x0C),
    "CLOCKS": (0x40008, 0xC8),
    "PSM": (0x40010, 0x10),
    "DMA": (0x50000, 0x400),
    "PIO0": (0x50200, 0x140),
    "PIO1": (0x50300, 0x140),
    "UART0": (0x40034, 0x48),
    "UART1": (0x40038, 0x48),
    "SPI0": (0x4003C, 0x28),
    "ADC": (0x4004C, 0x24),
    "RTC": (0x4005C, 0x30),
}


def state(pad: VirtualPad) -> dict[str, bytes]:
    """Memories and registers by name. Reading changes some of them, so the pad cannot be used afterwards."""
    mcu, snapshot = pad.emulator.mcu, pad.snapshot()
    found = {
        name: snapshot.part(name)
        for name in ("sram", "dpram", "watchdog_scratch", "spi", "i2c", "usb", "xip", "touch_registers")
    }
    found["alarms"] = repr([(alarm.armed, alarm.target_micros) for alarm in mcu.timer.alarms]).encode()
    for name, (page, size) in BLOCKS.items():
        block = mcu.peripherals[page]
        words = (int(block.read_uint32(offset)) & 0xFFFF_FFFF for offset in range(0, size, 4))
        found[name] = b"".join(word.to_bytes(4, "little") for word in words)
    return found


def differences(pad: VirtualPad, one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Differences by name; for SRAM each word, by its name in the image's map."""
    found = [f"{name}" for name in one if name != "sram" and one[name] != other[name]]
    mine, theirs = one["sram"], other["sram"]
    if mine != theirs:
        for at in range(0, len(mine), 4):
            one_word, other_word = mine[at : at + 4], theirs[at : at + 4]
            if one_word != other_word:
                place = pad.memory_map.name(0x2000_0000 + at)
                found.append(f"{place} (sram+0x{at:x}): {one_word.hex()} {other_word.hex()}")
    return found
