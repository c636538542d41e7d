// SPDX-License-Identifier: MIT
// chip: the RP2350 of a Pico 2: one Arm core in Secure state; the other stays in its boot ROM, as our images leave it.

import type { RP2040 } from "rp2040js";
import type { BenchClock } from "../../clock.js";
import { BOARDS } from "../boards.js";
import { Chip, type ResetCause } from "../chip.js";
import type { InkLabels } from "../ink_labels.js";
import type { Pl022 } from "../pl022.js";
import type { UsbBlock } from "../usb_block.js";
import { type AlwaysOn, Blocks } from "./blocks.js";
import { type Bus, Left, M33Core } from "./core.js";
import { callRom, installRom } from "./rom.js";
import { REASON_TIMER } from "./watchdog.js";

export class Rp2350Chip extends Chip {
  readonly keepsSram = false; // RUN switches the memories off (pico-sdk issue 2043)
  private blocks!: Blocks;
  private alwaysOn: AlwaysOn | null = null;
  private asleep: Left.nothing | Left.wfe | Left.wfi = Left.nothing;
  private lockedUp = false;
  private reason = 0; // why the watchdog fires

  static create(clock: BenchClock, flash: Uint8Array, module: WebAssembly.Module): Rp2350Chip {
    // The bus is the present chip's, and each reset replaces its blocks.
    const present: { bus: Bus | null } = { bus: null };
    const core = new M33Core(module, flash, BOARDS.pico2.sramBytes, {
      read: (address, size) => present.bus!.read(address, size),
      write: (address, size, value) => present.bus!.write(address, size, value),
    });
    return new Rp2350Chip(clock, core, present);
  }

  private constructor(
    clock: BenchClock,
    private readonly core: M33Core,
    private readonly present: { bus: Bus | null },
  ) {
    super("pico2", clock, core.memories);
    installRom(core);
    this.prepare("power-on");
  }

  get mcu(): RP2040 {
    return this.blocks.mcu;
  }

  get spi(): Pl022 {
    return this.blocks.spi;
  }

  get labels(): InkLabels {
    return this.core.labels;
  }

  get usb(): UsbBlock {
    return this.blocks.usb;
  }

  // Scratch registers and REASON survive (datasheet 12.9).
  override watchdogReset(): void {
    const { scratch } = this.blocks.watchdog;
    const reason = this.reason || REASON_TIMER;
    super.watchdogReset();
    this.blocks.watchdog.scratch.set(scratch);
    this.blocks.watchdog.reason = reason;
  }

  protected override build(cause: ResetCause): void {
    const { core } = this;
    this.asleep = Left.nothing;
    this.lockedUp = false;
    this.reason = 0;
    core.wasm.reset();
    const kept = cause === "watchdog" ? this.alwaysOn : null;
    const count = (component: string, message: string) => this.count(component, message);
    const fired = (reason: number) => {
      this.reason = reason;
      this.watchdogFired = true;
    };
    this.blocks = new Blocks(core, core.memories, this.chipClock, this.clock, kept, fired, {
      debug: () => {},
      info: () => {},
      warn: count,
      error: count,
    });
    this.alwaysOn = this.blocks.alwaysOn;
    this.alwaysOn.powman.resetBy = cause;
    this.present.bus = this.blocks;
  }

  protected override execute(moment: number, ended: () => boolean): void {
    const { clock, core } = this;
    core.catchUp(clock.now);
    while (clock.now < moment && !ended()) {
      if (this.lockedUp) clock.advanceTo(Math.min(moment, clock.due));
      else if (this.asleep) this.sleep(moment);
      else {
        const left = this.run(M33Core.cycleAt(Math.min(clock.due, moment)));
        // An access that has not been made waits for the next run; what has been done must have its effect.
        if (left && !(left === Left.access && (clock.now >= moment || ended()))) this.handle(left);
      }
    }
  }

  private run(until: number): Left {
    const { core, clock, blocks } = this;
    const { wasm } = core;
    blocks.answer(clock.now - this.chipClock.nanos);
    const before = wasm.cycle();
    const left = wasm.run(Math.max(until, before + 1));
    this.cycles += wasm.cycle() - before;
    clock.advanceTo(core.nowNs);
    return left;
  }

  private handle(left: Left): void {
    const { core, clock } = this;
    switch (left) {
      case Left.access: {
        // The one instruction, at its own time.
        const next = core.wasm.access();
        clock.advanceTo(core.nowNs);
        if (next) this.handle(next);
        return;
      }
      case Left.wfe:
      case Left.wfi:
        this.asleep = left;
        return;
      case Left.rom:
        callRom(core);
        clock.advanceTo(core.nowNs);
        return;
      case Left.lockup: // a fault in the handler of a fault: until a reset (Armv8-M ARM B3.33)
        this.lockedUp = true;
        return;
      case Left.reset: // AIRCR.SYSRESETREQ
        this.watchdogFired = true;
        return;
      default:
        core.refuse();
    }
  }

  private sleep(moment: number): void {
    const { core, clock } = this;
    const { wasm } = core;
    if (wasm.wakes(this.asleep === Left.wfe ? 1 : 0)) {
      this.asleep = Left.nothing;
      return;
    }
    const until = M33Core.cycleAt(Math.min(moment, clock.due));
    const systick = wasm.systick();
    wasm.pass(Math.max(wasm.cycle() + 1, systick >= 0 ? Math.min(until, systick) : until));
    clock.advanceTo(core.nowNs);
  }
}
