// SPDX-License-Identifier: MIT
// silicon: differences between the chips and modules of the SSD16xx family, as data.

import type { Film, Step } from "./activation.js";

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
  decoded: (lut: Uint8Array) => Step[] | null; // null: a frame rate that is not known
  glass: { width: number; height: number };
  // Index of pixel (x, y) of the glass in a plane's pixels, given 21h.
  at: (x: number, y: number, option: Uint8Array) => { source: number; gate: number };
  keptByRst: Map<number, number[]>; // bits of registers that a low RST does not clear
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
  [0x18, { at: [0x80] }], // the data sheets give 48; modules come up with their own sensor (hardware-facts A.2)
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
  decoded: (lut) => ssd1683Steps(lut),
  keptByRst: new Map(),
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
  decoded: (lut) => ssd1680Steps(lut),
  keptByRst: new Map([[0x21, [0x00, 0x80]]]), // hardware-facts A.6-9
  glass: { width: 296, height: GLASS_SOURCES },
  at: (x, y, option) => ({ source: GLASS_SOURCES - 1 - y + (option[1]! & 0x80 ? 0 : 8), gate: x }),
  turned: true,
};

// ---- films, from the times that GxEPD2 measured (hardware-facts A.5) ---------------------------------

export const GDEY042T81: Film = {
  name: "GDEY042T81",
  powerOnMs: 96,
  powerOffMs: 268,
  otp: [
    { waveform: "full", mode2: false, from: 0, to: 50, ms: 1_912 },
    { waveform: "partial", mode2: true, from: 0, to: 50, ms: 270 },
    { waveform: "fast", mode2: false, from: 85, to: 94, ms: 553 }, // selected by 1Ah = 5Ah, 90 degrees
    { waveform: "fast", mode2: false, from: 95, to: 119, ms: 1_057 }, // 64h or 6Eh
  ],
};

export const GDEY029T94: Film = {
  name: "GDEY029T94",
  powerOnMs: 95.9,
  powerOffMs: 140,
  otp: [
    { waveform: "full", mode2: false, from: 0, to: 50, ms: 3_067 },
    { waveform: "partial", mode2: true, from: 0, to: 50, ms: 274 },
    { waveform: "fast", mode2: false, from: 85, to: 119, ms: 1_632 }, // selected by 1Ah = 64 00, 100 degrees
  ],
};

export const WAVESHARE_V2: Film = {
  name: "Waveshare 2.9 V2",
  powerOnMs: 95.9,
  powerOffMs: 140,
  otp: [{ waveform: "full", mode2: false, from: 0, to: 50, ms: 3_924 }],
};

// ---- waveforms written to 32h (hardware-facts A.4) ----------------------------------------------------

// Frame rate codes of both chips, Hz; those of the SSD1680 above 5 continue the others up to its 200 Hz.
const RATES = new Map([
  [1, 25],
  [2, 50],
  [3, 75],
  [4, 100],
  [5, 125],
]);
const MOST_STEPS = 4096; // that are followed
const RATES_1680 = new Map([...RATES, [6, 150], [7, 175], [8, 200]]);
const RATES_1683 = new Map([...RATES, [9, 37.5], [10, 62.5], [11, 87.5], [12, 112.5]]);

// 227 bytes: LUTC and the rows of planes 11, 10, 01, 00, each of six groups (RP, four phases of VS and TP, two
// repeats, as written); one frame rate.
function ssd1683Steps(lut: Uint8Array): Step[] | null {
  const rate = RATES_1683.get(lut[224]! & 0xf);
  if (!rate) return null;
  const frameNs = Math.round(1e9 / rate);
  const rows = [0, 1, 2, 3, 4].map((table) => {
    const found: { frames: number; code: number }[] = [];
    for (let group = 0; group < 6; group++) {
      const [repeat, a, b, c, d, ab, cd] = lut.subarray(42 * table + 7 * group);
      for (let round = 0; round < repeat! && found.length < MOST_STEPS; round++) {
        for (const [count, ...pair] of [
          [ab!, a!, b!],
          [cd!, c!, d!],
        ] as const) {
          for (let again = 0; again < count; again++) {
            for (const phase of pair)
              if (phase & 0x3f) found.push({ frames: phase & 0x3f, code: phase >> 6 });
          }
        }
      }
    }
    return found.slice(0, MOST_STEPS);
  });
  const steps: Step[] = [];
  while (rows.some((row) => row.length) && steps.length < MOST_STEPS) {
    const frames = Math.min(...rows.filter((row) => row.length).map((row) => row[0]!.frames));
    const codes = rows.map((row) => row[0]?.code ?? 0);
    const [com, white, toBlack, toWhite, black] = codes as [number, number, number, number, number];
    steps.push({ ns: frames * frameNs, codes: [black, toWhite, toBlack, white], com });
    for (const row of rows) {
      if (!row.length) continue;
      row[0]!.frames -= frames;
      if (!row[0]!.frames) row.shift();
    }
  }
  return steps;
}

// 153 bytes: five LUTs of 12 level bytes, 12 groups of timing (TP A, B, repeat, TP C, D, repeat, RP), one frame
// rate nibble per group.
function ssd1680Steps(lut: Uint8Array): Step[] | null {
  const steps: Step[] = [];
  for (let group = 0; group < 12; group++) {
    const [a, b, ab, c, d, cd, repeat] = lut.subarray(60 + 7 * group);
    const rate = RATES_1680.get((lut[144 + (group >> 1)]! >> (group & 1 ? 0 : 4)) & 0xf);
    if (!(a! | b! | c! | d!)) continue;
    if (!rate) return null;
    const frameNs = Math.round(1e9 / rate);
    for (let round = 0; round <= repeat! && steps.length < MOST_STEPS; round++) {
      for (const [first, count, ...pair] of [
        [0, ab!, a!, b!],
        [2, cd!, c!, d!],
      ] as const) {
        for (let again = 0; again <= count; again++) {
          for (const [index, frames] of pair.entries()) {
            if (!frames) continue;
            const at = (which: number) => (lut[12 * which + group]! >> (6 - 2 * (first + index))) & 3;
            steps.push({ ns: frames * frameNs, codes: [at(0), at(1), at(2), at(3)], com: at(4) });
          }
        }
      }
    }
  }
  return steps.slice(0, MOST_STEPS);
}
