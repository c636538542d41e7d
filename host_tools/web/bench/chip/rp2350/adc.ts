// SPDX-License-Identifier: MIT
// adc: the RP2350's converter (datasheet 12.4) as far as single samples of a pin go: 96 cycles of its 48 MHz clock each.

import type { RP2040 } from "rp2040js";
import type { ChipClock } from "../../clock.js";
import { Kept } from "./kept.js";

const CS = 0x00,
  RESULT = 0x04;
const EN = 1,
  ONCE = 1 << 2,
  READY = 1 << 8;
const SAMPLE_NS = 2_000;

export class Adc extends Kept {
  private readyNs = 0;

  constructor(
    mcu: RP2040,
    private readonly clock: ChipClock,
    private readonly codes: readonly number[], // of the pins and of the sensor, by channel
  ) {
    super(mcu, "ADC");
  }

  override readUint32(offset: number): number {
    const kept = super.readUint32(offset);
    if (offset !== CS) return kept;
    return kept | (kept & EN && this.clock.nanos >= this.readyNs ? READY : 0);
  }

  override writeUint32(offset: number, value: number): void {
    if (offset === CS && value & EN && value & ONCE) {
      this.readyNs = this.clock.nanos + SAMPLE_NS;
      super.writeUint32(RESULT, this.codes[(value >> 12) & 0xf] ?? 0);
    }
    if (offset !== RESULT) super.writeUint32(offset, offset === CS ? value & ~ONCE : value);
  }
}
