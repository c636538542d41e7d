// SPDX-License-Identifier: MIT
// touch: the interface of a touch chip to the wiring and the pen.

export interface Place {
  x: number;
  y: number;
}

// The pen's position in glass pixels; null when it is up. The chip reads it when it scans.
export type Pointer = () => Place | null;

export interface TouchChip {
  onInt: (level: boolean) => void;
  readonly intLevel: boolean;
  readonly registers: Uint8Array;
  // The point of the last report; null for a report of a lift, and after a reset.
  reported(): Place | null;
  // Points still in the register file, whether reported or left over (resource R9).
  pointsHeld(): Place[];
  setRst(level: boolean): void;
  powerLoss(): void;
  // Whether the register that the next read gives has the place of a touch.
  holdsPosition(): boolean;
  start(address: number, read: boolean): boolean; // true: acknowledged
  write(byte: number): boolean;
  read(): number;
  stop(): void;
  touch(pointer: Pointer): void;
  lift(): void;
}

export const clamp = (value: number, limit: number) => Math.min(Math.max(Math.round(value), 0), limit - 1);
