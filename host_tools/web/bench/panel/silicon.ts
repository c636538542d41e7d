// SPDX-License-Identifier: MIT
// silicon: differences between the chips and modules of the SSD16xx family, as data.

import { NS_PER_MS } from "../clock.js";
import type { Film } from "./activation.js";

// One command: its parameters' values at power-on, and the least number of parameters.
export interface Command {
  at: number[];
  least?: number;
}

export interface Silicon {
  name: string;
  sources: number;
  gates: number;
  commands: Map<number, Command>;
  degreesOf: (parameters: Uint8Array) => number; // 1Ah
  sensedAs: (degrees: number) => number[]; // 1Bh
  customNs: (lut: Uint8Array) => number; // 0: this waveform shows no picture
  glass: { width: number; height: number };
  // Index of pixel (x, y) of the glass in a plane's pixels, given 21h.
  at: (x: number, y: number, option: Uint8Array) => { source: number; gate: number };
  turned: boolean; // rows of the glass are columns of the RAM
}

const zeros = (count: number) => new Array<number>(count).fill(0);

// Commands that both chips have with the same parameters (SSD1680 §7, SSD1683 §7).
const COMMON: [number, Command][] = [
  [0x03, { at: [0x00] }],
  [0x04, { at: [0x41, 0xa8, 0x32] }],
  [0x0c, { at: [0x8b, 0x9c, 0x96, 0x0f] }],
  [0x10, { at: [0x00] }],
  [0x11, { at: [0x03] }],
  [0x12, { at: [] }],
  [0x18, { at: [0x48] }],
  [0x20, { at: [] }],
  [0x21, { at: [0x00, 0x00], least: 1 }],
  [0x22, { at: [0xff] }],
  [0x2c, { at: [0x00] }],
  [0x37, { at: zeros(10) }],
  [0x3c, { at: [0xc0] }],
  [0x3f, { at: [0x00] }],
  [0x46, { at: [0x00] }],
  [0x47, { at: [0x00] }],
  [0x4e, { at: [0x00] }],
  [0x4f, { at: [0x00, 0x00] }],
  [0x7f, { at: [] }],
];

export const SSD1683: Silicon = {
  name: "SSD1683",
  sources: 400,
  gates: 300,
  commands: new Map([
    ...COMMON,
    [0x01, { at: [0x2b, 0x01, 0x00] }],
    [0x1a, { at: [0x7f] }],
    [0x32, { at: zeros(227), least: 0 }],
    [0x41, { at: zeros(3), least: 1 }],
    [0x44, { at: [0x00, 0x31] }],
    [0x45, { at: [0x00, 0x00, 0x2b, 0x01] }],
  ]),
  degreesOf: ([whole]) => (whole! << 24) >> 24,
  sensedAs: (degrees) => [degrees & 0xff],
  customNs: (lut) => ssd1683Ns(lut),
  glass: { width: 400, height: 300 },
  at: (x, y) => ({ source: x, gate: y }),
  turned: false,
};

// The 2.9 inch glass is connected to sources S8 to S135 and rotated: gate 0 is its left edge, its last source
// the top. 21h B7 makes S8 the RAM's first source; without it the picture lands 8 pixels off (hardware-facts A.6).
const GLASS_SOURCES = 128;

export const SSD1680: Silicon = {
  name: "SSD1680",
  sources: 176,
  gates: 296,
  commands: new Map([
    ...COMMON,
    [0x01, { at: [0x27, 0x01, 0x00] }],
    [0x0f, { at: [0x00, 0x00] }],
    [0x1a, { at: [0x7f, 0xf0], least: 1 }],
    [0x2b, { at: [0x00, 0x00] }],
    [0x32, { at: zeros(153), least: 0 }],
    [0x41, { at: [0x00] }],
    [0x44, { at: [0x00, 0x15] }],
    [0x45, { at: [0x00, 0x00, 0x27, 0x01] }],
  ]),
  degreesOf: ([high, low]) => (((high! << 24) >> 20) | (low! >> 4)) >> 4,
  sensedAs: (degrees) => [degrees & 0xff, 0x00],
  customNs: (lut) => ssd1680Ns(lut),
  glass: { width: 296, height: GLASS_SOURCES },
  at: (x, y, option) => ({ source: GLASS_SOURCES - 1 - y + (option[1]! & 0x80 ? 0 : 8), gate: x }),
  turned: true,
};

// ---- films, with the times that GxEPD2 measured (hardware-facts A.5) ---------------------------------

export const GDEY042T81: Film = {
  name: "GDEY042T81",
  powerOnMs: 96,
  powerOffMs: 268,
  otp: [
    { waveform: "full", from: 0, to: 50, ms: 2_000 },
    { waveform: "partial", from: 0, to: 50, ms: 358 },
    { waveform: "fast", from: 100, to: 119, ms: 1_140 }, // selected by 1Ah = 6Eh, 110 degrees
  ],
};

export const GDEY029T94: Film = {
  name: "GDEY029T94",
  powerOnMs: 95.9,
  powerOffMs: 140,
  otp: [
    { waveform: "full", from: 0, to: 50, ms: 3_155 },
    { waveform: "partial", from: 0, to: 50, ms: 362 },
    { waveform: "fast", from: 95, to: 119, ms: 1_715 }, // selected by 1Ah = 64 00, 100 degrees
  ],
};

export const WAVESHARE_V2: Film = {
  name: "Waveshare 2.9 V2",
  powerOnMs: 95.9,
  powerOffMs: 140,
  otp: [{ waveform: "full", from: 0, to: 50, ms: 4_012 }],
};

// ---- waveforms written to 32h (hardware-facts A.4) ----------------------------------------------------

// Frame rate codes of both chips, Hz; those of the SSD1680 above 5 are not known.
const RATES = new Map([
  [1, 25],
  [2, 50],
  [3, 75],
  [4, 100],
  [5, 125],
]);
const RATES_1683 = new Map([...RATES, [9, 37.5], [10, 62.5], [11, 87.5], [12, 112.5]]);

// 227 bytes: four LUTs of eight groups (RP, four phases of VS and TP, two repeats), one frame rate.
function ssd1683Ns(lut: Uint8Array): number {
  const rate = RATES_1683.get(lut[224]! & 0xf);
  if (!rate) return 0;
  let longest = 0;
  for (let which = 0; which < 4; which++) {
    let frames = 0;
    for (let group = 0; group < 8; group++) {
      const [repeat, a, b, c, d, ab, cd] = lut.subarray(56 * which + 7 * group);
      const time = (phase: number) => phase & 0x3f;
      frames += (repeat! + 1) * ((time(a!) + time(b!)) * (ab! + 1) + (time(c!) + time(d!)) * (cd! + 1));
    }
    longest = Math.max(longest, frames);
  }
  return Math.round((longest / rate) * 1e9);
}

// 153 bytes: five LUTs of 12 level bytes, 12 groups of timing (TP A, B, repeat, TP C, D, repeat, RP), one frame
// rate nibble per group. Level 1 and 3 pull to black, 2 to white.
function ssd1680Ns(lut: Uint8Array): number {
  let lengthNs = 0;
  const pull = zeros(5);
  for (let group = 0; group < 12; group++) {
    const [a, b, ab, c, d, cd, repeat] = lut.subarray(60 + 7 * group);
    const rate = RATES.get((lut[144 + (group >> 1)]! >> (group & 1 ? 0 : 4)) & 0xf);
    const frames = [a! * (ab! + 1), b! * (ab! + 1), c! * (cd! + 1), d! * (cd! + 1)];
    for (let phase = 0; phase < 4; phase++) {
      if (!frames[phase]) continue;
      if (!rate) return 0;
      const ns = (frames[phase]! * (repeat! + 1) * 1e9) / rate;
      lengthNs += ns;
      for (let which = 0; which < 5; which++) {
        const level = (lut[12 * which + group]! >> (6 - 2 * phase)) & 3;
        pull[which]! += level === 2 ? -ns : level ? ns : 0;
      }
    }
  }
  // LUT1 drives black to white, LUT2 white to black: each must drive towards its target.
  return pull[1]! < 0 && pull[2]! > 0 ? Math.round(lengthNs) : 0;
}

// The shortest drive known to turn a pixel completely: 12 frames at 50 Hz.
export const COMPLETE_DRIVE_NS = 240 * NS_PER_MS;
