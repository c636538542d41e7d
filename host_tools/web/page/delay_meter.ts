// SPDX-License-Identifier: MIT
// delay_meter: delay from pen down until the glass begins to darken under it, emulated and real.

// Input of the meter: grey levels row by row, 0 black.
export interface Film {
  readonly width: number;
  readonly height: number;
  readonly grey: Uint8Array;
}

export interface Delay {
  emulatedMs: number;
  realMs: number;
}

// A pixel has changed when it is this much darker: an eighth of the film's range, which is visible.
const DARKER_BY = 20;
const NEAR_PX = 12; // the strip changes too at the first ink: only the surroundings of the pen count

interface Waiting {
  stroke: number; // number since the pad was loaded: a slow bench plays it later
  realMs: number;
  emulatedMs: number | null;
  left: number;
  top: number;
  before: Uint8Array; // the square around the pen at pen down
}

export class DelayMeter {
  last: Delay | null = null;
  private waiting: Waiting | null = null;
  private sent = 0; // strokes begun on the page
  private begun = 0; // strokes begun on the emulated glass

  // A pointer came down at a PointerEvent.timeStamp, at a pixel of the glass.
  pointerDown(realMs: number, x: number, y: number, film: Film): void {
    this.sent++;
    if (this.waiting !== null) return;
    const left = Math.round(x) - NEAR_PX;
    const top = Math.round(y) - NEAR_PX;
    this.waiting = {
      stroke: this.sent,
      realMs,
      emulatedMs: null,
      left,
      top,
      before: square(film, left, top),
    };
  }

  // The bench reports when the pen touched the emulated glass.
  penDown(emulatedMs: number): void {
    this.begun++;
    if (this.waiting?.stroke === this.begun) this.waiting.emulatedMs = emulatedMs;
  }

  // The glass has changed; true when a delay has been measured.
  glass(film: Film, emulatedMs: number, realMs: number): boolean {
    const { waiting } = this;
    if (waiting === null || waiting.emulatedMs === null) return false;
    const now = square(film, waiting.left, waiting.top);
    if (!now.some((grey, index) => waiting.before[index]! - grey >= DARKER_BY)) return false;
    this.last = { emulatedMs: emulatedMs - waiting.emulatedMs, realMs: realMs - waiting.realMs };
    this.waiting = null;
    return true;
  }

  // Drop pending measurements when a wipe begins.
  cancel(): void {
    this.waiting = null;
  }

  // Reset for another pad.
  reset(): void {
    this.cancel();
    this.sent = this.begun = 0;
  }
}

// Grey levels around the pen; pixels beyond the edge read black and so never darken.
function square(film: Film, left: number, top: number): Uint8Array {
  const side = 2 * NEAR_PX + 1;
  const part = new Uint8Array(side * side);
  for (let index = 0; index < part.length; index++) {
    const x = left + (index % side);
    const y = top + Math.floor(index / side);
    if (x >= 0 && y >= 0 && x < film.width && y < film.height) part[index] = film.grey[y * film.width + x]!;
  }
  return part;
}
