// SPDX-License-Identifier: MIT
// pl022: an SPI port with the timing of its bus (RP2040 datasheet 4.4; PrimeCell SSP TRM).
//
// The PL022 of rp2040js transfers bytes in no time unless its caller adds delays, and its DMA requests ignore
// SSPDMACR. This one is timed by clk_peri, which rp2040js derives from the registers that the firmware writes.

import { BasePeripheral, FIFO, type RP2040 } from "rp2040js";
import type { Alarm, Clock } from "../clock.js";

const CR0 = 0x00,
  CR1 = 0x04,
  DR = 0x08,
  SR = 0x0c,
  CPSR = 0x10,
  IMSC = 0x14;
const RIS = 0x18,
  MIS = 0x1c,
  ICR = 0x20,
  DMACR = 0x24;
const SR_TFE = 1,
  SR_TNF = 2,
  SR_RNE = 4,
  SR_RFF = 8,
  SR_BSY = 16;
const INT_RX_OVERRUN = 1,
  INT_RX_TIMEOUT = 2,
  INT_RX_HALF = 4,
  INT_TX_HALF = 8;
const DMA_RX = 1,
  DMA_TX = 2;
const DEPTH = 8;
const CR1_ENABLE = 2;
const CR0_SPH = 1 << 7;
// With SPH = 0 the select line goes high between frames (datasheet 4.4.3.9): two more bit times.
const GAP_BITS = 2;

export class Pl022 extends BasePeripheral {
  onByte: (value: number) => number = () => 0xff; // a frame has ended; returns what came back
  onRate: (hz: number) => void = () => {};
  bytesSent = 0;
  bytesLost = 0;
  private cr0 = 0;
  private cr1 = 0;
  private prescale = 0;
  private mask = 0;
  private overrun = 0;
  private dma = 0;
  private readonly tx = new FIFO(DEPTH);
  private readonly rx = new FIFO(DEPTH);
  private shifting: Alarm | null = null;

  constructor(
    mcu: RP2040,
    private readonly clock: Clock,
    name: string,
    private readonly irq: number,
    private readonly dreq: { tx: number; rx: number },
  ) {
    super(mcu, name);
  }

  get bitsPerFrame(): number {
    return (this.cr0 & 0xf) + 1;
  }

  get bitRate(): number {
    return this.rp2040.clkPeri / (Math.max(2, this.prescale) * (1 + ((this.cr0 >> 8) & 0xff)));
  }

  get frameNs(): number {
    return ((this.bitsPerFrame + (this.cr0 & CR0_SPH ? 0 : GAP_BITS)) * 1e9) / this.bitRate;
  }

  override readUint32(offset: number): number {
    switch (offset) {
      case CR0:
        return this.cr0;
      case CR1:
        return this.cr1;
      case DR: {
        const value = this.rx.pull();
        this.changed();
        return value;
      }
      case SR:
        return (
          (this.tx.empty ? SR_TFE : 0) |
          (this.tx.full ? 0 : SR_TNF) |
          (this.rx.empty ? 0 : SR_RNE) |
          (this.rx.full ? SR_RFF : 0) |
          (this.shifting || !this.tx.empty ? SR_BSY : 0)
        );
      case CPSR:
        return this.prescale;
      case IMSC:
        return this.mask;
      case RIS:
        return this.raised;
      case MIS:
        return this.raised & this.mask;
      case DMACR:
        return this.dma;
      default:
        return super.readUint32(offset);
    }
  }

  override writeUint32(offset: number, value: number): void {
    switch (offset) {
      case CR0:
        this.cr0 = value;
        this.onRate(this.bitRate);
        break;
      case CR1:
        this.cr1 = value;
        this.next();
        break;
      case DR:
        if (this.tx.full) this.bytesLost++;
        else this.tx.push(value & ((1 << this.bitsPerFrame) - 1));
        this.next();
        this.changed();
        break;
      case CPSR:
        this.prescale = value & 0xfe;
        this.onRate(this.bitRate);
        break;
      case IMSC:
        this.mask = value & 0xf;
        this.changed();
        break;
      case ICR:
        if (value & INT_RX_OVERRUN) this.overrun = 0;
        this.changed();
        break;
      case DMACR:
        this.dma = value & 3;
        this.changed();
        break;
      default:
        super.writeUint32(offset, value);
    }
  }

  private get raised(): number {
    return (
      (this.overrun |
        (this.rx.itemCount >= DEPTH / 2 ? INT_RX_HALF : 0) |
        (this.tx.itemCount <= DEPTH / 2 ? INT_TX_HALF : 0)) &
      ~INT_RX_TIMEOUT
    );
  }

  private next(): void {
    if (this.shifting || this.tx.empty || !(this.cr1 & CR1_ENABLE)) return;
    const value = this.tx.pull();
    this.shifting = this.clock.after(this.frameNs, () => {
      this.shifting = null;
      this.bytesSent++;
      const answer = this.onByte(value);
      if (this.rx.full) this.overrun = INT_RX_OVERRUN;
      else this.rx.push(answer);
      this.next();
      this.changed();
    });
  }

  private changed(): void {
    this.rp2040.setInterrupt(this.irq, !!(this.raised & this.mask));
    this.request(this.dreq.tx, !!(this.dma & DMA_TX) && !this.tx.full);
    this.request(this.dreq.rx, !!(this.dma & DMA_RX) && !this.rx.empty);
  }

  private request(channel: number, wanted: boolean): void {
    if (wanted) this.rp2040.dma.setDREQ(channel);
    else this.rp2040.dma.clearDREQ(channel);
  }
}
