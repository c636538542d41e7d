// SPDX-License-Identifier: MIT
// pen: samples of a pointer, replayed over the touch chip at the distances in time at which they came. The chip
// sees the newest place when it scans.

import { type Alarm, type Clock, NS_PER_MS } from "./clock.js";
import type { Place, TouchChip } from "./touch/touch.js";

export interface Sample extends Place {
  down: boolean;
  ms: number; // on the source's clock
}

// A gap in the stream longer than this is not kept: the hand was away, or the page was hidden.
const LONGEST_GAP_MS = 250;

export class Pen {
  down = false;
  onChange: (down: boolean) => void = () => {};
  // Every place the chip has been shown: what the pen wrote, for the search.
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

  // How far in the future the last sample lies: the bench is behind its user by as much.
  get pendingMs(): number {
    return Math.max(0, this.lastNs - this.clock.now) / NS_PER_MS;
  }

  // Straight to a place, at once: for scripted strokes.
  put(place: Place): void {
    this.take({ ...place, down: true, ms: 0 });
  }

  lift(): void {
    this.take({ ...this.place, down: false, ms: 0 });
  }

  // Take the pen away and forget what is still to come.
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
