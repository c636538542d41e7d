// SPDX-License-Identifier: MIT
// core: the virtual pad's Cortex-M33 in C, compiled to WebAssembly, with the RP2350's memories.
//
// Time is a whole number of cycles of 20/3 ns; the bench's clock is set from it.

import { DPRAM_BYTES } from "../boards.js";
import type { Memories } from "../chip.js";
import { InkLabels, type TraceExports } from "../ink_labels.js";
import { NotModelled } from "./not_modelled.js";

const ROM_BYTES = 32 * 1024;
const PC = 15;

// enum left of m33.h: why the core stopped.
export enum Left {
  nothing = 0,
  access = 1,
  wfe = 2,
  wfi = 3,
  rom = 4,
  watch = 5,
  lockup = 6,
  unsupported = 7,
  reset = 8,
}

// core/rp2350.c
interface Exports extends TraceExports {
  reset(): void;
  run(until: number): Left;
  access(): Left;
  wakes(forEvent: number): number;
  cycle(): number;
  pass(toCycle: number): void;
  systick(): number;
  line(irq: number, high: number): void;
  busError(): void;
  answers(timerEpochNs: number, i2cRaw: number, i2cAbort: number, i2cLevel: number): void;
  returnFromRom(result: number, cycles: number): void;
  unsupported(): number;
  xipHits(): number;
  xipAccesses(): number;
  clearXip(accesses: number): void;
  sram(): number;
  flash(): number;
  dpram(): number;
  rom(): number;
  registers(): number;
}

export interface Bus {
  read(address: number, size: number): number;
  write(address: number, size: number, value: number): void;
}

export class M33Core {
  readonly memories: Memories;
  readonly rom: Uint8Array<ArrayBuffer>;
  readonly registers: Uint32Array<ArrayBuffer>;
  readonly wasm: Exports;
  readonly labels: InkLabels;

  constructor(module: WebAssembly.Module, flash: Uint8Array, sramBytes: number, bus: Bus) {
    const imports = {
      read: (address: number, size: number) => bus.read(address >>> 0, size),
      write: (address: number, size: number, value: number) => bus.write(address >>> 0, size, value >>> 0),
    };
    this.wasm = new WebAssembly.Instance(module, { bus: imports }).exports as unknown as Exports;
    const { wasm } = this;
    const { buffer } = wasm.memory as { buffer: ArrayBuffer };
    this.memories = {
      sram: new Uint8Array(buffer, wasm.sram(), sramBytes),
      dpram: new Uint8Array(buffer, wasm.dpram(), DPRAM_BYTES),
      flash: new Uint8Array(buffer, wasm.flash(), flash.length),
    };
    this.memories.flash.set(flash);
    this.rom = new Uint8Array(buffer, wasm.rom(), ROM_BYTES);
    this.registers = new Uint32Array(buffer, wasm.registers(), 16);
    this.labels = new InkLabels(wasm, sramBytes);
  }

  get pc(): number {
    return this.registers[PC]!;
  }

  // Whole nanoseconds since the bench began.
  get nowNs(): number {
    return Math.floor((this.wasm.cycle() * 20) / 3);
  }

  // The first cycle at or after a moment.
  static cycleAt(ns: number): number {
    return Math.ceil((ns * 3) / 20);
  }

  // Time passed without the core.
  catchUp(ns: number): void {
    if (this.nowNs < ns) this.wasm.pass(M33Core.cycleAt(ns));
  }

  refuse(): never {
    const op = (this.wasm.unsupported() >>> 0).toString(16);
    throw new NotModelled(`instruction ${op} at ${this.pc.toString(16)}`);
  }
}
