// SPDX-License-Identifier: MIT
// rp2040: the RP2040 on rp2040js, with what its blocks lack; plain instructions by rp2040js or by thumb.c.

import { RP2040 } from "rp2040js";
import { type BenchClock, NS_PER_US } from "../clock.js";
import { BOARDS, DPRAM_BYTES, FLASH_BASE } from "./boards.js";
import { Chip, type Memories, type ResetCause } from "./chip.js";
import type { InkLabels } from "./ink_labels.js";
import { Pl022 } from "./pl022.js";
import { ResetCauseRegister } from "./reset_cause.js";
import { ThumbCore } from "./thumb_core.js";
import { UsbBlock } from "./usb_block.js";

export const BOOTROM_BYTES = 16 * 1024;

// rp2040js runs everything at 125 MHz from the first instruction on; a real chip starts on its ring oscillator
// and is at 125 MHz some hundred microseconds later.
const CYCLE_NS = 1e9 / BOARDS.pico.clkSysHz;

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

export class Rp2040Chip extends Chip {
  readonly keepsSram = true;
  mcu!: RP2040;
  spi!: Pl022;
  usb!: UsbBlock;
  private readonly bootromWords: Uint32Array;

  // core: of core/rp2040.c; null: rp2040js executes every instruction.
  static create(
    clock: BenchClock,
    bootrom: ArrayBuffer,
    flash: Uint8Array<ArrayBuffer>,
    core: WebAssembly.Module | null,
  ): Rp2040Chip {
    const thumb = core && new ThumbCore(core, flash);
    const memories = thumb?.memories ?? {
      sram: new Uint8Array(BOARDS.pico.sramBytes),
      dpram: new Uint8Array(DPRAM_BYTES),
      flash,
    };
    return new Rp2040Chip(clock, bootrom, memories, thumb);
  }

  private constructor(
    clock: BenchClock,
    bootrom: ArrayBuffer,
    memories: Memories,
    private readonly thumb: ThumbCore | null,
  ) {
    super("pico", clock, memories);
    this.bootromWords = new Uint32Array(bootrom.slice(0));
    this.prepare("power-on");
  }

  override watchdogReset(): void {
    const { scratchData } = this.watchdog;
    super.watchdogReset();
    this.watchdog.scratchData.set(scratchData);
    this.watchdog.reason = 1; // TIMER (datasheet 4.7.6)
  }

  get labels(): InkLabels | null {
    return this.thumb?.labels ?? null;
  }

  private get watchdog(): Watchdog {
    return this.mcu.peripherals[WATCHDOG] as unknown as Watchdog;
  }

  protected override execute(moment: number, ended: () => boolean): void {
    if (this.thumb) this.executeCompiled(this.thumb, moment, ended);
    else this.executeHere(moment, ended);
  }

  private executeHere(moment: number, ended: () => boolean): void {
    const { clock } = this;
    const { core } = this.mcu;
    while (clock.now < moment && !ended()) {
      if (core.waiting) clock.advanceTo(Math.min(moment, clock.due));
      else this.passed(core.executeInstruction());
    }
  }

  // Alarms run between the same two instructions as if the clock advanced after each instruction.
  private executeCompiled(thumb: ThumbCore, moment: number, ended: () => boolean): void {
    const { clock } = this;
    const { core } = this.mcu;
    while (clock.now < moment && !ended()) {
      if (core.waiting) {
        clock.advanceTo(Math.min(moment, clock.due));
        continue;
      }
      if (!core.interruptsUpdated) {
        const room = Math.ceil((Math.min(clock.due, moment) - clock.now) / CYCLE_NS);
        const epoch = clock.now - this.chipClock.nanos;
        const taken = thumb.run(Math.max(1, room), clock.now, epoch);
        if (taken) this.passed(taken);
        if (!thumb.left || clock.now >= moment || ended()) continue;
      }
      this.passed(thumb.step());
    }
  }

  private passed(cycles: number): void {
    const { clock } = this;
    this.cycles += cycles;
    const next = clock.now + cycles * CYCLE_NS;
    if (next >= clock.due) clock.advanceTo(next);
    else clock.now = next;
  }

  protected override build(_cause: ResetCause, held: "power-on" | "run"): void {
    const mcu = new RP2040(this.chipClock);
    this.mcu = mcu;
    mcu.logger = this.quietLogger();
    this.thumb?.attach(mcu);
    mcu.loadBootrom(this.bootromWords);
    this.spi = new Pl022(mcu, this.clock, "SPI1", IRQ_SPI1, DREQ_SPI1);
    this.usb = new UsbBlock(mcu);
    const { sram, flash, dpram } = this;
    Object.assign(mcu, {
      sram,
      sramView: view(sram),
      flash,
      flash16: new Uint16Array(flash.buffer, flash.byteOffset, flash.length / 2),
      flashView: view(flash),
      usbDPRAM: dpram,
      usbDPRAMView: view(dpram),
      usbCtrl: this.usb,
    });
    mcu.peripherals[SPI1] = this.spi;
    mcu.peripherals[USB] = this.usb;
    mcu.peripherals[CHIP_RESET] = new ResetCauseRegister(mcu, held);
    this.alignTimer(mcu.peripherals[TIMER] as unknown as Timer);
    this.watchdog.onWatchdogTrigger = () => {
      this.watchdogFired = true;
    };
    mcu.core.PC = FLASH_BASE; // where the boot ROM goes when BOOTSEL is up
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
    const count = (component: string, message: string) => this.count(component, message);
    // SEV sets the core's own event register, too (ARMv6-M B1.5.18), so that the next WFE does not sleep.
    // rp2040js only logs it.
    const info = (_component: string, message: string) => {
      if (message === "SEV")
        (this.mcu.core as unknown as { eventRegistered: boolean }).eventRegistered = true;
    };
    return { debug: () => {}, info, warn: count, error: count };
  }
}

function view(bytes: Uint8Array<ArrayBuffer>): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
