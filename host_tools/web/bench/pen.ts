// SPDX-License-Identifier: MIT
// pen: replays samples of a pointer on the touch chip at their original intervals. The chip reads the newest
// position when it scans.

import { type Alarm, type Clock, NS_PER_MS } from "./clock.js";
import type { Place, TouchChip } from "./touch/touch.js";

export interface Sample extends Place {
  down: boolean;
  ms: number; // by the source's clock
}

// Longer gaps in the stream are cut: the hand was away, or the page was hidden.
const LONGEST_GAP_MS = 250;

export class Pen {
  down = false;
  onChange: (down: boolean) => void = () => {};
  // Every position given to the chip: what the pen wrote, for the search.
  onMove: (place: Place) => void = () => {};
  private place: Place = { x: 0, y: 0 };
  private lastMs: number | null = null;
  private lastNs = 0;
  private alarms: Alarm[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly touch: TouchChip,
  ) {}

  // Append samples in the order of their times.
  feed(samples: readonly Sample[]): void {
    for (const sample of samples) {
      const gap = this.lastMs === null ? 0 : Math.min(LONGEST_GAP_MS, Math.max(0, sample.ms - this.lastMs));
      const due = Math.max(this.clock.now, this.lastNs + gap * NS_PER_MS);
      this.lastMs = sample.ms;
      this.lastNs = due;
      this.alarms.push(this.clock.after(due - this.clock.now, () => this.take(sample)));
    }
    if (this.alarms.length > 1024) this.alarms.splice(0, 512); // long over
  }

  // Time until the last sample is replayed: the bench is this far behind its user.
  get pendingMs(): number {
    return Math.max(0, this.lastNs - this.clock.now) / NS_PER_MS;
  }

  // Move to a position at once, for scripted strokes.
  put(place: Place): void {
    this.take({ ...place, down: true, ms: 0 });
  }

  lift(): void {
    this.take({ ...this.place, down: false, ms: 0 });
  }

  // Lift the pen and drop the remaining samples.
  stop(): void {
    for (const alarm of this.alarms) alarm.cancel();
    this.alarms = [];
    this.lastMs = null;
    if (this.down) this.lift();
  }

  private take(sample: Sample): void {
    if (!sample.down) {
      if (!this.down) return;
      this.down = false;
      this.touch.lift();
      this.onChange(false);
      return;
    }
    this.place = { x: sample.x, y: sample.y };
    this.onMove(this.place);
    if (this.down) return;
    this.down = true;
    this.touch.touch(() => (this.down ? this.place : null));
    this.onChange(true);
  }
}
