// SPDX-License-Identifier: MIT
// clock: emulated time of the whole bench, in nanoseconds, and the actions that wait for their moment.
//
// Every input, every stop and every model's delay is an alarm here, so a run is the same run every time. The
// chip gets a clock of its own on top (ChipClock): its timer starts at zero after each reset, and its alarms
// die with it, while bench time goes on.

import type { RP2040 } from "rp2040js";

export const NS_PER_US = 1_000;
export const NS_PER_MS = 1_000_000;

// As rp2040js wants them; it does not export the types.
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

// What the models need of time.
export interface Clock {
  readonly now: number;
  after(delayNs: number, action: () => void): Alarm;
}

export class BenchClock implements Clock {
  now = 0;
  due = Infinity; // of the next alarm
  private asked = 0;
  private readonly queue: Waiting[] = []; // latest first, so that the next one is cheap to take

  // Equal moments keep the order of asking.
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

  // Let time reach `moment`; every alarm that falls due on the way runs at its own moment.
  advanceTo(moment: number): void {
    while (this.due <= moment) {
      const { due, action } = this.queue.pop()!;
      this.due = this.queue.length ? this.queue[this.queue.length - 1]!.due : Infinity;
      // An instruction may end a little after an alarm's moment: the alarm still sees its own.
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

// The clock that one life of the chip sees, from reset to reset.
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
