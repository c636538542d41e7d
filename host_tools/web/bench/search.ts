// SPDX-License-Identifier: MIT
// search: "search for my note": searches all memories for byte patterns of what the pen wrote.
//
// An independent implementation of the idea of kesu.verify: eight bytes in a row of the picture, at every bit offset, plain,
// inverted, bit-reversed and both, in four orientations; and two successive reported points in the layouts that
// programs keep points in. A window of plain paper is no evidence, nor is one that was there before. A lone
// stroke crosses too few bytes of a row; for a note that gives few windows, columns of eight rows are looked for, at
// the distance at which rows of a page lie in memory. Another stroke of the same slope has the same ones.

import type { Picture } from "./panel/glass.js";
import type { Place } from "./touch/touch.js";

const WINDOW = 8;
const LEAST_INKED = 5; // bytes of a window that are neither 00 nor FF
const LEAST_VALUES = 4; // different values among those
const FEW = 64; // windows of rows: with fewer, columns are looked for, too
const COLUMN_INKED = 6; // of the eight rows of a column
const COLUMN_VALUES = 4;
const FILTER_BITS = 20;

// Layouts of x0 y0 x1 y1 as 16-bit values: byte offsets; in either byte order.
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

const hash = (low: number, high: number) =>
  (Math.imul(low, 0x9e37_79b1) ^ Math.imul(high, 0x85eb_ca6b)) >>> 0;

// A set of 64-bit patterns, each as two 32-bit words, with a bit table in front: one look-up rejects
// nearly every position in memory.
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

// Bytes of each half the other way round: two 16-bit values in the other byte order.
const swapped = (pair: number) => (((pair & 0x00ff_00ff) << 8) | ((pair >>> 8) & 0x00ff_00ff)) >>> 0;

const column = (bytes: Uint8Array, at: number, stride: number) =>
  (bytes[at]! |
    (bytes[at + stride]! << 8) |
    (bytes[at + 2 * stride]! << 16) |
    (bytes[at + 3 * stride]! << 24)) >>>
  0;

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
  private readonly columns = new Patterns(); // rows `stride` bytes apart
  private readonly stride: number;
  private readonly places: Set<string>;

  constructor(note: Note) {
    this.stride = note.width / 8;
    this.places = new Set(note.points.map(({ x, y }) => `${x},${y}`));
    this.addPicture(note.width, note.height, note.picture, note.ink);
    this.addPoints(note.points);
  }

  get count(): number {
    return this.bitmaps.size + this.columns.size + this.points.size;
  }

  // Patterns that a memory held before the note was written are no evidence.
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

  private scan(
    memory: Uint8Array,
    hit: (low: number, high: number, patterns: Patterns, at: number) => void,
  ): void {
    const { bitmaps, points } = this;
    const last = memory.length - WINDOW;
    if (bitmaps.size) {
      let low = word(memory, 0);
      for (let at = 0; at <= last; at++) {
        const high = word(memory, at + 4);
        if (bitmaps.has(low, high)) hit(low, high, bitmaps, at);
        low = ((low >>> 8) | (memory[at + 4]! << 24)) >>> 0;
      }
    }
    const { columns, stride } = this;
    for (let at = 0; columns.size && at + 7 * stride < memory.length; at++) {
      const low = column(memory, at, stride);
      // Plain paper, plain ink and zeros, which most of memory is.
      if (low === 0 || low === 0xffff_ffff) continue;
      const high = column(memory, at + 4 * stride, stride);
      if (columns.has(low, high)) hit(low, high, columns, at);
    }
    if (!points.size) return;
    for (const [, b, c, d] of LAYOUTS as [number, number, number, number][]) {
      const end = memory.length - d - 2;
      for (let at = 0; at <= end; at++) {
        // A coordinate is small and never 0: one of its two bytes is one of few.
        const [first, second] = [memory[at]!, memory[at + 1]!];
        if ((first | second) === 0 || (first > 3 && second > 3)) continue;
        const low = (first | (second << 8) | (memory[at + b]! << 16) | (memory[at + b + 1]! << 24)) >>> 0;
        const high =
          (memory[at + c]! |
            (memory[at + c + 1]! << 8) |
            (memory[at + d]! << 16) |
            (memory[at + d + 1]! << 24)) >>>
          0;
        if (points.has(low, high)) hit(low, high, points, at);
        else if (points.has(swapped(low), swapped(high))) hit(swapped(low), swapped(high), points, at);
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
      for (let y = 0; y < high; y++)
        this.addRow(
          wide,
          (x) => picture[at(x, y)]!,
          (x) => ink[at(x, y)]!,
        );
      if (at === views[0]![2] && this.bitmaps.size < FEW) this.addColumns(width, height, picture, ink);
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
        if (inked.subarray(x, x + WINDOW).some((value) => value))
          this.addWindow(bytes.subarray(x, x + WINDOW));
      }
    }
  }

  // Eight rows of one byte column, at the byte boundaries of the page, plain and inverted.
  private addColumns(width: number, height: number, picture: Picture, ink: Picture): void {
    const byteAt = (from: Picture, y: number, x: number) => {
      let byte = 0;
      for (let bit = 0; bit < 8; bit++) byte = (byte << 1) | from[y * width + x + bit]!;
      return byte;
    };
    for (let x = 0; x + 8 <= width; x += 8) {
      for (let y = 0; y + 8 <= height; y++) {
        const window = Uint8Array.from({ length: 8 }, (_, row) => byteAt(picture, y + row, x));
        const inked = window.filter((_, row) => byteAt(ink, y + row, x) !== 0).length;
        if (inked < COLUMN_INKED || new Set(window).size < COLUMN_VALUES) continue;
        const [low, high] = [word(window, 0), word(window, 4)];
        this.columns.add(low, high);
        this.columns.add(~low >>> 0, ~high >>> 0);
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
      // A pair that has not moved on both axes is too ambiguous.
      if (a.x === b.x || a.y === b.y || !a.x || !a.y || !b.x || !b.y) continue;
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        for (const quad of [
          [from.x, from.y, to.x, to.y],
          [from.y, from.x, to.y, to.x],
        ]) {
          for (const [p, q, r, s] of [quad, quad.map((value) => 2 * value + 1)]) {
            this.points.add((p! | (q! << 16)) >>> 0, (r! | (s! << 16)) >>> 0);
          }
        }
      }
    }
  }
}
