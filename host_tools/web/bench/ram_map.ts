// SPDX-License-Identifier: MIT
// ram_map: SRAM divided into cells: their kind, the note's ink, and recent changes.

import { SRAM_BASE } from "./chip/boards.js";
import { CellKind, type ImageMap, type RamReport } from "./contract.js";
import type { Owner, Pad } from "./pad.js";

export const CELL_BYTES = 64;
const SHARE = Math.ceil(255 / CELL_BYTES); // of one byte in a cell
const FRAME = 2; // kind of an owner whose bytes are a picture

export class RamMap {
  readonly cells: number;
  private readonly last: Uint8Array;
  private reference: Uint8Array[] = []; // owners as they were at READY
  // A frame counts as ink from the first touch until it has been seen blank; what the firmware draws there
  // afterwards is a screen.
  private watchingFrames = false;

  constructor(
    private readonly pad: Pad,
    private readonly map: ImageMap | null,
  ) {
    this.last = new Uint8Array(pad.chip.sram.length);
    this.cells = this.last.length / CELL_BYTES;
  }

  ready(): void {
    this.reference = this.pad.owners().map((owner) => this.pad.bytesOf(owner).slice());
    this.watchingFrames = false;
  }

  touched(): void {
    this.watchingFrames = true;
  }

  // Whether an owner holds anything that depends on ink, by comparison with READY.
  hasInk(): boolean {
    let found = false;
    this.eachInkByte(() => {
      found = true;
      return false;
    });
    if (!found) this.watchingFrames = false;
    return found;
  }

  report(): RamReport {
    const kind = this.kinds();
    const ink = new Uint8Array(this.cells);
    const busy = new Uint8Array(this.cells);
    let inkBytes = 0;
    this.eachInkByte((address) => {
      const cell = Math.floor((address - SRAM_BASE) / CELL_BYTES);
      ink[cell] = Math.min(255, ink[cell]! + SHARE);
      inkBytes++;
      return true;
    });
    const { sram } = this.pad.chip;
    for (let at = 0; at < sram.length; at++) {
      if (sram[at] === this.last[at]) continue;
      const cell = Math.floor(at / CELL_BYTES);
      busy[cell] = Math.min(255, busy[cell]! + SHARE);
    }
    this.last.set(sram);
    return { type: "ram", kind, ink, busy, inkBytes, nowMs: this.pad.nowMs };
  }

  // Until `visit` returns false.
  private eachInkByte(visit: (address: number) => boolean): void {
    const owners: Owner[] = this.pad.owners();
    if (owners.length !== this.reference.length) return;
    for (const [index, owner] of owners.entries()) {
      const before = this.reference[index]!;
      const frame = owner.kind === FRAME;
      if ((frame && !this.watchingFrames) || before.length !== owner.length) continue;
      const bytes = this.pad.bytesOf(owner);
      for (let at = 0; at < bytes.length; at++) {
        const byte = bytes[at]!;
        // 00 and FF bytes are paper, or a frame being filled.
        const ink = byte !== before[at] && byte !== 0x00 && !(frame && byte === 0xff);
        if (ink && !visit(owner.address + at)) return;
      }
    }
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
