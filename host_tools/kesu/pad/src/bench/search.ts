// SPDX-License-Identifier: MIT
// search: "search for my note": the byte patterns that would betray what the pen wrote, looked for everywhere.
//
// The same idea as kesu.verify, found again: eight bytes in a row of the picture, at every bit offset, plain,
// inverted, bit-reversed and both, in four orientations; and two successive reported points in the layouts that
// programs keep points in. A window of plain paper is no evidence, nor is one that was there before.

import type { Picture } from "./panel/glass.js";
import type { Place } from "./touch/touch.js";

const WINDOW = 8;
const LEAST_INKED = 5; // bytes of a window that are neither 00 nor FF
const LEAST_VALUES = 4; // different values among those
const FILTER_BITS = 20;

// Layouts of x0 y0 x1 y1 as 16-bit values: byte offsets, then each byte order.
const LAYOUTS = [
  [0, 2, 4, 6], // packed
  [0, 2, 6, 8], // entries of 6 bytes
  [0, 2, 8, 10], // entries of 8 bytes
  [0, 4, 8, 12], // 32-bit words
];

const REVERSED = Uint8Array.from({ length: 256 }, (_, value) => {
  let turned = 0;
  for (let bit = 0; bit < 8; bit++) turned |= ((value >> bit) & 1) << (7 - bit);
  return turned;
});

const hash = (low: number, high: number) => (Math.imul(low, 0x9e37_79b1) ^ Math.imul(high, 0x85eb_ca6b)) >>> 0;

// A set of 64-bit patterns, each as two 32-bit words, with a bit table in front: nearly every place in memory is
// turned away by one look-up.
class Patterns {
  private readonly filter = new Uint8Array(1 << (FILTER_BITS - 3));
  private readonly known = new Map<number, Set<number>>(); // low word to high words
  size = 0;

  add(low: number, high: number): void {
    const highs = this.known.get(low);
    if (highs?.has(high)) return;
    if (highs) highs.add(high);
    else this.known.set(low, new Set([high]));
    this.size++;
    const slot = hash(low, high) >>> (32 - FILTER_BITS);
    this.filter[slot >> 3]! |= 1 << (slot & 7);
  }

  has(low: number, high: number): boolean {
    const slot = hash(low, high) >>> (32 - FILTER_BITS);
    return !!(this.filter[slot >> 3]! & (1 << (slot & 7))) && !!this.known.get(low)?.has(high);
  }

  remove(low: number, high: number): void {
    if (this.known.get(low)?.delete(high)) this.size--;
  }
}

const word = (bytes: ArrayLike<number>, at: number) =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;

export interface Note {
  width: number;
  height: number;
  picture: Picture; // 1 white; what was on the page with the note
  ink: Picture; // 1 where the note has ink: only windows that hold some of it count
  points: readonly Place[]; // whole pixels, as the chip reported them
}

export class Needles {
  private readonly bitmaps = new Patterns();
  private readonly points = new Patterns();
  private readonly places: Set<string>;

  constructor(note: Note) {
    this.places = new Set(note.points.map(({ x, y }) => `${x},${y}`));
    this.addPicture(note.width, note.height, note.picture, note.ink);
    this.addPoints(note.points);
  }

  get count(): number {
    return this.bitmaps.size + this.points.size;
  }

  // What a memory held before the note was written cannot prove that the note survived.
  forget(before: Uint8Array): void {
    this.scan(before, (low, high, patterns) => patterns.remove(low, high));
  }

  // Offsets in `memory` at which a pattern starts.
  find(memory: Uint8Array): number[] {
    const found: number[] = [];
    this.scan(memory, (_low, _high, _patterns, at) => {
      if (found[found.length - 1] !== at) found.push(at);
    });
    return found;
  }

  // Points of the note among `held`: of a register file that holds nothing else, one point is evidence.
  pointsIn(held: readonly Place[]): number {
    return held.filter(({ x, y }) => this.places.has(`${x},${y}`)).length;
  }

  private scan(memory: Uint8Array, hit: (low: number, high: number, patterns: Patterns, at: number) => void): void {
    const { bitmaps, points } = this;
    const last = memory.length - WINDOW;
    for (let at = 0; at <= last; at++) {
      const low = word(memory, at);
      const high = word(memory, at + 4);
      if (bitmaps.size && bitmaps.has(low, high)) hit(low, high, bitmaps, at);
    }
    if (!points.size) return;
    for (const lanes of LAYOUTS) {
      const end = memory.length - lanes[3]! - 2;
      for (const [l, h] of [[0, 1], [1, 0]] as const) {
        for (let at = 0; at <= end; at++) {
          const value = (lane: number) => memory[at + lanes[lane]! + l]! | (memory[at + lanes[lane]! + h]! << 8);
          const low = (value(0) | (value(1) << 16)) >>> 0;
          if (low === 0) continue;
          const high = (value(2) | (value(3) << 16)) >>> 0;
          if (points.has(low, high)) hit(low, high, points, at);
        }
      }
    }
  }

  private addPicture(width: number, height: number, picture: Picture, ink: Picture): void {
    const views: [number, number, (x: number, y: number) => number][] = [
      [width, height, (x, y) => y * width + x],
      [height, width, (x, y) => (height - 1 - x) * width + y], // turned right
      [height, width, (x, y) => x * width + (width - 1 - y)], // turned left
    ];
    for (const [wide, high, at] of views) {
      for (let y = 0; y < high; y++) this.addRow(wide, (x) => picture[at(x, y)]!, (x) => ink[at(x, y)]!);
    }
    // Column bytes: eight rows in one byte, as many display drivers keep a page.
    for (let y = 0; y + 8 <= height; y++) {
      const bytes = new Uint8Array(width);
      const inked = new Uint8Array(width);
      for (let x = 0; x < width; x++) {
        for (let bit = 0; bit < 8; bit++) {
          bytes[x]! |= picture[(y + bit) * width + x]! << (7 - bit);
          inked[x]! |= ink[(y + bit) * width + x]!;
        }
      }
      for (let x = 0; x + WINDOW <= width; x++) {
        if (inked.subarray(x, x + WINDOW).some((value) => value)) this.addWindow(bytes.subarray(x, x + WINDOW));
      }
    }
  }

  // Every run of 64 pixels of one row that has ink in it.
  private addRow(width: number, pixel: (x: number) => number, ink: (x: number) => number): void {
    let inked = 0;
    for (let x = 0; x < width; x++) inked += ink(x);
    if (!inked) return;
    const bits = Uint8Array.from({ length: width }, (_, x) => pixel(x));
    const inks = Uint8Array.from({ length: width }, (_, x) => ink(x));
    const window = new Uint8Array(WINDOW);
    let inside = 0;
    for (let x = 0; x < 8 * WINDOW - 1 && x < width; x++) inside += inks[x]!;
    for (let x = 0; x + 8 * WINDOW <= width; x++) {
      inside += inks[x + 8 * WINDOW - 1]!;
      if (inside) {
        for (let index = 0; index < WINDOW; index++) {
          let byte = 0;
          for (let bit = 0; bit < 8; bit++) byte = (byte << 1) | bits[x + 8 * index + bit]!;
          window[index] = byte;
        }
        this.addWindow(window);
      }
      inside -= inks[x]!;
    }
  }

  private addWindow(window: Uint8Array): void {
    let inked = 0;
    const values = new Set<number>();
    for (const byte of window) {
      if (byte === 0x00 || byte === 0xff) continue;
      inked++;
      values.add(byte);
    }
    if (inked < LEAST_INKED || values.size < LEAST_VALUES) return;
    const turned = window.map((byte) => REVERSED[byte]!);
    for (const form of [window, turned]) {
      const [low, high] = [word(form, 0), word(form, 4)];
      this.bitmaps.add(low, high);
      this.bitmaps.add(~low >>> 0, ~high >>> 0);
    }
  }

  // Two successive points, forwards and backwards, x y and y x, plain and as MicroPython small integers (2n + 1).
  private addPoints(reported: readonly Place[]): void {
    for (let index = 1; index < reported.length; index++) {
      const [a, b] = [reported[index - 1]!, reported[index]!];
      // A pair that has not moved on both axes says too little.
      if (a.x === b.x || a.y === b.y || !a.x || !a.y || !b.x || !b.y) continue;
      for (const [from, to] of [[a, b], [b, a]] as const) {
        for (const quad of [[from.x, from.y, to.x, to.y], [from.y, from.x, to.y, to.x]]) {
          for (const [p, q, r, s] of [quad, quad.map((value) => 2 * value + 1)]) {
            this.points.add((p! | (q! << 16)) >>> 0, (r! | (s! << 16)) >>> 0);
          }
        }
      }
    }
  }
}
