// SPDX-License-Identifier: MIT
// clocks: CLOCKS of the RP2350 (datasheet 8.1.7, hardware-facts.md RP2350): which clocks are selected, and the frequency of clk_peri.

import type { RP2040 } from "rp2040js";
import { Kept } from "./kept.js";

const REF_CTRL = 0x30,
  REF_DIV = 0x34,
  REF_SELECTED = 0x38,
  SYS_CTRL = 0x3c,
  SYS_DIV = 0x40,
  SYS_SELECTED = 0x44,
  PERI_CTRL = 0x48,
  PERI_DIV = 0x4c;
const SELECTED = [0x08, 0x14, 0x20, 0x2c, 0x50, 0x5c, 0x68, 0x74]; // of the clocks with one source
const ENABLE = 1 << 11,
  KILL = 1 << 10;
const ONE = 0x1_0000; // dividers: 16 bits of fraction
const LPOSC_HZ = 32_768;

export class Clocks extends Kept {
  constructor(mcu: RP2040) {
    super(
      mcu,
      "CLOCKS",
      Object.fromEntries(
        [0x04, 0x10, 0x1c, 0x28, REF_DIV, SYS_DIV, PERI_DIV, 0x58, 0x64, 0x70].map((at) => [at, ONE]),
      ),
      {
        [REF_SELECTED]: () => 1 << (this.register(REF_CTRL) & 3),
        [SYS_SELECTED]: () => 1 << (this.register(SYS_CTRL) & 1),
        ...Object.fromEntries(SELECTED.map((offset) => [offset, () => 1])),
      },
    );
  }

  override writeUint32(offset: number, value: number): void {
    super.writeUint32(offset, value);
    this.update();
  }

  // After a change here or of a PLL. A clock that stands still leaves the last frequency.
  update(): void {
    const hz = this.periHz;
    if (hz) this.rp2040.clkPeri = hz;
  }

  private register(offset: number): number {
    return this.kept.get(offset) ?? 0;
  }

  private get periHz(): number {
    const control = this.register(PERI_CTRL);
    if (!(control & ENABLE) || control & KILL) return 0;
    const { pllSys, pllUsb, roscFreq, xoscFreq } = this.rp2040;
    const source =
      [this.sysHz, pllSys.frequency, pllUsb.frequency, roscFreq, xoscFreq][(control >> 5) & 7] ?? 0;
    return source / this.divisor(PERI_DIV, 3);
  }

  private get sysHz(): number {
    const { pllSys, pllUsb, roscFreq, xoscFreq } = this.rp2040;
    const control = this.register(SYS_CTRL);
    const aux = [pllSys.frequency, pllUsb.frequency, roscFreq, xoscFreq][(control >> 5) & 7] ?? 0;
    return (control & 1 ? aux : this.refHz) / this.divisor(SYS_DIV, 0xffff);
  }

  private get refHz(): number {
    const { pllUsb, roscFreq, xoscFreq } = this.rp2040;
    const source = [roscFreq, pllUsb.frequency, xoscFreq, LPOSC_HZ][this.register(REF_CTRL) & 3]!;
    return source / this.divisor(REF_DIV, 0xff);
  }

  // most: of the whole part; a whole part of 0 is one more than that.
  private divisor(offset: number, most: number): number {
    const value = this.register(offset);
    return ((value >>> 16) & most || most + 1) + (most === 0xffff ? (value & 0xffff) / ONE : 0);
  }
}
