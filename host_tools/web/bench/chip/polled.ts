// SPDX-License-Identifier: MIT
// polled: registers of I2C1 that a driver polls, which the cores in C answer. They change at alarms and accesses only.

import type { RP2040 } from "rp2040js";

// Fields that rp2040js keeps private: IC_RAW_INTR_STAT, IC_TX_ABRT_SOURCE (reading the register clears it), IC_RXFLR.
export interface PolledI2c {
  intRaw: number;
  abortSource: number;
  rxFIFO: { itemCount: number };
}

export function polled(mcu: RP2040): PolledI2c {
  return mcu.i2c[1]! as unknown as PolledI2c;
}
