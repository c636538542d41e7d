// SPDX-License-Identifier: MIT
// ink_trace: gives the registers of the touch chip that hold a position the label of the stroke, on their way through I2C.

import type { Chip } from "./chip/chip.js";
import type { TouchChip } from "./touch/touch.js";

const IC_DATA_CMD = 0x10; // RP2040 datasheet 4.3.17

export class InkTrace {
  private stroke = 0;
  private received: number[] = []; // the labels of what waits in the receive FIFO, the oldest first

  constructor(
    private readonly chip: Chip,
    touch: TouchChip,
  ) {
    const read = touch.read.bind(touch);
    touch.read = () => {
      const inked = touch.holdsPosition();
      if (inked) chip.labels?.begin();
      this.received.push(inked ? this.stroke : 0);
      return read();
    };
  }

  penDown(): void {
    this.stroke++;
  }

  // The chip has new blocks.
  connect(): void {
    this.received = [];
    const { chip } = this;
    const port = chip.mcu.i2c[1]! as unknown as {
      readUint32(offset: number): number;
      rxFIFO: { itemCount: number };
    };
    const read = port.readUint32.bind(port);
    port.readUint32 = (offset) => {
      if (offset === IC_DATA_CMD) {
        this.received.splice(0, Math.max(0, this.received.length - port.rxFIFO.itemCount));
        chip.labels?.load(this.received.shift() ?? 0);
      }
      return read(offset);
    };
  }
}
