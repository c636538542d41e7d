// SPDX-License-Identifier: MIT
// blocks: the RP2350's bus below the core: its blocks by address, SIO, and the interrupt lines.
//
// I2C, USB, pins, pads, XOSC and PLLs are rp2040js's at the RP2350's addresses; the others are the bench's own.

import { type BasePeripheral, RP2040 } from "rp2040js";
import type { BenchClock, ChipClock } from "../../clock.js";
import type { Memories } from "../chip.js";
import { Pl022 } from "../pl022.js";
import { polled } from "../polled.js";
import { UsbBlock } from "../usb_block.js";
import { Adc } from "./adc.js";
import { Clocks } from "./clocks.js";
import type { Bus, M33Core } from "./core.js";
import {
  BootRam,
  inIoBank0,
  Kept,
  Moved,
  NeverStarted,
  Powman,
  Resets,
  startsDma,
  startsPio,
  Trng,
  XipControl,
} from "./kept.js";
import { NotModelled } from "./not_modelled.js";
import { Sio } from "./sio.js";
import { Timer } from "./timer.js";
import { Watchdog } from "./watchdog.js";

const DPRAM_PAGE = 0x50100;
const PAD_RESET = 0x116; // isolated, pulled down, Schmitt trigger, input off (datasheet 9.11.3)
const IRQ_SPI1 = 19;
const DREQ_SPI1 = { tx: 26, rx: 27 }; // datasheet 12.6.4.1; DMA never asks

// rp2040js's interrupt numbers, and those of the RP2350 (datasheet 3.2).
const IRQS: Readonly<Record<number, number>> = {
  ...{ 5: 14, 13: 21, 18: 31, 19: 32, 20: 33, 21: 34, 23: 36, 24: 37 },
};

// The blocks that rp2040js has, connected to another core.
class Rp2040Blocks extends RP2040 {
  onLine: ((irq: number, high: boolean) => void) | undefined;

  onClocks: (() => void) | undefined; // a PLL has changed

  override updateClocks(): void {
    this.onClocks?.();
  }

  override setInterrupt(irq: number, high: boolean): void {
    this.onLine?.(irq, high);
  }
}

// What survives a reset by the watchdog, with POWMAN and BOOTRAM (datasheet 7.4).
export interface AlwaysOn {
  powman: Powman;
  bootram: BootRam;
}

export class Blocks implements Bus {
  readonly mcu: Rp2040Blocks;
  readonly alwaysOn: AlwaysOn;
  readonly spi: Pl022;
  private readonly adc: Adc;
  readonly usb: UsbBlock;
  readonly watchdog: Watchdog;
  private readonly sio: Sio;
  private readonly byAddress: Map<number, BasePeripheral>;

  constructor(
    private readonly core: M33Core,
    memories: Memories,
    chipClock: ChipClock,
    clock: BenchClock,
    survivors: AlwaysOn | null,
    watchdogFired: (reason: number) => void,
    logger: RP2040["logger"],
  ) {
    const mcu = new Rp2040Blocks(chipClock);
    this.mcu = mcu;
    mcu.logger = logger;
    this.alwaysOn = survivors ?? { powman: new Powman(mcu), bootram: new BootRam(mcu) };
    this.spi = new Pl022(mcu, clock, "SPI1", IRQ_SPI1, DREQ_SPI1);
    this.usb = new UsbBlock(mcu);
    const { dpram, sram } = memories;
    Object.assign(mcu, {
      sram,
      usbDPRAM: dpram,
      usbDPRAMView: new DataView(dpram.buffer, dpram.byteOffset, dpram.length),
      usbCtrl: this.usb,
    });
    for (const pin of mcu.gpio) pin.padValue = PAD_RESET;
    mcu.onLine = (irq, high) => {
      const here = IRQS[irq];
      if (here !== undefined) core.wasm.line(here, high ? 1 : 0);
      else if (high) throw new NotModelled(`interrupt ${irq}`);
    };
    this.adc = new Adc(mcu, chipClock, mcu.adc.channelValues);
    const timer = new Timer(mcu, chipClock, (alarm, high) => core.wasm.line(alarm, high ? 1 : 0));
    this.watchdog = new Watchdog(mcu, chipClock, watchdogFired);
    this.sio = new Sio(mcu);
    this.byAddress = this.table(timer, this.alwaysOn);
  }

  // The time at which the timer was 0, and the registers of I2C1 that the core reads without leaving its run.
  answer(epochNs: number): void {
    const { intRaw, abortSource, rxFIFO } = polled(this.mcu);
    this.core.wasm.answers(epochNs, intRaw, abortSource, rxFIFO.itemCount);
  }

  read(address: number, size: number): number {
    const word = this.readWord((address & ~3) >>> 0);
    if (size === 4) return word;
    return (word >>> (8 * (address & 3))) & (size === 1 ? 0xff : 0xffff);
  }

  // A narrow store to a register appears in all lanes (datasheet 2.1.5).
  write(address: number, size: number, value: number): void {
    if (address >>> 12 === DPRAM_PAGE) {
      this.writeDpram(address & 0xfff, size, value);
      return;
    }
    let word = value;
    if (size === 1) word = Math.imul(value & 0xff, 0x0101_0101) >>> 0;
    if (size === 2) word = Math.imul(value & 0xffff, 0x0001_0001) >>> 0;
    const aligned = (address & ~3) >>> 0;
    if (aligned >>> 28 === 0xd) this.sio.write(aligned & 0xffff, word);
    else {
      const block = this.block(aligned);
      if (block) block.writeUint32Atomic(aligned & 0xfff, word, (aligned >>> 12) & 3);
      else this.core.wasm.busError();
    }
  }

  private readWord(address: number): number {
    if (address >>> 28 === 0xd) return this.sio.read(address & 0xffff) >>> 0;
    const block = this.block(address);
    if (block) return block.readUint32(address & 0xfff) >>> 0;
    this.core.wasm.busError();
    return 0;
  }

  // Bits 13:12 select the plain register or its XOR, SET or CLR (datasheet 2.1.3).
  private block(address: number): BasePeripheral | undefined {
    if (address >>> 28 === 4) return this.byAddress.get(address & ~0x7fff);
    if (address >>> 28 === 5) return this.byAddress.get(address & ~0xffff);
    return undefined;
  }

  private writeDpram(offset: number, size: number, value: number): void {
    const { usbDPRAMView: view } = this.mcu;
    if (size === 1) view.setUint8(offset, value & 0xff);
    else if (size === 2) view.setUint16(offset, value & 0xffff, true);
    else view.setUint32(offset, value, true);
    this.usb.DPRAMUpdated(offset & ~3, view.getUint32(offset & ~3, true));
  }

  // Datasheet 2.2.
  private table(timer: Timer, { powman, bootram }: AlwaysOn): Map<number, BasePeripheral> {
    const { mcu } = this;
    const of2040 = (address: number) => mcu.peripherals[address >>> 12] as BasePeripheral;
    const kept = (name: string, initial = {}, fixed = {}) => new Kept(mcu, name, initial, fixed);
    const running = Object.fromEntries(
      [0, 1, 2, 3, 4, 5].map((tick) => [12 * tick, (value: number) => value | ((value & 1) << 1)]),
    );
    // QMI: never busy, and what it reads from the flash says that no write is enabled.
    const qmi = { 0: (value: number) => (value & ~2) | 0x800, 8: () => 2 };
    const pio = (name: string) => new NeverStarted(mcu, name, startsPio);
    const xip = new XipControl(mcu, this.core.wasm);
    const clocks = new Clocks(mcu);
    mcu.onClocks = () => clocks.update();
    return new Map<number, BasePeripheral>([
      [0x4000_0000, kept("SYSINFO", { 0: 0x2000_4927 })], // CHIP_ID of stepping A2
      [0x4000_8000, kept("SYSCFG")],
      [0x4001_0000, clocks],
      [0x4001_8000, kept("PSM")],
      [0x4002_0000, new Resets(mcu)],
      [0x4002_8000, new Moved(mcu, "IO_BANK0", of2040(0x4001_4000), inIoBank0)],
      // The select of the flash is high, also as the chip sees it (STATUS of QSPI_SS).
      [0x4003_0000, kept("IO_QSPI", {}, { 24: () => (1 << 9) | (1 << 17) })],
      [0x4003_8000, of2040(0x4001_c000)], // PADS_BANK0
      [0x4004_0000, kept("PADS_QSPI")],
      [0x4004_8000, of2040(0x4002_4000)], // XOSC
      [0x4005_0000, mcu.pllSys as unknown as BasePeripheral],
      [0x4005_8000, mcu.pllUsb as unknown as BasePeripheral],
      [0x4006_0000, kept("ACCESSCTRL")],
      [0x4006_8000, kept("BUSCTRL")],
      [0x4007_0000, of2040(0x4003_4000)], // UART0
      [0x4007_8000, of2040(0x4003_8000)],
      [0x4008_0000, of2040(0x4003_c000)], // SPI0
      [0x4008_8000, this.spi],
      [0x4009_0000, of2040(0x4004_4000)], // I2C0
      [0x4009_8000, of2040(0x4004_8000)],
      [0x400a_0000, this.adc],
      [0x400a_8000, kept("PWM")],
      [0x400b_0000, timer],
      [0x400b_8000, kept("TIMER1")],
      [0x400c_0000, kept("HSTX_CTRL")],
      [0x400c_8000, xip],
      [0x400d_0000, kept("QMI", {}, qmi)],
      [0x400d_8000, this.watchdog],
      [0x400e_0000, bootram],
      [0x400e_8000, kept("ROSC", {}, { 24: () => 1 << 31 })], // STATUS: stable
      [0x400f_0000, new Trng(mcu)],
      [0x400f_8000, kept("SHA256")],
      [0x4010_0000, powman],
      [0x4010_8000, kept("TICKS", {}, running)],
      [0x4012_0000, kept("OTP")],
      [0x4013_0000, kept("OTP_DATA")],
      [0x4013_8000, kept("OTP_DATA_RAW")],
      [0x4014_0000, kept("OTP_DATA_GUARDED")],
      [0x4015_8000, kept("CORESIGHT_PERIPH")],
      [0x4016_0000, kept("TBMAN", { 0: 1 })],
      [0x5000_0000, new NeverStarted(mcu, "DMA", startsDma)],
      [0x5011_0000, this.usb],
      [0x5020_0000, pio("PIO0")],
      [0x5030_0000, pio("PIO1")],
      [0x5040_0000, pio("PIO2")],
      [0x5060_0000, kept("HSTX_FIFO")],
    ]);
  }
}
