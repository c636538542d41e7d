// SPDX-License-Identifier: MIT
// clock: emulated time of the bench in nanoseconds, and its scheduled actions.
//
// Every input, every stop and every model's delay is an alarm here, so runs are deterministic. The chip has its
// own clock on top (ChipClock): its timer starts at zero after each reset, and a reset discards its alarms,
// while bench time continues.

import type { RP2040 } from "rp2040js";

export const NS_PER_US = 1_000;
export const NS_PER_MS = 1_000_000;

// The interfaces that rp2040js expects; it does not export the types.
type IClock = NonNullable<ConstructorParameters<typeof RP2040>[0]>;
type IAlarm = ReturnType<IClock["createAlarm"]>;

export interface Alarm {
  cancel(): void;
}

interface Waiting {
  due: number;
  order: number;
  action: () => void;
}

// The part of the clock that the models need.
export interface Clock {
  readonly now: number;
  after(delayNs: number, action: () => void): Alarm;
}

export class BenchClock implements Clock {
  now = 0;
  due = Infinity; // time of the next alarm
  private asked = 0;
  private readonly queue: Waiting[] = []; // latest first, so that the next one is cheap to remove

  // Alarms at the same time keep the order of their creation.
  after(delayNs: number, action: () => void): Alarm {
    if (delayNs < 0) throw new RangeError(`an alarm cannot be ${-delayNs} ns in the past`);
    const entry: Waiting = { due: this.now + delayNs, order: this.asked++, action };
    const { queue } = this;
    let index = queue.length;
    while (index > 0 && queue[index - 1]!.due <= entry.due) index--;
    queue.splice(index, 0, entry);
    this.due = queue[queue.length - 1]!.due;
    return { cancel: () => this.remove(entry) };
  }

  // Advance time to `moment`; every alarm that is due runs at its own time.
  advanceTo(moment: number): void {
    while (this.due <= moment) {
      const { due, action } = this.queue.pop()!;
      this.due = this.queue.length ? this.queue[this.queue.length - 1]!.due : Infinity;
      // An instruction may end shortly after an alarm's time: the alarm still reads its own time.
      this.now = due;
      action();
    }
    if (moment > this.now) this.now = moment;
  }

  advance(ns: number): void {
    this.advanceTo(this.now + ns);
  }

  private remove(entry: Waiting): void {
    const index = this.queue.lastIndexOf(entry);
    if (index < 0) return;
    this.queue.splice(index, 1);
    this.due = this.queue.length ? this.queue[this.queue.length - 1]!.due : Infinity;
  }
}

class ChipAlarm implements IAlarm {
  private waiting: Alarm | null = null;
  constructor(
    private readonly clock: ChipClock,
    private readonly action: () => void,
  ) {}

  schedule(deltaNanos: number): void {
    this.cancel();
    if (!this.clock.stopped) {
      this.waiting = this.clock.bench.after(Math.max(0, deltaNanos), () => {
        this.waiting = null;
        this.action();
      });
    }
  }

  cancel(): void {
    this.waiting?.cancel();
    this.waiting = null;
  }
}

// The clock of the chip, from one reset to the next.
export class ChipClock implements IClock {
  stopped = false;
  private readonly start: number;
  private readonly alarms: ChipAlarm[] = [];

  constructor(readonly bench: BenchClock) {
    this.start = bench.now;
  }

  get nanos(): number {
    return this.bench.now - this.start;
  }

  createAlarm(action: () => void): IAlarm {
    const alarm = new ChipAlarm(this, action);
    this.alarms.push(alarm);
    return alarm;
  }

  stop(): void {
    this.stopped = true;
    for (const alarm of this.alarms) alarm.cancel();
  }
}
