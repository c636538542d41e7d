// SPDX-License-Identifier: MIT
// sio: SIO of the RP2350 (datasheet 3.1): the pins of bank 0, spinlocks, and registers that keep what is written.

import type { RP2040 } from "rp2040js";

const GPIO_IN = 0x04,
  GPIO_HI_IN = 0x08,
  OUT = 0x10,
  OE = 0x30,
  FIFO_ST = 0x50,
  SPINLOCK_ST = 0x5c,
  SPINLOCK0 = 0x100;
const STEP = 8; // from a register to its SET, CLR and XOR; those of bank 1 stand between
const FLASH_SELECT = 1 << 27; // GPIO_HI_IN: pulled up; nobody presses BOOTSEL
const ROOM_TO_WRITE = 2; // FIFO_ST; the other core sends nothing

export class Sio {
  private locks = 0; // bits of those that are claimed
  private readonly kept = new Map<number, number>();

  constructor(private readonly mcu: RP2040) {}

  read(offset: number): number {
    switch (offset) {
      case GPIO_IN:
        return this.mcu.gpioValues;
      case GPIO_HI_IN:
        return FLASH_SELECT;
      case OUT:
        return this.mcu.sio.gpioValue;
      case OE:
        return this.mcu.sio.gpioOutputEnable;
      case FIFO_ST:
        return ROOM_TO_WRITE;
      case SPINLOCK_ST:
        return this.locks;
    }
    if (offset < SPINLOCK0 || offset >= SPINLOCK0 + 128) return this.kept.get(offset) ?? 0;
    const lock = 1 << ((offset - SPINLOCK0) >> 2);
    const free = ~this.locks & lock;
    this.locks |= lock;
    return free;
  }

  write(offset: number, value: number): void {
    if (offset >= OUT && offset < OUT + 4 * STEP && !(offset & 4))
      this.pins("gpioValue", (offset - OUT) / STEP, value);
    else if (offset >= OE && offset < OE + 4 * STEP && !(offset & 4))
      this.pins("gpioOutputEnable", (offset - OE) / STEP, value);
    else if (offset >= SPINLOCK0 && offset < SPINLOCK0 + 128)
      this.locks &= ~(1 << ((offset - SPINLOCK0) >> 2));
    else this.kept.set(offset, value);
  }

  // operation: 0 put, 1 SET, 2 CLR, 3 XOR.
  private pins(register: "gpioValue" | "gpioOutputEnable", operation: number, value: number): void {
    const { sio, gpio } = this.mcu;
    const before = sio[register];
    const after = [value, before | value, before & ~value, before ^ value][operation]! >>> 0;
    sio[register] = after;
    const changed = before ^ after;
    for (const pin of gpio) if (changed & (1 << pin.index)) pin.checkForUpdates();
  }
}
