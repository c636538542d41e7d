// SPDX-License-Identifier: MIT
// wiring: the pad's nets, rebuilt after every reset of the chip: panel on SPI1, touch on I2C1, contacts, LED.

import { GPIOPinState, I2CMode, type RP2040 } from "rp2040js";
import type { Chip } from "./chip/chip.js";
import type { Alarm, BenchClock } from "./clock.js";
import { type Contact, drive } from "./contact.js";
import type { Module } from "./fitted.js";

const PANEL_DC = 8,
  PANEL_CS = 9,
  PANEL_RST = 12,
  PANEL_BUSY = 13;
const TOUCH_RST = 16,
  TOUCH_INT = 17;
const WIPE = 2,
  AWAY = 3,
  MODE = 15,
  HOOK = 22,
  VBUS = 24,
  LED = 25;
const BITS_PER_BYTE = 9; // with its acknowledge

export interface Contacts {
  wipe: Contact;
  away: Contact;
  mode: Contact;
  hook: Contact;
}

export class Wiring {
  private mcu: RP2040 | null = null;
  private onI2c: Alarm | null = null;
  private vbusLevel = false;

  constructor(
    private readonly clock: BenchClock,
    private readonly module: Module,
    private readonly contacts: Contacts,
  ) {
    module.panel.onBusy = (level) => this.drive(PANEL_BUSY, level);
    module.touch.onInt = (level) => this.drive(TOUCH_INT, level);
  }

  get vbus(): boolean {
    return this.vbusLevel;
  }

  // GP24 through the Pico's divider.
  set vbus(level: boolean) {
    this.vbusLevel = level;
    this.drive(VBUS, level);
  }

  get led(): boolean {
    return this.mcu?.gpio[LED]?.value === GPIOPinState.High;
  }

  connect(chip: Chip): void {
    const { mcu, spi } = chip;
    const { panel, touch } = this.module;
    this.mcu = mcu;
    spi.onByte = (byte) => panel.transfer(byte);
    spi.onRate = (hz) => (panel.busHz = hz);
    this.follow(PANEL_CS, (level) => panel.setCs(level));
    this.follow(PANEL_DC, (level) => panel.setDc(level));
    this.follow(PANEL_RST, (level) => panel.setRst(level), true); // both modules pull their reset up
    this.follow(TOUCH_RST, (level) => touch.setRst(level), true);
    this.drive(PANEL_BUSY, panel.busy);
    this.drive(TOUCH_INT, touch.intLevel);
    this.drive(VBUS, this.vbusLevel);
    this.contacts.wipe.attach(mcu.gpio[WIPE]!);
    this.contacts.away.attach(mcu.gpio[AWAY]!);
    this.contacts.mode.attach(mcu.gpio[MODE]!);
    this.contacts.hook.attach(mcu.gpio[HOOK]!);
    this.connectI2c(chip);
  }

  private drive(gpio: number, level: boolean): void {
    if (this.mcu) drive(this.mcu.gpio[gpio]!, level);
  }

  private follow(gpio: number, set: (level: boolean) => void, pulledUp = false): void {
    const pin = this.mcu!.gpio[gpio]!;
    const tell = () => {
      const { value } = pin;
      const driven = value === GPIOPinState.High || value === GPIOPinState.Low;
      set(driven ? value === GPIOPinState.High : pulledUp || value === GPIOPinState.InputPullUp);
    };
    pin.addListener(tell);
    tell();
  }

  private connectI2c({ mcu, clkSysHz }: Chip): void {
    const { touch } = this.module;
    const port = mcu.i2c[1]!;
    if (this.onI2c) {
      this.onI2c.cancel();
      touch.stop();
    }
    // SCL: high and low count in cycles of clk_sys (datasheet 4.3.14).
    const after = (bits: number, action: () => void) => {
      const bitNs = ((port.sclHighPeriod + port.sclLowPeriod) * 1e9) / clkSysHz;
      this.onI2c = this.clock.after(bits * bitNs, action);
    };
    port.onStart = () => after(1, () => port.completeStart());
    port.onConnect = (address, mode) =>
      after(BITS_PER_BYTE, () => port.completeConnect(touch.start(address, mode === I2CMode.Read)));
    port.onWriteByte = (value) => after(BITS_PER_BYTE, () => port.completeWrite(touch.write(value)));
    port.onReadByte = () => after(BITS_PER_BYTE, () => port.completeRead(touch.read()));
    port.onStop = () =>
      after(1, () => {
        touch.stop();
        port.completeStop();
      });
  }
}
