// SPDX-License-Identifier: MIT
// glass: the film. One tone per pixel, 0 black to 1 white, linear in lightness; it is kept without power.
//
// Assumptions shared with the Python bench, because no measurement is known (docs/hardware-facts.md, "ghosting
// after each refresh type"): how much of the old tone a waveform leaves, and that a tone changes on a
// straight line in time. The arithmetic is this file's own.

import type { Step } from "./activation.js";

const DIFFERENTIAL_REST = 0.02;
const REST_PER_DRIVE_BEFORE = 0.004; // since the last flashing waveform
const DRIVES_COUNTED = 10;
const FAST_REST = 0.01;
const FULL_REST = 0.002;

// A film of this class: CIE lightness of its white and black (contrast 13:1), seen by a camera exposed so that
// the film's white is 85 % of full scale, sRGB encoded.
const WHITE_L = 65.7;
const BLACK_L = 18.8;
const EXPOSURE = 0.85;

// A register waveform turns a pixel in 12 frames of 15 V at 50 Hz (hardware-facts A.4). Voltages by VS code; this bench does
// not follow 04h and 2Ch.
const NS_FOR_ALL = 200e6;
const LEVELS = [0, 15, -15, 5];

export type Picture = Uint8Array; // 1 white, 0 black, row by row

const luminance = (lightness: number) => ((lightness + 16) / 116) ** 3;

function greyOf(tone: number): number {
  const linear = luminance(BLACK_L + (WHITE_L - BLACK_L) * tone) * (EXPOSURE / luminance(WHITE_L));
  const encoded = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.min(255, Math.max(0, Math.round(255 * encoded)));
}

const STEPS = 8192;
const GREY = Uint8Array.from({ length: STEPS + 1 }, (_, index) => greyOf(index / STEPS));

export class Glass {
  private tones: Float32Array;
  private goal: Float32Array | null = null; // of the running waveform
  private part: () => number = () => 1;
  private readonly drives: Uint8Array;
  changes = 0; // counts starts and ends of waveforms, for the drawing code

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.tones = new Float32Array(width * height).fill(1);
    this.drives = new Uint8Array(width * height);
  }

  get moving(): boolean {
    return this.goal !== null;
  }

  // A flashing waveform drives every pixel in `driven`, regardless of its tone, and clears its history.
  flash(target: Picture, driven: Picture, fast: boolean, part: () => number): void {
    const rest = fast ? FAST_REST : FULL_REST;
    this.begin(part, (index, tone) => {
      if (!driven[index]) return tone;
      this.drives[index] = 0;
      return target[index]! + rest * (tone - target[index]!);
    });
  }

  // A waveform from the registers: the row of (before, target) of each step moves a pixel by its voltage over time.
  push(steps: Step[], before: Picture, target: Picture, driven: Picture, part: () => number): void {
    this.begin(part, (index, tone) => {
      if (!driven[index]) return tone;
      const row = 2 * before[index]! + target[index]!;
      let moved = tone;
      for (const { ns, codes, com } of steps) {
        const volts = LEVELS[codes[row]!]! - (com === 3 ? 0 : LEVELS[com]!);
        moved = Math.min(1, Math.max(0, moved - (volts / 15) * (ns / NS_FOR_ALL)));
      }
      return moved;
    });
  }

  // A differential waveform drives only pixels whose old and new picture differ.
  differ(before: Picture, target: Picture, driven: Picture, part: () => number): void {
    this.begin(part, (index, tone) => {
      if (!driven[index] || before[index] === target[index]) return tone;
      const rest = DIFFERENTIAL_REST + REST_PER_DRIVE_BEFORE * this.drives[index]!;
      if (this.drives[index]! < DRIVES_COUNTED) this.drives[index]!++;
      return target[index]! + rest * (tone - target[index]!);
    });
  }

  // The running waveform has ended.
  finish(): void {
    if (this.goal) this.tones = this.goal;
    this.goal = null;
    this.changes++;
  }

  // The running waveform is aborted: every pixel keeps its present tone.
  freeze(): void {
    this.tones = this.now();
    this.goal = null;
    this.changes++;
  }

  // Tones at this moment.
  now(): Float32Array {
    const { goal, tones } = this;
    if (!goal) return tones;
    const part = Math.min(1, Math.max(0, this.part()));
    const moving = new Float32Array(tones.length);
    for (let index = 0; index < tones.length; index++) {
      moving[index] = tones[index]! + (goal[index]! - tones[index]!) * part;
    }
    return moving;
  }

  // What a camera sees, 0 black to 255.
  grey(): Uint8Array<ArrayBuffer> {
    const tones = this.now();
    const grey = new Uint8Array(tones.length);
    for (let index = 0; index < tones.length; index++) {
      grey[index] = GREY[Math.round(Math.min(1, Math.max(0, tones[index]!)) * STEPS)]!;
    }
    return grey;
  }

  private begin(part: () => number, goalOf: (index: number, tone: number) => number): void {
    const start = this.now();
    const goal = new Float32Array(start.length);
    for (let index = 0; index < start.length; index++) goal[index] = goalOf(index, start[index]!);
    this.tones = start;
    this.goal = goal;
    this.part = part;
    this.changes++;
  }
}
