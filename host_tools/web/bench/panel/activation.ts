// SPDX-License-Identifier: MIT
// activation: one master activation (20h): executes the bits of 22h in order.
//
// The datasheets list values of 22h only; three independent sources agree on the bits (hardware-facts A.3):
// 80 clock on, 40 analog on, 20 read the temperature, 10 load the waveform from OTP, 08 display mode 2,
// 04 display, 02 analog off, 01 clock off.

import { NS_PER_MS } from "../clock.js";

export type Waveform = "full" | "fast" | "partial" | "custom";

// Frames in which nothing changes: VS codes (0 VSS, 1 VSH1, 2 VSL, 3 VSH2) of the rows for planes (old, new) 00, 01,
// 10, 11, and of VCOM.
export interface Step {
  ns: number;
  codes: [number, number, number, number];
  com: number;
}

// A waveform in OTP: its display mode, the temperatures (whole degrees) that select it, and the length of its frames: the
// published length of BUSY without the overhead of FCh and F4h (88 ms) or D4h (83).
export interface Stored {
  waveform: Exclude<Waveform, "custom">;
  mode2: boolean;
  from: number;
  to: number;
  ms: number;
}

export interface Film {
  name: string;
  powerOnMs: number;
  powerOffMs: number;
  otp: Stored[];
}

// State that is kept between activations.
export interface Supplies {
  clock: boolean;
  analog: boolean;
  degrees: number;
  lut: Waveform | null;
  stored: Stored | null;
}

export const SUPPLIES_AT_RESET: Supplies = {
  clock: false,
  analog: false,
  degrees: 127, // 7Fh: no OTP range covers it
  lut: null,
  stored: null,
};

export interface Activation {
  beforeNs: number;
  driveNs: number;
  afterNs: number;
  waveform: Waveform | null; // null: the glass is not touched, and `reason` says why
  mode2: boolean;
  reason: string;
  supplies: Supplies;
}

// No published figures: the oscillator alone, and one load. What an activation takes beside its frames, and what asking for
// clock and analog adds, are carried over from an SSD1677 (hardware-facts A.3): FCh then has 88 ms.
const CLOCK_NS = 1 * NS_PER_MS;
const LOAD_NS = 5 * NS_PER_MS;
const OVERHEAD_NS = 6 * NS_PER_MS;
const RECYCLED_NS = 72 * NS_PER_MS;

export function activation(
  control: number,
  at: Supplies,
  sensorDegrees: number | null,
  film: Film,
  custom: Step[] | null, // of the LUT registers; null: its frame rate is not known
): Activation {
  const supplies = { ...at };
  const mode2 = !!(control & 0x08);
  const wasOn = supplies.clock && supplies.analog;
  let beforeNs = 0;
  if (control & 0x80 && !supplies.clock) {
    supplies.clock = true;
    beforeNs += CLOCK_NS;
  }
  if (control & 0x40 && supplies.clock && !supplies.analog) {
    supplies.analog = true;
    beforeNs += film.powerOnMs * NS_PER_MS - CLOCK_NS;
  }
  const shows = !!(control & 0x04) && supplies.clock && supplies.analog;
  if (shows && control & 0xc0 && (wasOn || control & 0x10)) beforeNs += RECYCLED_NS;
  if (control & 0x20 && supplies.clock) {
    beforeNs += LOAD_NS;
    if (sensorDegrees !== null) supplies.degrees = sensorDegrees;
  }
  if (control & 0x10 && supplies.clock) {
    beforeNs += LOAD_NS;
    supplies.stored = stored(film, supplies.degrees, mode2) ?? null;
    supplies.lut = supplies.stored?.waveform ?? null;
  }

  let waveform: Waveform | null = null;
  let reason = "";
  let driveNs = 0;
  if (!(control & 0x04)) reason = "no display phase asked for";
  else if (!supplies.clock || !supplies.analog) reason = "clock or analog supply is off";
  else if (!supplies.lut) reason = `no waveform for ${supplies.degrees} degrees`;
  else if (supplies.lut !== "custom") {
    waveform = supplies.lut;
    driveNs = supplies.stored!.ms * NS_PER_MS;
  } else if (!custom) reason = "frame rate that is not known";
  else if (!custom.length) reason = "no frames in the waveform";
  else {
    waveform = "custom";
    driveNs = custom.reduce((sum, step) => sum + step.ns, 0);
  }

  let afterNs = 0;
  if (shows) {
    beforeNs += (OVERHEAD_NS * 2) / 3;
    afterNs += OVERHEAD_NS / 3;
  }
  if (control & 0x02 && supplies.analog) {
    supplies.analog = false;
    afterNs += film.powerOffMs * NS_PER_MS - CLOCK_NS;
  }
  if (control & 0x01 && supplies.clock) {
    supplies.clock = false;
    afterNs += CLOCK_NS;
  }
  beforeNs = Math.max(beforeNs, CLOCK_NS);
  return { beforeNs, driveNs, afterNs, waveform, mode2, reason, supplies };
}

// Display mode 2 is the differential one; no waveform matches a temperature outside all ranges.
function stored(film: Film, degrees: number, mode2: boolean): Stored | undefined {
  return film.otp.find((one) => one.mode2 === mode2 && degrees >= one.from && degrees <= one.to);
}
