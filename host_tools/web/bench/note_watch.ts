// SPDX-License-Identifier: MIT
// note_watch: the bench's own copy of what the pen wrote, and the search for it. The pad has no access to it.

import { SRAM_BASE } from "./chip/boards.js";
import type { SearchPlace } from "./contract.js";
import type { Pad } from "./pad.js";
import type { Picture } from "./panel/glass.js";
import { Needles } from "./search.js";
import type { Place } from "./touch/touch.js";

const NEAR_PX = 10; // ink is at most this far from a pen position: eraser and line width included

export class NoteWatch {
  complete = false; // later pen input is not part of the note
  private readonly points: Place[] = [];
  private picture: Picture | null = null; // the page when most of the note was on it
  private blank: Picture | null = null; // the page at READY
  private before: Uint8Array[] = []; // memories at READY
  private inkPixels = 0;
  private needles: Needles | null = null;
  private readonly imageInFlash: Uint8Array;

  constructor(private readonly pad: Pad) {
    this.imageInFlash = pad.chip.flash.slice();
    const { touch } = pad.module;
    const { onInt } = touch;
    touch.onInt = (level) => {
      const place = level ? null : touch.reported();
      if (place && !this.complete) {
        this.points.push(place);
        this.needles = null;
      }
      onInt(level);
    };
  }

  // The pad is blank and ready: its present content is no evidence.
  ready(): void {
    if (this.picture) return; // a note has been written since: the first READY stays the reference
    this.blank = this.pad.module.panel.page();
    this.before = [this.pad.chip.sram.slice(), this.pad.chip.dpram.slice()];
  }

  // A refresh starts: keep the page if it shows more of the note than the stored one.
  refreshed(): void {
    if (!this.blank || !this.points.length || this.complete) return;
    const page = this.pad.module.panel.page();
    const ink = this.inkOf(page);
    const pixels = ink.reduce((sum, one) => sum + one, 0);
    if (pixels <= this.inkPixels) return;
    this.picture = page;
    this.inkPixels = pixels;
    this.needles = null;
  }

  forget(): void {
    this.points.length = 0;
    this.picture = this.needles = null;
    this.inkPixels = 0;
    if (this.pad.host.bits.dsr) this.ready();
  }

  get written(): boolean {
    return this.picture !== null;
  }

  get patterns(): number {
    return this.written ? this.wanted().count : 0;
  }

  // Every resource, with the number of places that hold a pattern; and the addresses in SRAM.
  search(): { places: SearchPlace[]; addresses: number[] } {
    const { chip, module, host } = this.pad;
    const { panel, touch, glass } = module;
    if (!this.written) return { places: [], addresses: [] };
    const needles = this.wanted();
    const inSram = chip.powered ? needles.find(chip.sram) : [];
    const count = (memory: Uint8Array) => needles.find(memory).length;
    const threshold = packed(Uint8Array.from(glass.now(), (tone) => (tone >= 0.5 ? 1 : 0)));
    return {
      places: [
        { resource: "sram", hits: inSram.length },
        { resource: "dpram", hits: count(chip.dpram) },
        { resource: "flash", hits: sameBytes(chip.flash, this.imageInFlash) ? 0 : count(chip.flash) },
        { resource: "plane-new", hits: count(panel.contents(panel.planes.bw)) },
        { resource: "plane-old", hits: count(panel.contents(panel.planes.red)) },
        { resource: "touch", hits: count(touch.registers) + needles.pointsIn(touch.pointsHeld()) },
        { resource: "glass", hits: count(threshold) },
        { resource: "usb", hits: count(Uint8Array.from(host.sent)) },
      ],
      addresses: inSram.slice(0, 256).map((at) => SRAM_BASE + at),
    };
  }

  private wanted(): Needles {
    if (this.needles) return this.needles;
    const { width, height } = this.pad.module.glass;
    const picture = this.picture!;
    const ink = this.inkOf(picture);
    const needles = new Needles({ width, height, picture, ink, points: this.points });
    // Patterns in the image itself are no evidence; a flash equal to the image then holds nothing of the note.
    for (const memory of [...this.before, this.imageInFlash]) needles.forget(memory);
    this.needles = needles;
    return needles;
  }

  // Black where the blank page is white, near a pen position: excludes what the screen shows by itself.
  private inkOf(page: Picture): Picture {
    const { width, height } = this.pad.module.glass;
    const ink = new Uint8Array(page.length);
    for (const { x, y } of this.points) {
      for (let row = Math.max(0, y - NEAR_PX); row < Math.min(height, y + NEAR_PX + 1); row++) {
        for (let column = Math.max(0, x - NEAR_PX); column < Math.min(width, x + NEAR_PX + 1); column++) {
          const at = row * width + column;
          if (!page[at] && this.blank![at]) ink[at] = 1;
        }
      }
    }
    return ink;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

// Pixels (1 white) as packed rows; the widths of both glasses are whole bytes.
function packed(pixels: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(pixels.length / 8);
  for (let index = 0; index < pixels.length; index++)
    bytes[index >> 3]! |= pixels[index]! << (7 - (index & 7));
  return bytes;
}
