// SPDX-License-Identifier: MIT
// timer: TIMER0 of the RP2350 (datasheet 12.8): counts microseconds from the reset, with four alarms.

import { BasePeripheral, type RP2040 } from "rp2040js";
import { type ChipClock, NS_PER_US } from "../../clock.js";

const TIMEHR = 0x08,
  TIMELR = 0x0c,
  ALARM0 = 0x10,
  ALARM3 = 0x1c,
  ARMED = 0x20,
  TIMERAWH = 0x24,
  TIMERAWL = 0x28;
const INTR = 0x3c,
  INTE = 0x40,
  INTF = 0x44,
  INTS = 0x48;
const ALARMS = [0, 1, 2, 3];
const WORD = 2 ** 32;

export class Timer extends BasePeripheral {
  private latchedHigh = 0;
  private raised = 0;
  private enabled = 0;
  private forced = 0;
  private armed = 0;
  private readonly targets = [0, 0, 0, 0];
  private readonly rest = new Map<number, number>(); // DBGPAUSE, PAUSE, LOCKED, SOURCE
  private readonly alarms;

  // line: an interrupt line, 0 to 3, changes its level.
  constructor(
    mcu: RP2040,
    private readonly clock: ChipClock,
    private readonly line: (alarm: number, high: boolean) => void,
  ) {
    super(mcu, "TIMER0");
    this.alarms = ALARMS.map((number) => clock.createAlarm(() => this.fire(number)));
  }

  private get micros(): number {
    return Math.floor(this.clock.nanos / NS_PER_US);
  }

  override readUint32(offset: number): number {
    const { micros } = this;
    const [high, low] = [Math.floor(micros / WORD), micros >>> 0];
    switch (offset) {
      case TIMELR:
        this.latchedHigh = high;
        return low;
      case TIMEHR:
        return this.latchedHigh;
      case TIMERAWH:
        return high;
      case TIMERAWL:
        return low;
      case ARMED:
        return this.armed;
      case INTR:
        return this.raised;
      case INTE:
        return this.enabled;
      case INTF:
        return this.forced;
      case INTS:
        return this.status;
      default:
        return offset >= ALARM0 && offset <= ALARM3
          ? this.targets[(offset - ALARM0) >> 2]!
          : (this.rest.get(offset) ?? 0);
    }
  }

  override writeUint32(offset: number, value: number): void {
    switch (offset) {
      case ARMED: // writing 1 disarms
        for (const number of ALARMS) if (this.rawWriteValue & (1 << number)) this.disarm(number);
        break;
      case INTR:
        this.raised &= ~this.rawWriteValue;
        break;
      case INTE:
        this.enabled = value & 0xf;
        break;
      case INTF:
        this.forced = value & 0xf;
        break;
      default:
        if (offset >= ALARM0 && offset <= ALARM3) this.arm((offset - ALARM0) >> 2, value >>> 0);
        else this.rest.set(offset, value >>> 0);
    }
    this.tell();
  }

  private get status(): number {
    return (this.raised & this.enabled) | this.forced;
  }

  // Fires when the lower word of the counter is equal to the target: at once, if it is so now.
  private arm(number: number, target: number): void {
    const { micros } = this;
    this.targets[number] = target;
    this.armed |= 1 << number;
    const due = (micros + ((target - micros) >>> 0)) * NS_PER_US;
    this.alarms[number]!.schedule(due - this.clock.nanos);
  }

  private disarm(number: number): void {
    this.armed &= ~(1 << number);
    this.alarms[number]!.cancel();
  }

  private fire(number: number): void {
    this.armed &= ~(1 << number);
    this.raised |= 1 << number;
    this.tell();
  }

  private tell(): void {
    for (const number of ALARMS) this.line(number, !!(this.status & (1 << number)));
  }
}
