// SPDX-License-Identifier: MIT
// thumb_core: the virtual pad's core in C (thumb.c), compiled to WebAssembly, for the plain instructions of an RP2040.
//
// It shares registers, memories and divider with a core of rp2040js, which executes everything else.

import type { RP2040 } from "rp2040js";
import { BOARDS, DPRAM_BYTES } from "./boards.js";
import type { Memories } from "./chip.js";
import { InkLabels, type TraceExports } from "./ink_labels.js";
import { type PolledI2c, polled } from "./polled.js";

const BOOTROM_WORDS = 4 * 1024;
const FLASH_WINDOW = 16 * 1024 * 1024; // as far as thumb.c reads
const ERASED = 0xff;

// core/rp2040.c
interface Exports extends TraceExports {
  reset(): void;
  run(limit: number, handler: number, nowNs: number): number;
  answers(timerEpochNs: number, i2cRaw: number, i2cAbort: number, i2cLevel: number): void;
  left(): number;
  sram(): number;
  flash(): number;
  dpram(): number;
  rom(): number;
  registers(): number;
  flags(): number;
  divider(): number;
  before(): number;
  stepped(first: number, second: number): void;
  pushed(frame: number): void;
  popLater(frame: number): void;
}

const PC = 15;
const WIDE = 0xe800; // first halfword of an instruction of 32 bits, at least
const FRAME_BYTES = 0x20;
const THREAD = 0; // ExecutionMode of rp2040js
const DIVIDER = ["divDividend", "divDivisor", "divQuotient", "divRemainder", "divCSR"] as const;

export class ThumbCore {
  readonly memories: Memories;
  readonly labels: InkLabels;
  private readonly wasm: Exports;
  private readonly rom: Uint32Array<ArrayBuffer>;
  private readonly registers: Uint32Array<ArrayBuffer>;
  private readonly flags: Uint32Array<ArrayBuffer>; // N, Z, C, V
  private readonly divider: Uint32Array<ArrayBuffer>;
  private readonly before: Uint32Array<ArrayBuffer>;
  private core!: RP2040["core"];
  private i2c!: PolledI2c;

  constructor(module: WebAssembly.Module, flash: Uint8Array) {
    this.wasm = new WebAssembly.Instance(module).exports as unknown as Exports;
    const { wasm } = this;
    const { buffer } = wasm.memory as { buffer: ArrayBuffer };
    this.memories = {
      sram: new Uint8Array(buffer, wasm.sram(), BOARDS.pico.sramBytes),
      dpram: new Uint8Array(buffer, wasm.dpram(), DPRAM_BYTES),
      flash: new Uint8Array(buffer, wasm.flash(), flash.length),
    };
    new Uint8Array(buffer, wasm.flash(), FLASH_WINDOW).fill(ERASED);
    this.memories.flash.set(flash);
    this.rom = new Uint32Array(buffer, wasm.rom(), BOOTROM_WORDS);
    this.registers = new Uint32Array(buffer, wasm.registers(), 16);
    this.flags = new Uint32Array(buffer, wasm.flags(), 4);
    this.divider = new Uint32Array(buffer, wasm.divider(), DIVIDER.length);
    this.before = new Uint32Array(buffer, wasm.before(), 16);
    this.labels = new InkLabels(wasm, BOARDS.pico.sramBytes);
  }

  // Share everything with a new chip of rp2040js, before its boot ROM is loaded.
  attach(mcu: RP2040): void {
    this.wasm.reset();
    this.registers.fill(0);
    this.core = mcu.core;
    this.i2c = polled(mcu);
    Object.assign(mcu.core, { registers: this.registers });
    Object.assign(mcu, { bootrom: this.rom });
    this.followExceptions();
    const { divider } = this;
    DIVIDER.forEach((name, index) => {
      divider[index] = mcu.sio[name];
      Object.defineProperty(mcu.sio, name, {
        get: () => divider[index],
        set: (value: number) => {
          divider[index] = value;
        },
      });
    });
  }

  // Execute from `nowNs` on until `limit` cycles have passed, or up to the first instruction that is not plain (`left`).
  // Returns the cycles. The timer was 0 at `epochNs`.
  run(limit: number, nowNs: number, epochNs: number): number {
    const { core, flags, i2c } = this;
    this.wasm.answers(epochNs, i2c.intRaw, i2c.abortSource, i2c.rxFIFO.itemCount);
    flags[0] = core.N ? 1 : 0;
    flags[1] = core.Z ? 1 : 0;
    flags[2] = core.C ? 1 : 0;
    flags[3] = core.V ? 1 : 0;
    const cycles = this.wasm.run(limit, core.currentMode, nowNs);
    core.N = flags[0] !== 0;
    core.Z = flags[1] !== 0;
    core.C = flags[2] !== 0;
    core.V = flags[3] !== 0;
    return cycles;
  }

  // One instruction by rp2040js. Returns its cycles.
  step(): number {
    const { core, wasm, before, registers } = this;
    if (!wasm.traced()) return core.executeInstruction();
    before.set(registers);
    const cycles = core.executeInstruction();
    const pc = before[PC]! & ~1;
    const first = core.readUint16(pc);
    wasm.stepped(first, first >= WIDE ? core.readUint16(pc + 2) : 0);
    return cycles;
  }

  // rp2040js enters an exception at the start of an instruction, and returns from one within it.
  private followExceptions(): void {
    const { core, wasm, before, registers } = this;
    const stackOf = () => {
      // The exception's own registers are those of the stack that was in use.
      const { SPSEL, currentMode, SPprocess, SPmain } = core;
      return ((SPSEL && currentMode === THREAD ? SPprocess : SPmain) - FRAME_BYTES) & ~4;
    };
    const enter = core.exceptionEntry.bind(core);
    core.exceptionEntry = (exception) => {
      const frame = stackOf();
      enter(exception);
      if (!wasm.traced()) return;
      wasm.pushed(frame);
      before.set(registers);
    };
    const leave = core.exceptionReturn.bind(core);
    core.exceptionReturn = (excReturn) => {
      if (wasm.traced()) wasm.popLater((excReturn & 0xf) === 0xd ? core.SPprocess : core.SPmain);
      leave(excReturn);
    };
  }

  get left(): boolean {
    return this.wasm.left() !== 0;
  }
}
