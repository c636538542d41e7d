// SPDX-License-Identifier: MIT
// usb_block: the USB controller of rp2040js, corrected where a real bus differs (RP2040 datasheet 4.1.4).
//
// Corrections: SUSPENDED is a write-one-to-clear bit; CONNECTED is a level and not a latch (pico-sdk's enumeration
// fix waits for it, and hangs after a chip reset if an interrupt handler has just cleared it); a STALL of
// endpoint 0 is visible to the host; the pull-up on D+ signals to the host that a device is connected.

import { type RP2040, RPUSBController } from "rp2040js";

const MAIN_CTRL = 0x40,
  SIE_CTRL = 0x4c,
  SIE_STATUS = 0x50,
  EP_STALL_ARM = 0x68,
  USB_MUXING = 0x74;
const CONTROLLER_EN = 1;
const PULLUP_EN = 1 << 16;
const TO_PHY = 1,
  TO_DIGITAL_PAD = 1 << 2;
export const SIE_SUSPENDED = 1 << 4;
export const SIE_RESUME = 1 << 11;
const SIE_CONNECTED = 1 << 16;
const SIE_BUS_RESET = 1 << 19;
const EP0_STALL = 0b11;

// Fields that rp2040js keeps private.
interface Guts {
  sieStatus: number;
  sieCtrl: number;
  mainCtrl: number;
  epStallArm: number;
  sieStatusUpdated(): void;
}

export interface BusListener {
  pullUpChanged(up: boolean): void;
  controlStalled(): void;
}

export class UsbBlock extends RPUSBController {
  listener: BusListener | null = null;
  private connected = false;

  constructor(mcu: RP2040) {
    super(mcu, "USB");
  }

  private get guts(): Guts {
    return this as unknown as Guts;
  }

  get pulledUp(): boolean {
    return !!(this.guts.sieCtrl & PULLUP_EN && this.guts.mainCtrl & CONTROLLER_EN);
  }

  override writeUint32(offset: number, value: number): void {
    const { guts, rawWriteValue } = this;
    if (offset === SIE_STATUS) {
      if (rawWriteValue & SIE_SUSPENDED) guts.sieStatus &= ~SIE_SUSPENDED;
      if (rawWriteValue & SIE_BUS_RESET) this.connected = true;
    } else if (offset === USB_MUXING && value & TO_DIGITAL_PAD && !(value & TO_PHY)) {
      this.connected = true;
    }
    super.writeUint32(offset, value);
    if (this.connected) guts.sieStatus |= SIE_CONNECTED;
    if (offset === SIE_CTRL || offset === MAIN_CTRL) {
      this.listener?.pullUpChanged(this.pulledUp);
    } else if (offset === EP_STALL_ARM && value & EP0_STALL) {
      guts.epStallArm = 0; // the controller disarms it at the next SETUP
      this.listener?.controlStalled();
    }
  }

  // Raise a bit of SIE_STATUS, with its interrupt.
  signal(bit: number): void {
    this.guts.sieStatus |= bit;
    this.guts.sieStatusUpdated();
  }
}
