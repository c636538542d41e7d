// SPDX-License-Identifier: MIT
// ram_map: SRAM divided into cells: their kind, the ink in them as the core traces it, and recent changes.

import { SRAM_BASE } from "./chip/boards.js";
import { InkLabels } from "./chip/ink_labels.js";
import { CellKind, type ImageMap, type RamReport } from "./contract.js";
import type { Pad } from "./pad.js";

export const CELL_BYTES = 64;
const SHARE = Math.ceil(255 / CELL_BYTES); // of one byte in a cell
const STROKE_SHADES = 255;

export class RamMap {
  readonly cells: number;
  private readonly last: Uint8Array;

  constructor(
    private readonly pad: Pad,
    private readonly map: ImageMap | null,
  ) {
    this.last = new Uint8Array(pad.chip.sram.length);
    this.cells = this.last.length / CELL_BYTES;
  }

  // Whether a buffer that the firmware has registered for notes holds ink.
  hasInk(): boolean {
    const { labels } = this.pad.chip;
    if (!labels?.count()) return false;
    return this.pad
      .owners()
      .some(({ address, length }) =>
        labels.sram.subarray(address - SRAM_BASE, address - SRAM_BASE + length).some((label) => label !== 0),
      );
  }

  report(): RamReport {
    const kind = this.kinds();
    const ink = new Uint8Array(this.cells);
    const stroke = new Uint8Array(this.cells);
    const busy = new Uint8Array(this.cells);
    const { labels, sram } = this.pad.chip;
    const inkBytes = labels?.count() ?? 0;
    if (labels && inkBytes > 0) {
      const newest = new Uint16Array(this.cells);
      labels.sram.forEach((label, at) => {
        if (!label) return;
        const cell = Math.floor(at / CELL_BYTES);
        ink[cell] = Math.min(255, ink[cell]! + SHARE);
        newest[cell] = Math.max(newest[cell]!, InkLabels.newestStroke(label));
      });
      newest.forEach((number, cell) => {
        stroke[cell] = number && 1 + ((number - 1) % STROKE_SHADES);
      });
    }
    for (let at = 0; at < sram.length; at++) {
      if (sram[at] === this.last[at]) continue;
      const cell = Math.floor(at / CELL_BYTES);
      busy[cell] = Math.min(255, busy[cell]! + SHARE);
    }
    this.last.set(sram);
    return { type: "ram", kind, ink, stroke, busy, inkBytes, nowMs: this.pad.nowMs };
  }

  private kinds(): Uint8Array<ArrayBuffer> {
    const kind = new Uint8Array(this.cells).fill(CellKind.other);
    const paint = (address: number, length: number, as: CellKind) => {
      const first = Math.floor((address - SRAM_BASE) / CELL_BYTES);
      kind.fill(as, first, Math.ceil((address + length - SRAM_BASE) / CELL_BYTES));
    };
    for (const { name, address, length } of this.map?.regions ?? []) {
      if (name === "heap") paint(address, length, CellKind.heap);
      if (name === "stack") paint(address, length, CellKind.stack);
    }
    for (const { address, length } of this.pad.owners()) paint(address, length, CellKind.owner);
    return kind;
  }
}
