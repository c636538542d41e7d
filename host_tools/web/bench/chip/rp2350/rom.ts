// SPDX-License-Identifier: MIT
// rom: a boot ROM of our own for the RP2350: what a sealed image calls (datasheet 5.4); anything else ends the run.
//
// The halfword at 16h is the address of the lookup: it takes a code of two letters, and returns a function's address.
// Every function is one address; a core that gets there leaves to `call`. The real ROM's times are not modelled.

import { SRAM_BASE } from "../boards.js";
import type { M33Core } from "./core.js";
import { NotModelled } from "./not_modelled.js";

const MAGIC = [0x4d, 0x75, 0x02, 0x02]; // "Mu", with the version
const MAGIC_AT = 0x10;
const LOOKUP_AT = 0x16;
const LOOKUP = 0x100;
const CALL_CYCLES = 50; // an estimate
const CHIP_INFO = 1,
  BOOT_INFO = 0x40;
const CHIP = [2, 0x6b65_7375, 0x7061_6432]; // package, and the two words of the chip's number
const BOOT = [0, 0, 0, 0];

type Action = (core: M33Core) => number;

const FUNCTIONS: Readonly<Record<string, Action>> = {
  SR: () => 0, // bootrom_state_reset: there is no state
  GS: systemInfo,
};
const ADDRESSES = new Map(Object.keys(FUNCTIONS).map((code, index) => [code, LOOKUP + 0x10 * (index + 1)]));

export function installRom(core: M33Core): void {
  core.rom.set(MAGIC, MAGIC_AT);
  new DataView(core.rom.buffer, core.rom.byteOffset).setUint16(LOOKUP_AT, LOOKUP | 1, true);
}

// Do the function at the program counter, and return to its caller.
export function callRom(core: M33Core): void {
  const { pc } = core;
  const code = [...ADDRESSES].find(([, address]) => address === pc)?.[0];
  if (pc !== LOOKUP && code === undefined) throw new NotModelled(`boot ROM at ${pc.toString(16)}`);
  const result = code === undefined ? lookUp(core) : FUNCTIONS[code]!(core);
  core.wasm.returnFromRom(result, CALL_CYCLES);
}

function lookUp(core: M33Core): number {
  const word = core.registers[0]!;
  const code = String.fromCharCode(word & 0xff, (word >>> 8) & 0xff);
  const address = ADDRESSES.get(code);
  if (address === undefined) throw new NotModelled(`boot ROM function ${code}`);
  return address | 1;
}

// get_sys_info(buffer, words, flags): the flags that are answered, then their words. Returns how many.
function systemInfo(core: M33Core): number {
  const [buffer, words, flags] = core.registers;
  if (flags! & ~(CHIP_INFO | BOOT_INFO)) throw new NotModelled(`system information ${flags!.toString(16)}`);
  const answer = [flags!, ...(flags! & CHIP_INFO ? CHIP : []), ...(flags! & BOOT_INFO ? BOOT : [])];
  if (answer.length > words!) return -1;
  const { sram } = core.memories;
  const memory = new DataView(sram.buffer, sram.byteOffset, sram.length);
  answer.forEach((word, index) => {
    memory.setUint32(buffer! - SRAM_BASE + 4 * index, word, true);
  });
  return answer.length;
}
