// SPDX-License-Identifier: MIT
// contract: messages between the page and the worker that runs the pad.
//
//   const bench = new Worker("bench.js", { type: "module" });
//   bench.postMessage(command satisfies Command, [transferables]);
//   bench.onmessage = (event: MessageEvent<Report>) => ...
//
// The order of a session:
//   page -> load       image, boot ROM, panel; answered by `loaded` (or `failed`). Loading again restarts.
//   page -> plug       power and cable; the firmware boots (about 1.9 s of emulated time), the host
//                      enumerates about 120 ms after the pad shows itself, then modem bits come in `state`.
//   page -> everything else, at any time. Commands that need power are ignored while there is none.
//
// The worker runs the pad in slices of a few milliseconds of real time and reports after a slice: `state` at
// most 20 times a second, `glass` and `ram` only when they have changed. Time in reports is emulated
// milliseconds since `load`; it advances while the pad is unplugged, but not while the pace is 0.
//
// No report carries ink in any other form than the pixels of `glass`: events and errors hold fixed words and
// numbers that do not depend on what was written.
//
// The static folder (paths relative to the page):
//   bench.js                     the worker, bundled
//   bootrom.bin                  16 KiB, RP2040 boot ROM B1
//   rp2040.wasm, rp2350.wasm     the cores in C, one for each board
//   images/index.json            ImageList
//   images/NAME.uf2, NAME.map.json   the sealed image, and ImageMap

import type { Board } from "./chip/boards.js";
import type { BuiltPanel, PanelName } from "./spec.gen.js";

export type { Board, PanelName };
export type Language = "ja" | "en";
export type KeyName = "wipe" | "away" | "mode";

// ---- files of the static folder -------------------------------------------------------------------

export interface ImageEntry {
  name: string; // kesu-pico-4in2-sealed
  board: Board;
  panel: BuiltPanel;
  lang: Language;
  uf2: string; // path from the page, "images/NAME.uf2": the same for all languages
  changes: [number, string][]; // of this language: offset in the file, and the bytes there, in hex
  map: string; // "images/NAME.map.json"
  sha256: string; // of the UF2 in this language
}

export interface ImageList {
  images: ImageEntry[];
}

// One stretch of SRAM with a name, from the ELF. Addresses are absolute (0x2000_0000 ...), length in bytes.
export interface MapRegion {
  name: string; // "data", "bss", "heap", "stack", ...
  address: number;
  length: number;
}

export interface ImageMap {
  ownerTable: number; // address of kesu_owner_table: rows of three words (address, length, kind)
  ownerCount: number; // address of kesu_owner_count
  regions: MapRegion[]; // sorted by address, no overlap
}

// ---- page -> worker -------------------------------------------------------------------------------

// A point of the pen in glass pixels, fractions allowed: x 0..width, y 0..height of `loaded`.
// `ms`: PointerEvent.timeStamp (real time). The bench keeps the intervals between samples
// (gaps over 250 ms are cut); the touch chip looks at the newest place at its own report rate, 60 or 100 Hz. `down` false lifts the pen (its x and y do not matter).
export interface PenSample {
  x: number;
  y: number;
  down: boolean;
  ms: number;
}

export type Command =
  | {
      type: "load";
      board: Board;
      panel: PanelName;
      image: ArrayBuffer; // the UF2; may be transferred
      bootrom: ArrayBuffer;
      core: ArrayBuffer; // of the board, a WebAssembly module
      map: ImageMap | null; // null: no RAM regions, no owners
      seed?: number; // noise of SRAM, panel and key bounce; default 1
      temperatureC?: number; // what the panel's sensor reads; default 25
    }
  | { type: "plug" } // VBUS and data lines; a pad that has lost its power starts from power-on
  | { type: "unplug"; holdUpMs?: number } // default 0: power fails at once. Glass and flash are kept
  | { type: "reset"; kind: "run" | "watchdog" }
  | { type: "pace"; speed: number } // most emulated seconds per real second; 0 pauses; default 1
  | { type: "pen"; samples: PenSample[] }
  // Bounces as a tact switch does; held until released. `ms`: real time by the page's clock, so that a key is held as
  // long as its user held it, even if the bench was busy with a search meanwhile; without it the bench's own time counts.
  | { type: "key"; key: KeyName; pressed: boolean; ms?: number }
  | { type: "hook"; closed: boolean } // the dry contact: closed = handset lifted
  | { type: "dtr"; high: boolean } // the agent opens (closes) the port: the call
  | { type: "line"; text: string } // call bytes: R T H W E A K P p M m; needs an enumerated pad
  | { type: "lock"; locked: boolean } // PC lock: the agent's byte K; unlocking sends nothing
  | { type: "suspend"; asleep: boolean } // the PC sleeps (no frames on the bus), wakes
  | { type: "search"; id: number } // look for everything written since `load` or the last `forgetNote`
  | { type: "forgetNote" }; // the bench drops its own copy of what the pen wrote

// ---- worker -> page -------------------------------------------------------------------------------

export interface LoadedReport {
  type: "loaded";
  board: Board;
  panel: PanelName;
  width: number; // of the glass, pixels
  height: number;
  widthMm: number; // active area, for true proportions
  heightMm: number;
  ramCells: number; // length of RamReport's arrays
  ramCellBytes: number; // bytes of SRAM in one cell
}

// Rows firstRow .. firstRow+rows-1 of the glass, left to right, top to bottom as the operator sees them.
// grey: rows*width bytes, 0 black .. 255 white, ghosts included. Transferred.
export interface GlassReport {
  type: "glass";
  firstRow: number;
  rows: number;
  grey: Uint8Array<ArrayBuffer>;
  nowMs: number;
}

// The main content of a cell of the RAM map.
export enum CellKind {
  other = 0, // code, constants, globals
  owner = 1, // a buffer that the firmware has registered as able to hold a note
  heap = 2,
  stack = 3,
}

// SRAM, 264 or 520 KiB, cut into cells. `kind`: CellKind. `ink`: 0..255, share of the cell's bytes that come from the
// pen: traced by the core through every instruction, by data and by address, not searched. `stroke`: the newest stroke
// in the cell, 1..255 and again; 0 without ink. `busy`: 0..255, share of the cell's bytes that have changed since the
// report before.
export interface RamReport {
  type: "ram";
  kind: Uint8Array<ArrayBuffer>;
  ink: Uint8Array<ArrayBuffer>;
  stroke: Uint8Array<ArrayBuffer>;
  busy: Uint8Array<ArrayBuffer>;
  inkBytes: number; // of SRAM and the RAM of USB
  nowMs: number;
}

export interface StateReport {
  type: "state";
  nowMs: number; // emulated
  ratio: number; // emulated / real over the last half second
  cyclesPerSecond: number; // of real time
  powered: boolean;
  vbus: boolean;
  enumerated: boolean;
  dtr: boolean;
  suspended: boolean;
  dsr: boolean; // blank and ready
  dcd: boolean; // a note is present
  ri: boolean; // fault
  led: boolean;
  refreshing: boolean; // BUSY is high
  penDown: boolean;
}

export type EventName =
  | "power-on"
  | "power-off"
  | "vbus-lost"
  | "reset"
  | "enumerated"
  | "detached"
  | "suspended"
  | "resumed"
  | "dtr-high"
  | "dtr-low"
  | "byte-sent" // detail: the byte, "E"
  | "key-down" // detail: KeyName
  | "key-up"
  | "hook-closed"
  | "hook-open"
  | "pen-down" // no coordinates
  | "pen-up"
  | "modem" // detail: "DSR+ DCD-" ...: what changed
  | "refresh-start" // detail: "full", "fast" or "partial"
  | "refresh-end" // detail: milliseconds of BUSY, "408"
  | "refresh-skipped" // the controller found no waveform
  | "owners-clean" // no registered buffer has ink: R1, after ink was in one
  | "planes-white" // both planes of the controller
  | "bulk-in"; // the pad sent a byte to the PC. It never does: show it in red

export interface EventReport {
  type: "event";
  nowMs: number;
  name: EventName;
  detail?: string;
}

// Where the note is now. Hits are places, one per pattern found, never their contents.
export interface SearchPlace {
  resource: "sram" | "dpram" | "flash" | "plane-new" | "plane-old" | "touch" | "glass" | "usb";
  hits: number;
}

export interface SearchReport {
  type: "search";
  id: number; // of the command
  nowMs: number;
  patterns: number; // looked for; 0: nothing has been written yet
  places: SearchPlace[]; // every resource, also those with 0 hits
  addresses: number[]; // SRAM hits, absolute, at most 256: mark them on the RAM map
  realMs: number;
}

// The bench cannot continue; `load` restarts it. `message` is one English line for the log, `code` for a text of
// the page's own: bad-image (not a whole UF2 for the board), bad-bootrom, crashed (the emulator raised).
export interface FailedReport {
  type: "failed";
  code: "bad-image" | "bad-bootrom" | "crashed";
  message: string;
}

export type Report =
  | LoadedReport
  | GlassReport
  | RamReport
  | StateReport
  | EventReport
  | SearchReport
  | FailedReport;
