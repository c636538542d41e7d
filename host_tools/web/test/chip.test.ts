// SPDX-License-Identifier: MIT
// Blocks of the RP2350 that are the bench's own, each against its section of the datasheet, without a core.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GPIOPinState } from "rp2040js";
import type { Memories } from "../bench/chip/chip";
import { Blocks } from "../bench/chip/rp2350/blocks";
import type { M33Core } from "../bench/chip/rp2350/core";
import { NotModelled } from "../bench/chip/rp2350/not_modelled";
import { callRom, installRom } from "../bench/chip/rp2350/rom";
import { BenchClock, ChipClock, NS_PER_US } from "../bench/clock";

const SET = 0x2000,
  CLR = 0x3000;
const CLOCKS = 0x40010000,
  RESETS = 0x40020000,
  IO_BANK0 = 0x40028000,
  PLL_SYS = 0x40050000,
  TIMER0 = 0x400b0000,
  XIP_CTRL = 0x400c8000,
  WATCHDOG = 0x400d8000,
  BOOTRAM = 0x400e0000,
  POWMAN = 0x40100000,
  TICKS = 0x40108000,
  DMA = 0x50000000,
  DPRAM = 0x50100000,
  PIO2 = 0x50400000,
  SIO = 0xd0000000;

// The blocks, with a core that only records what they do to it.
function bench() {
  const clock = new BenchClock();
  const chipClock = new ChipClock(clock);
  const memories: Memories = {
    sram: new Uint8Array(0x82000),
    dpram: new Uint8Array(0x1000),
    flash: new Uint8Array(16),
  };
  const lines = new Map<number, boolean>();
  const returned: number[] = [];
  let hits = 7;
  const seen = { busErrors: 0, fired: 0, lines, returned };
  const core = {
    memories,
    rom: new Uint8Array(0x8000),
    registers: new Uint32Array(16),
    get pc(): number {
      return this.registers[15]!;
    },
    wasm: {
      line: (irq: number, high: number) => lines.set(irq, high === 1),
      busError: () => seen.busErrors++,
      xipHits: () => hits,
      xipAccesses: () => hits + 2,
      clearXip: (accesses: number) => {
        hits = accesses ? hits : 0;
      },
      returnFromRom: (result: number) => returned.push(result),
    },
  };
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const the = core as unknown as M33Core;
  const fired = (reason: number) => {
    seen.fired = reason;
  };
  const blocks = new Blocks(the, memories, chipClock, clock, null, fired, quiet);
  const read = (address: number) => blocks.read(address, 4);
  const write = (address: number, value: number) => blocks.write(address, 4, value);
  return { clock, chipClock, memories, core, the, seen, blocks, read, write };
}

test("the timer counts microseconds, and an alarm holds its line until it is acknowledged (12.8)", () => {
  const { clock, seen, read, write } = bench();
  clock.advance(7.9 * NS_PER_US);
  assert.equal(read(TIMER0 + 0x0c), 7);
  write(TIMER0 + SET + 0x40, 0b10); // INTE
  write(TIMER0 + 0x14, 20); // ALARM1
  assert.equal(read(TIMER0 + 0x20), 0b10);
  clock.advanceTo(19_999);
  assert.ok(!seen.lines.get(1));
  clock.advanceTo(20_000);
  assert.ok(seen.lines.get(1));
  assert.equal(read(TIMER0 + 0x48), 0b10);
  assert.equal(read(TIMER0 + 0x20), 0);
  write(TIMER0 + 0x3c, 0b10);
  assert.ok(!seen.lines.get(1));
  write(TIMER0 + 0x14, 21);
  write(TIMER0 + 0x20, 0b10); // disarmed
  clock.advance(100 * NS_PER_US);
  assert.equal(read(TIMER0 + 0x3c), 0);
});

test("the watchdog fires after its microseconds unless it is loaded again or off (12.9)", () => {
  const { clock, seen, read, write } = bench();
  write(WATCHDOG + 0x04, 1_000);
  clock.advance(5_000 * NS_PER_US);
  assert.equal(seen.fired, 0);
  write(WATCHDOG + SET, 1 << 30);
  clock.advance(600 * NS_PER_US);
  assert.equal(read(WATCHDOG) & 0xffffff, 400);
  write(WATCHDOG + 0x04, 1_000);
  clock.advance(999 * NS_PER_US);
  write(WATCHDOG + CLR, 1 << 30);
  clock.advance(5_000 * NS_PER_US);
  assert.equal(seen.fired, 0);
  write(WATCHDOG + SET, 1 << 30);
  clock.advance(NS_PER_US);
  assert.equal(seen.fired, 1);
  write(WATCHDOG + 0x0c, 0xdeadbeef);
  assert.equal(read(WATCHDOG + 0x0c), 0xdeadbeef);
  write(WATCHDOG + SET, 1 << 31);
  assert.equal(seen.fired, 2);
});

test("clk_peri follows the PLL and the dividers with 16 bits of fraction (8.1.7)", () => {
  const { blocks, read, write } = bench();
  write(PLL_SYS + 0x08, 125); // 12 MHz * 125 / 5 / 2
  write(PLL_SYS + 0x0c, (5 << 16) | (2 << 12));
  write(CLOCKS + 0x3c, 1); // clk_sys from the PLL
  assert.equal(read(CLOCKS + 0x44), 2);
  write(CLOCKS + SET + 0x48, 1 << 11); // clk_peri from clk_sys
  assert.equal(blocks.mcu.clkPeri, 150_000_000);
  write(CLOCKS + 0x40, 2 << 16);
  assert.equal(blocks.mcu.clkPeri, 75_000_000);
  write(CLOCKS + 0x40, (1 << 16) | 0x8000);
  assert.equal(blocks.mcu.clkPeri, 100_000_000);
  write(CLOCKS + 0x48, (1 << 11) | (4 << 5));
  assert.equal(blocks.mcu.clkPeri, 12_000_000);
});

test("pins follow SIO, and an edge interrupt is at the RP2350's place (3.1.11, 9.11.1)", () => {
  const { blocks, seen, read, write } = bench();
  const pin = blocks.mcu.gpio[9]!;
  write(IO_BANK0 + 8 * 9 + 4, 5); // SIO
  write(SIO + 0x38, 1 << 9); // OE_SET
  write(SIO + 0x18, 1 << 9); // OUT_SET
  assert.equal(pin.value, GPIOPinState.High);
  assert.equal(read(SIO + 0x10), 1 << 9);
  write(SIO + 0x20, 1 << 9);
  assert.equal(pin.value, GPIOPinState.Low);
  write(SIO + 0x28, 1 << 9);
  assert.equal(pin.value, GPIOPinState.High);
  write(SIO + 0x40, 1 << 9);
  assert.notEqual(pin.value, GPIOPinState.High);
  write(IO_BANK0 + SET + 0x24c, 0b1000 << 4); // INTE1: pin 9, rising edge
  write(0x40038000 + 4 + 4 * 9, 0x40); // input enabled
  pin.setInputValue(true);
  assert.ok(seen.lines.get(21));
  assert.equal((read(IO_BANK0 + 0x27c) >> 4) & 0b1000, 0b1000);
});

test("boot RAM, its locks, POWMAN's password, TICKS, RESETS and the cache's counters behave as sections 4.3, 6.4, 8.5, 7.5 and 4.4 say", () => {
  const { blocks, read, write } = bench();
  write(BOOTRAM + 0x10, 0x12345678);
  assert.equal(read(BOOTRAM + 0x10), 0x12345678);
  assert.equal(read(BOOTRAM + 0x828), 1 << 7);
  assert.equal(read(BOOTRAM + 0x828), 0);
  write(BOOTRAM + 0x828, 0);
  assert.equal(read(BOOTRAM + 0x828), 1 << 7);
  write(BOOTRAM + 0x800, 0b01);
  write(BOOTRAM + 0x800, 0b10);
  assert.equal(read(BOOTRAM + 0x800), 0b11);
  write(POWMAN + 0x60, 0x1234);
  assert.equal(read(POWMAN + 0x60), 0);
  write(POWMAN + 0x60, 0x5afe1234);
  assert.equal(read(POWMAN + 0x60), 0x1234);
  write(POWMAN + 0xb0, 0xcafecafe);
  assert.equal(read(POWMAN + 0xb0), 0xcafecafe);
  blocks.alwaysOn.powman.resetBy = "run";
  assert.equal(read(POWMAN + 0x2c), 1 << 18);
  write(TICKS + 0x18, 1);
  assert.equal(read(TICKS + 0x18), 0b11);
  assert.equal(read(RESETS + 8), 0);
  write(RESETS + CLR, 1 << 6);
  assert.equal(read(RESETS + 8), 1 << 6);
  assert.deepEqual([read(XIP_CTRL + 0x0c), read(XIP_CTRL + 0x10)], [7, 9]);
  write(XIP_CTRL + 0x0c, 1);
  assert.equal(read(XIP_CTRL + 0x0c), 0);
});

test("narrow accesses: lanes of a register, bytes of USB RAM (2.1.5)", () => {
  const { blocks, memories, read, write } = bench();
  blocks.write(BOOTRAM + 0x21, 1, 0xab);
  assert.equal(read(BOOTRAM + 0x20), 0xabababab);
  write(BOOTRAM + 0x20, 0x44332211);
  assert.deepEqual([blocks.read(BOOTRAM + 0x22, 1), blocks.read(BOOTRAM + 0x22, 2)], [0x33, 0x4433]);
  blocks.write(DPRAM + 0x201, 1, 0x7f);
  assert.deepEqual([...memories.dpram.subarray(0x200, 0x203)], [0, 0x7f, 0]);
});

test("what is not modelled ends the run; an address without a block is a bus error", () => {
  const { seen, read, write, the, core } = bench();
  write(DMA + 0x00, 0x20000000); // an address alone starts nothing
  assert.throws(() => write(DMA + 0x0c, 1), NotModelled);
  write(PIO2 + 0x48, 0xe081); // a program in memory
  assert.throws(() => write(PIO2 + 0x00, 1), NotModelled);
  assert.equal(read(0x401f8000), 0);
  assert.equal(seen.busErrors, 1);
  installRom(the);
  const lookup = (core.rom[0x16]! | (core.rom[0x17]! << 8)) & ~1;
  const call = (code: string) => {
    core.registers.set([code.charCodeAt(0) | (code.charCodeAt(1) << 8), 4]);
    core.registers[15] = lookup;
    callRom(the);
    return seen.returned.at(-1)!;
  };
  assert.throws(() => call("RB"), NotModelled);
  core.registers[15] = call("GS") & ~1;
  core.registers.set([0x20000100, 8, 1]);
  callRom(the);
  assert.equal(seen.returned.at(-1), 4);
  assert.deepEqual([...core.memories.sram.subarray(0x100, 0x104)], [1, 0, 0, 0]);
  core.registers[15] = 0x7ffe;
  assert.throws(() => callRom(the), NotModelled);
});
