// SPDX-License-Identifier: MIT
// watchdog: WATCHDOG of the RP2350 (datasheet 12.9): counts down microseconds, and resets the chip at zero.

import { BasePeripheral, type RP2040 } from "rp2040js";
import { type ChipClock, NS_PER_US } from "../../clock.js";

const CTRL = 0x00,
  LOAD = 0x04,
  REASON = 0x08,
  SCRATCH0 = 0x0c,
  SCRATCH7 = 0x28;
const TRIGGER = 1 << 31,
  ENABLE = 1 << 30;
const PAUSES = 0x0700_0000; // while a debugger halts the chip
const COUNT = 0x00ff_ffff;
export const REASON_TIMER = 1,
  REASON_FORCE = 2;

export class Watchdog extends BasePeripheral {
  readonly scratch = new Uint32Array(8);
  reason = 0;
  private control = PAUSES; // without the count
  private left = 0; // microseconds, while it does not count
  private endsNs: number | null = null; // while it counts
  private readonly alarm;

  constructor(
    mcu: RP2040,
    private readonly clock: ChipClock,
    private readonly fired: (reason: number) => void,
  ) {
    super(mcu, "WATCHDOG");
    this.alarm = clock.createAlarm(() => fired(REASON_TIMER));
  }

  private get count(): number {
    if (this.endsNs === null) return this.left;
    return Math.max(0, Math.ceil((this.endsNs - this.clock.nanos) / NS_PER_US));
  }

  override readUint32(offset: number): number {
    if (offset === CTRL) return (this.control | this.count) >>> 0;
    if (offset === REASON) return this.reason;
    if (offset >= SCRATCH0 && offset <= SCRATCH7) return this.scratch[(offset - SCRATCH0) >> 2]!;
    return 0;
  }

  override writeUint32(offset: number, value: number): void {
    if (offset === CTRL) {
      this.left = this.count;
      this.control = value & (ENABLE | PAUSES);
      this.go();
      if (value & TRIGGER) this.fired(REASON_FORCE);
    } else if (offset === LOAD) {
      this.left = value & COUNT;
      this.go();
    } else if (offset >= SCRATCH0 && offset <= SCRATCH7) this.scratch[(offset - SCRATCH0) >> 2] = value;
  }

  private go(): void {
    this.alarm.cancel();
    this.endsNs = null;
    if (!(this.control & ENABLE) || !this.left) return;
    this.endsNs = this.clock.nanos + this.left * NS_PER_US;
    this.alarm.schedule(this.left * NS_PER_US);
  }
}
