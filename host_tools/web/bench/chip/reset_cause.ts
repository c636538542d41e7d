// SPDX-License-Identifier: MIT
// reset_cause: VREG_AND_CHIP_RESET (RP2040 datasheet 2.10.7, 2.12.8), which rp2040js does not have.

import { BasePeripheral, type RP2040 } from "rp2040js";

const VREG = 0x0,
  BOD = 0x4,
  CHIP_RESET = 0x8;
const VREG_DEFAULT = 0xb1 | (1 << 12); // 1.10 V, enabled, regulation OK
const BOD_DEFAULT = 0x91;
const HAD_POR = 1 << 8,
  HAD_RUN = 1 << 16;

export class ResetCauseRegister extends BasePeripheral {
  private vreg = VREG_DEFAULT;
  private bod = BOD_DEFAULT;

  constructor(
    mcu: RP2040,
    private readonly cause: "power-on" | "run", // a watchdog reset keeps the previous cause
  ) {
    super(mcu, "VREG_AND_CHIP_RESET");
  }

  override readUint32(offset: number): number {
    if (offset === VREG) return this.vreg;
    if (offset === BOD) return this.bod;
    if (offset === CHIP_RESET) return this.cause === "run" ? HAD_RUN : HAD_POR;
    return super.readUint32(offset);
  }

  override writeUint32(offset: number, value: number): void {
    if (offset === VREG) this.vreg = value | (1 << 12);
    else if (offset === BOD) this.bod = value;
  }
}
