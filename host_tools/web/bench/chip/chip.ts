// SPDX-License-Identifier: MIT
// chip: one RP2040 on rp2040js, driven synchronously in emulated time, with the resets that rp2040js lacks.
//
// rp2040js 1.4.1 has no chip-level reset: RP2040.reset() resets the core alone, and erases the flash. A reset
// here is therefore a new RP2040 on the same SRAM, flash and USB RAM, with the same effect as on silicon: all
// registers at their defaults, memories kept. Watchdog scratch and reason are copied where they survive.

import { RP2040 } from "rp2040js";
import { type BenchClock, ChipClock, NS_PER_US } from "../clock.js";
import { Pl022 } from "./pl022.js";
import { type ResetCause, ResetCauseRegister } from "./reset_cause.js";
import { UsbBlock } from "./usb_block.js";

export const SRAM_BASE = 0x2000_0000;
export const SRAM_BYTES = 264 * 1024;
export const BOOTROM_BYTES = 16 * 1024;
const DPRAM_BYTES = 4 * 1024;
const FLASH_START = 0x1000_0000;

// rp2040js runs everything at 125 MHz from the first instruction on; a real chip starts on its ring oscillator
// and is at 125 MHz some hundred microseconds later.
export const CLK_SYS_HZ = 125_000_000;
const CYCLE_NS = 1e9 / CLK_SYS_HZ;

const SPI1 = 0x40040,
  TIMER = 0x40054,
  WATCHDOG = 0x40058,
  CHIP_RESET = 0x40064,
  USB = 0x50110;
const IRQ_SPI1 = 19;
const DREQ_SPI1 = { tx: 18, rx: 19 }; // RP2040 datasheet, table 120

interface Watchdog {
  scratchData: Uint32Array;
  reason: number;
  onWatchdogTrigger: () => void;
}

interface Timer {
  alarms: { clockAlarm: { schedule(ns: number): void } }[];
}

export class Chip {
  readonly sram = new Uint8Array(SRAM_BYTES);
  readonly dpram = new Uint8Array(DPRAM_BYTES);
  mcu!: RP2040;
  spi!: Pl022;
  usb!: UsbBlock;
  powered = false;
  cycles = 0;
  watchdogResets = 0;
  complaints = new Map<string, number>(); // features that rp2040js does not model, with the number of uses
  // Called for every new chip after a reset, before its first instruction, and when it loses power (null).
  onReset: ((cause: ResetCause | null) => void)[] = [];
  private chipClock: ChipClock;
  private watchdogFired = false;
  private lastCause: "power-on" | "run" = "power-on";
  private readonly bootromWords: Uint32Array;

  constructor(
    private readonly clock: BenchClock,
    bootrom: ArrayBuffer,
    readonly flash: Uint8Array<ArrayBuffer>,
  ) {
    this.bootromWords = new Uint32Array(bootrom.slice(0));
    this.chipClock = new ChipClock(clock);
    this.build("power-on");
  }

  // Every register at its reset value; the caller fills the memories.
  coldStart(): void {
    this.begin("power-on");
  }

  // RUN low and released: memories stay, the watchdog block does not.
  runReset(): void {
    this.begin("run");
  }

  watchdogReset(): void {
    const { scratchData } = this.watchdog;
    this.begin("watchdog");
    this.watchdog.scratchData.set(scratchData);
    this.watchdog.reason = 1; // TIMER (datasheet 4.7.6)
  }

  powerOff(): void {
    this.powered = false;
    this.chipClock.stop();
    for (const listener of this.onReset) listener(null);
  }

  get watchdog(): Watchdog {
    return this.mcu.peripherals[WATCHDOG] as unknown as Watchdog;
  }

  // Advance emulated time to `moment`; without power only the bench's own alarms run.
  runUntil(moment: number): void {
    const { clock } = this;
    while (clock.now < moment) {
      if (!this.powered) {
        clock.advanceTo(Math.min(moment, Math.max(clock.due, clock.now)));
        continue;
      }
      const { core } = this.mcu;
      const before = core.cycles;
      // Until the time is up, or an alarm or a register write has reset the chip.
      while (clock.now < moment && !this.watchdogFired && this.powered && core === this.mcu.core) {
        if (core.waiting) {
          clock.advanceTo(Math.min(moment, clock.due));
        } else {
          const next = clock.now + core.executeInstruction() * CYCLE_NS;
          if (next >= clock.due) clock.advanceTo(next);
          else clock.now = next;
        }
      }
      this.cycles += core.cycles - before;
      // Reset between two instructions: the trigger may be a register write of the firmware.
      if (this.watchdogFired && this.powered) this.watchdogReset();
    }
  }

  private begin(cause: ResetCause): void {
    this.build(cause);
    this.powered = true;
    for (const listener of this.onReset) listener(cause);
  }

  private build(cause: ResetCause): void {
    this.chipClock.stop();
    this.chipClock = new ChipClock(this.clock);
    this.watchdogFired = false;
    if (cause !== "watchdog") this.lastCause = cause;
    const mcu = new RP2040(this.chipClock);
    this.mcu = mcu;
    mcu.logger = this.quietLogger();
    mcu.loadBootrom(this.bootromWords);
    this.spi = new Pl022(mcu, this.clock, "SPI1", IRQ_SPI1, DREQ_SPI1);
    this.usb = new UsbBlock(mcu);
    Object.assign(mcu, {
      sram: this.sram,
      sramView: new DataView(this.sram.buffer),
      flash: this.flash,
      flash16: new Uint16Array(this.flash.buffer),
      flashView: new DataView(this.flash.buffer),
      usbDPRAM: this.dpram,
      usbDPRAMView: new DataView(this.dpram.buffer),
      usbCtrl: this.usb,
    });
    mcu.peripherals[SPI1] = this.spi;
    mcu.peripherals[USB] = this.usb;
    mcu.peripherals[CHIP_RESET] = new ResetCauseRegister(mcu, this.lastCause);
    this.alignTimer(mcu.peripherals[TIMER] as unknown as Timer);
    this.watchdog.onWatchdogTrigger = () => {
      this.watchdogFired = true;
      this.watchdogResets++;
    };
    mcu.core.PC = FLASH_START; // where the boot ROM goes when BOOTSEL is up
  }

  // The timer compares whole microseconds (datasheet 4.6.3); rp2040js drops the fraction of the delay and fires
  // up to one microsecond early, when the counter still reads one less.
  private alignTimer(timer: Timer): void {
    const clock = this.chipClock;
    for (const { clockAlarm } of timer.alarms) {
      const schedule = clockAlarm.schedule.bind(clockAlarm);
      clockAlarm.schedule = (ns) => {
        const due = Math.ceil((clock.nanos + ns) / NS_PER_US) * NS_PER_US;
        schedule(due - clock.nanos);
      };
    }
  }

  private quietLogger(): RP2040["logger"] {
    const count = (component: string, message: string) => {
      const what = `${component}: ${message}`;
      this.complaints.set(what, (this.complaints.get(what) ?? 0) + 1);
    };
    // SEV sets the core's own event register, too (ARMv6-M B1.5.18), so that the next WFE does not sleep.
    // rp2040js only logs it.
    const info = (_component: string, message: string) => {
      if (message === "SEV")
        (this.mcu.core as unknown as { eventRegistered: boolean }).eventRegistered = true;
    };
    return { debug: () => {}, info, warn: count, error: count };
  }
}
