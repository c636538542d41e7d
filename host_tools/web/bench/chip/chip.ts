// SPDX-License-Identifier: MIT
// chip: one microcontroller, driven synchronously in emulated time, with the resets that rp2040js lacks.
//
// rp2040js 1.4.1 has no chip-level reset: RP2040.reset() resets the core alone, and erases the flash. A reset
// here is therefore a new set of blocks on the same memories, with the same effect as on silicon: all
// registers at their defaults, memories kept.

import type { RP2040 } from "rp2040js";
import { type BenchClock, ChipClock } from "../clock.js";
import { BOARDS, type Board } from "./boards.js";
import type { InkLabels } from "./ink_labels.js";
import type { Pl022 } from "./pl022.js";
import type { UsbBlock } from "./usb_block.js";

export type ResetCause = "power-on" | "run" | "watchdog";

export interface Memories {
  sram: Uint8Array<ArrayBuffer>;
  dpram: Uint8Array<ArrayBuffer>;
  flash: Uint8Array<ArrayBuffer>; // as long as the board's
}

export abstract class Chip {
  // The blocks, as rp2040js has them: pins, I2C. Of the RP2350 those that it shares with the RP2040.
  abstract readonly mcu: RP2040;
  abstract readonly spi: Pl022;
  abstract readonly usb: UsbBlock;
  // null: the core cannot trace.
  abstract readonly labels: InkLabels | null;
  readonly sram: Uint8Array<ArrayBuffer>;
  readonly dpram: Uint8Array<ArrayBuffer>;
  readonly flash: Uint8Array<ArrayBuffer>;
  // Whether RUN low and high leaves SRAM as it is.
  abstract readonly keepsSram: boolean;
  powered = false;
  cycles = 0; // executed, without sleep
  watchdogResets = 0;
  complaints = new Map<string, number>(); // features that are not modelled, with the number of uses
  // Called for every new set of blocks after a reset, before the first instruction, and when the chip loses
  // power (null).
  onReset: ((cause: ResetCause | null) => void)[] = [];
  protected chipClock: ChipClock;
  protected watchdogFired = false;
  private lastCause: "power-on" | "run" = "power-on";
  private resets = 0;

  constructor(
    readonly board: Board,
    protected readonly clock: BenchClock,
    memories: Memories,
  ) {
    this.sram = memories.sram;
    this.dpram = memories.dpram;
    this.flash = memories.flash;
    this.chipClock = new ChipClock(clock);
  }

  get clkSysHz(): number {
    return BOARDS[this.board].clkSysHz;
  }

  // Every register at its reset value; the caller fills the memories.
  coldStart(): void {
    this.begin("power-on");
  }

  // RUN low and released.
  runReset(): void {
    this.begin("run");
  }

  watchdogReset(): void {
    this.begin("watchdog");
  }

  powerOff(): void {
    this.powered = false;
    this.chipClock.stop();
    for (const listener of this.onReset) listener(null);
  }

  // Advance emulated time to `moment`; without power only the bench's own alarms run.
  runUntil(moment: number): void {
    const { clock } = this;
    while (clock.now < moment) {
      if (!this.powered) {
        clock.advanceTo(Math.min(moment, Math.max(clock.due, clock.now)));
        continue;
      }
      const { resets } = this;
      this.execute(moment, () => this.watchdogFired || !this.powered || resets !== this.resets);
      // Reset between two instructions: the trigger may be a register write of the firmware.
      if (this.watchdogFired && this.powered) {
        this.watchdogResets++;
        this.watchdogReset();
      }
    }
  }

  // New blocks on the same memories. `held`: the cause that the chip reports; a watchdog reset keeps the previous one.
  protected abstract build(cause: ResetCause, held: "power-on" | "run"): void;

  // Execute until `moment`, or until `ended` says that the chip was reset, lost power, or waits for a reset.
  protected abstract execute(moment: number, ended: () => boolean): void;

  protected begin(cause: ResetCause): void {
    this.prepare(cause);
    this.powered = true;
    for (const listener of this.onReset) listener(cause);
  }

  protected prepare(cause: ResetCause): void {
    this.chipClock.stop();
    this.chipClock = new ChipClock(this.clock);
    this.watchdogFired = false;
    this.resets++;
    if (cause !== "watchdog") this.lastCause = cause;
    this.build(cause, this.lastCause);
  }

  protected count(component: string, message: string): void {
    const what = `${component}: ${message}`;
    this.complaints.set(what, (this.complaints.get(what) ?? 0) + 1);
  }
}
