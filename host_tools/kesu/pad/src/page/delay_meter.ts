// SPDX-License-Identifier: MIT
// delay_meter: how long after the pen came down the glass begins to darken, emulated and real.

// A pixel counts as changed when it is this much darker: a fifth of the way from white to black.
const DARKER_BY = 48;
// Only strokes that meet a glass at rest: one that comes during a refresh waits for the next.
export interface Delay {
  emulatedMs: number;
  realMs: number;
}

export class DelayMeter {
  private penRealMs: number | null = null;
  private penEmulatedMs: number | null = null;
  last: Delay | null = null;

  // The page has seen a pointer come down, at a PointerEvent.timeStamp.
  pointerDown(realMs: number): void {
    if (this.penRealMs === null) {
      this.penRealMs = realMs;
      this.penEmulatedMs = null;
    }
  }

  // The bench tells when the pen touched the emulated glass.
  penDown(emulatedMs: number): void {
    if (this.penRealMs !== null) this.penEmulatedMs ??= emulatedMs;
  }

  // Rows of the glass before and after a report; true when a delay has been measured.
  glass(before: Uint8Array, after: Uint8Array, emulatedMs: number, realMs: number): boolean {
    if (this.penRealMs === null || this.penEmulatedMs === null) return false;
    if (!after.some((grey, index) => (before[index] ?? 0) - grey >= DARKER_BY)) return false;
    this.last = { emulatedMs: emulatedMs - this.penEmulatedMs, realMs: realMs - this.penRealMs };
    this.cancel();
    return true;
  }

  cancel(): void {
    this.penRealMs = null;
    this.penEmulatedMs = null;
  }
}
