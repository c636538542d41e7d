// SPDX-License-Identifier: MIT
// wiring: the pad's nets, rebuilt after every reset of the chip: panel on SPI1, touch on I2C1, contacts, LED.

import { GPIOPinState, I2CMode, type RP2040 } from "rp2040js";
import type { Chip } from "./chip/chip.js";
import type { Alarm, BenchClock } from "./clock.js";
import { type Contact, drive } from "./contact.js";
import type { Module } from "./fitted.js";

const PANEL_DC = 8,
  PANEL_CS = 9,
  PANEL_CLK = 10,
  PANEL_MOSI = 11,
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
const CELL = 0,
  VSYS = 3; // inputs of the converter: half of the hold-up cell's voltage, a third of VSYS
const CHARGED_CODE = Math.floor((4.6 / 2 / 3.3) * 4096),
  VSYS_CODE = Math.floor((4.6 / 3 / 3.3) * 4096);
const BITS_PER_BYTE = 9; // with its acknowledge
const HAND_HZ = 1e6; // more than the clock of a panel whose pins are moved one by one

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
  private shifted = 0; // bits between the panel and pins that the firmware moves itself
  private bits = 0;

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
    this.follow(PANEL_CS, (level) => {
      this.bits = 0;
      panel.setCs(level);
    });
    this.follow(PANEL_DC, (level) => {
      this.bits = 0;
      panel.setDc(level);
    });
    mcu.gpio[PANEL_CLK]!.addListener(() => this.clockedByHand());
    this.follow(PANEL_RST, (level) => panel.setRst(level), true); // both modules pull their reset up
    this.follow(TOUCH_RST, (level) => touch.setRst(level), true);
    this.drive(PANEL_BUSY, panel.busy);
    this.drive(TOUCH_INT, touch.intLevel);
    this.drive(VBUS, this.vbusLevel);
    mcu.adc.channelValues[CELL] = CHARGED_CODE;
    mcu.adc.channelValues[VSYS] = VSYS_CODE;
    this.contacts.wipe.attach(mcu.gpio[WIPE]!);
    this.contacts.away.attach(mcu.gpio[AWAY]!);
    this.contacts.mode.attach(mcu.gpio[MODE]!);
    this.contacts.hook.attach(mcu.gpio[HOOK]!);
    this.connectI2c(chip);
  }

  // An edge of the clock that the firmware makes itself. The panel takes a bit at a rising edge, and puts the next one of
  // its answer on the data wire at a falling one, the highest first (SSD1680 section 6.1).
  private clockedByHand(): void {
    const { panel } = this.module;
    const { gpio } = this.mcu!;
    if (gpio[PANEL_CS]!.value !== GPIOPinState.Low) return;
    const { value } = gpio[PANEL_CLK]!;
    if (value === GPIOPinState.Low && panel.answers) {
      if (!this.bits) {
        this.shifted = panel.transfer(0);
        this.bits = 8;
      }
      this.bits -= 1;
      this.drive(PANEL_MOSI, Boolean((this.shifted >> this.bits) & 1));
    } else if (value === GPIOPinState.High && !panel.answers) {
      this.shifted = ((this.shifted << 1) & 0xff) | Number(gpio[PANEL_MOSI]!.value === GPIOPinState.High);
      this.bits += 1;
      if (this.bits === 8) {
        this.bits = 0;
        const { busHz } = panel;
        panel.busHz = HAND_HZ;
        panel.transfer(this.shifted);
        panel.busHz = busHz;
      }
    }
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
