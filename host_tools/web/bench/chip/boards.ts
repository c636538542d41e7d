// SPDX-License-Identifier: MIT
// boards: the two boards that the pad is built on, with what differs between their chips.

export const BOARDS = {
  pico: {
    title: "Pico",
    chip: "RP2040",
    sramBytes: 264 * 1024,
    flashBytes: 2 * 1024 * 1024,
    clkSysHz: 125_000_000,
    family: 0xe48b_ff56, // of its UF2 images
    core: "rp2040.wasm",
  },
  pico2: {
    title: "Pico 2",
    chip: "RP2350",
    sramBytes: 520 * 1024,
    flashBytes: 4 * 1024 * 1024,
    clkSysHz: 150_000_000,
    family: 0xe48b_ff59, // Arm, Secure
    core: "rp2350.wasm",
  },
} as const;

export type Board = keyof typeof BOARDS;
export const BOARD_NAMES = Object.keys(BOARDS) as Board[];
export const DEFAULT_BOARD: Board = "pico";

export const SRAM_BASE = 0x2000_0000;
export const DPRAM_BYTES = 4 * 1024;
export const FLASH_BASE = 0x1000_0000;
