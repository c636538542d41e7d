// SPDX-License-Identifier: MIT
// sample_pen: writes strokes on the glass at the speed of a quick hand, until a person takes over.
import type { PenSample } from "../bench/contract";
import type { PenSink } from "./pen";
import type { Stroke } from "./sample_note";

const SPEED_PX_S = 750; // of the glass; about 160 mm/s on the 4.2 inch pad
const EVERY_MS = 16; // a pointer's rate
const LIFTED_MS = 55; // longer than two scans of the touch chip
const AHEAD_MS = 60; // longer than from report to report, so that the pen does not stop between them

// The samples of strokes from a time on, in order: pen down along each, then lifted.
export function samplesOf(strokes: readonly Stroke[], fromMs: number): PenSample[] {
  const samples: PenSample[] = [];
  let ms = fromMs;
  for (const stroke of strokes) {
    let last = stroke[0]!;
    samples.push({ ...last, down: true, ms });
    for (const to of stroke.slice(1)) {
      const pixels = Math.hypot(to.x - last.x, to.y - last.y);
      const steps = Math.max(1, Math.round(((pixels / SPEED_PX_S) * 1000) / EVERY_MS));
      for (let step = 1; step <= steps; step++) {
        ms += EVERY_MS;
        const part = step / steps;
        samples.push({
          x: last.x + (to.x - last.x) * part,
          y: last.y + (to.y - last.y) * part,
          down: true,
          ms,
        });
      }
      last = to;
    }
    ms += EVERY_MS;
    samples.push({ ...last, down: false, ms });
    ms += LIFTED_MS;
  }
  return samples;
}

// Follows the pad's own time: on a slow machine it writes more slowly, and no input has to wait behind its strokes.
export class SamplePen {
  private waiting: PenSample[] = [];
  private whole = 0;
  private lastMs = 0; // of the last sample that was sent

  constructor(private readonly sink: PenSink) {}

  get writing(): boolean {
    return this.waiting.length > 0;
  }

  // Less than half is written: too little for a search to find.
  get early(): boolean {
    return this.waiting.length > this.whole / 2;
  }

  // nowMs: emulated, of the last report.
  write(strokes: readonly Stroke[], nowMs: number): void {
    this.stop();
    this.waiting = samplesOf(strokes, nowMs + AHEAD_MS);
    this.whole = this.waiting.length;
  }

  // A report of the bench: sends what is due.
  follow(nowMs: number): void {
    if (!this.writing) return;
    const due = this.waiting.findIndex(({ ms }) => ms > nowMs + AHEAD_MS);
    const samples = this.waiting.splice(0, due < 0 ? this.waiting.length : due);
    if (samples.length === 0) return;
    this.lastMs = samples[samples.length - 1]!.ms;
    this.sink(samples);
  }

  // Lifts the pen and drops the rest.
  stop(): void {
    if (!this.writing) return;
    this.waiting = [];
    this.sink([{ x: 0, y: 0, down: false, ms: this.lastMs + EVERY_MS }]);
  }
}
