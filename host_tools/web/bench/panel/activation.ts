// SPDX-License-Identifier: MIT
// activation: one master activation (20h): executes the bits of 22h in order.
//
// The datasheets list values of 22h only; three independent sources agree on the bits (hardware-facts A.3):
// 80 clock on, 40 analog on, 20 read the temperature, 10 load the waveform from OTP, 08 display mode 2,
// 04 display, 02 analog off, 01 clock off.

import { NS_PER_MS } from "../clock.js";

export type Waveform = "full" | "fast" | "partial" | "custom";

// A waveform in OTP: the temperatures (whole degrees) that select it, and how long it takes.
export interface Stored {
  waveform: Exclude<Waveform, "custom">;
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
  customNs: number;
}

export const SUPPLIES_AT_RESET: Supplies = {
  clock: false,
  analog: false,
  degrees: 127, // 7Fh: no OTP range covers it
  lut: null,
  customNs: 0,
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

// No published figures: the oscillator alone, and one load. A measured refresh time includes
// its loads, so the drive time is the remainder.
const CLOCK_NS = 1 * NS_PER_MS;
const LOAD_NS = 5 * NS_PER_MS;

export function activation(
  control: number,
  at: Supplies,
  sensorDegrees: number | null,
  film: Film,
): Activation {
  const supplies = { ...at };
  const mode2 = !!(control & 0x08);
  let beforeNs = 0;
  let loadsNs = 0;
  if (control & 0x80 && !supplies.clock) {
    supplies.clock = true;
    beforeNs += CLOCK_NS;
  }
  if (control & 0x40 && supplies.clock && !supplies.analog) {
    supplies.analog = true;
    beforeNs += film.powerOnMs * NS_PER_MS - CLOCK_NS;
  }
  if (control & 0x20 && supplies.clock) {
    loadsNs += LOAD_NS;
    if (sensorDegrees !== null) supplies.degrees = sensorDegrees;
  }
  if (control & 0x10 && supplies.clock) {
    loadsNs += LOAD_NS;
    supplies.lut = stored(film, supplies.degrees, mode2)?.waveform ?? null;
  }
  beforeNs = Math.max(beforeNs + loadsNs, CLOCK_NS);

  let waveform: Waveform | null = null;
  let reason = "";
  let driveNs = 0;
  if (!(control & 0x04)) reason = "no display phase asked for";
  else if (!supplies.clock || !supplies.analog) reason = "clock or analog supply is off";
  else if (!supplies.lut) reason = `no waveform for ${supplies.degrees} degrees`;
  else {
    waveform = supplies.lut;
    const inOtp = film.otp.find((one) => one.waveform === waveform);
    driveNs = Math.max(1, (inOtp ? inOtp.ms * NS_PER_MS : supplies.customNs) - loadsNs);
  }

  let afterNs = 0;
  if (control & 0x02 && supplies.analog) {
    supplies.analog = false;
    afterNs += film.powerOffMs * NS_PER_MS - CLOCK_NS;
  }
  if (control & 0x01 && supplies.clock) {
    supplies.clock = false;
    afterNs += CLOCK_NS;
  }
  return { beforeNs, driveNs, afterNs, waveform, mode2, reason, supplies };
}

// Display mode 2 is the differential one; no waveform matches a temperature outside all ranges.
function stored(film: Film, degrees: number, mode2: boolean): Stored | undefined {
  return film.otp.find(
    (one) => (one.waveform === "partial") === mode2 && degrees >= one.from && degrees <= one.to,
  );
}
