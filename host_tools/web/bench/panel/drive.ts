// SPDX-License-Identifier: MIT
// drive: what a waveform does with the planes: as 01h and 21h make the chip read them, in the order of the glass.
import type { Clock } from "../clock.js";
import type { Activation, Step } from "./activation.js";
import type { Glass, Picture } from "./glass.js";
import { type Planes, pixelsOf } from "./planes.js";
import type { Silicon } from "./silicon.js";

export class Drive {
  private readonly layouts = new Map<number, Uint32Array>();

  constructor(
    private readonly clock: Clock,
    private readonly glass: Glass,
    private readonly silicon: Silicon,
    private readonly registers: ReadonlyMap<number, Uint8Array>,
  ) {}

  // What drives the glass for `work`, with the planes as they are now.
  of(work: Activation, custom: Step[] | null, planes: Planes): () => void {
    const option = this.registers.get(0x21)!;
    const scan = this.registers.get(0x01)!;
    const fresh = this.seen(planes.bw, option[0]! & 0xf);
    const old = this.seen(planes.red, option[0]! >> 4);
    // 01h: number of driven gates, and the scan direction (TB).
    const lines = (scan[0]! | ((scan[1]! & 1) << 8)) + 1;
    const { sources, gates } = this.silicon;
    const driven = new Uint8Array(sources * gates).fill(1, 0, sources * Math.min(lines, gates));
    const [target, before, where] = [fresh, old, driven].map((pixels) =>
      this.mounted(scan[2]! & 1 ? upsideDown(pixels, sources) : pixels),
    ) as [Picture, Picture, Picture];
    return () => {
      const start = this.clock.now;
      const part = () => (this.clock.now - start) / work.driveNs;
      if (work.waveform === "custom") {
        this.glass.push(custom!, before, target, where, part);
        return;
      }
      if (work.waveform === "partial") {
        this.glass.differ(before, target, where, part);
        return;
      }
      // Mode 1 shows both planes over each other unless 21h bypasses the old one (hardware-facts A.6-4).
      const shown = option[0]! & 0x40 ? target : target.map((white, index) => white & before[index]!);
      this.glass.flash(shown, where, work.waveform === "fast", part);
    };
  }

  // A plane as the waveform reads it under 21h: nibble 4 reads as 0, 8 inverted.
  private seen(plane: Uint8Array, nibble: number): Uint8Array {
    const pixels = nibble & 4 ? new Uint8Array(plane.length * 8) : pixelsOf(plane);
    return nibble & 8 ? pixels.map((white) => 1 - white) : pixels;
  }

  // Pixels of a plane in the order of the glass.
  mounted(pixels: Uint8Array): Picture {
    const layout = this.layout();
    const shown = new Uint8Array(layout.length);
    for (let index = 0; index < layout.length; index++) shown[index] = pixels[layout[index]!]!;
    return shown;
  }

  // For every pixel of the glass its place in a plane's pixels.
  private layout(): Uint32Array {
    const { glass, silicon } = this;
    const option = this.registers.get(0x21)!;
    let layout = this.layouts.get(option[1]!);
    if (!layout) {
      layout = new Uint32Array(glass.width * glass.height);
      for (let y = 0; y < glass.height; y++) {
        for (let x = 0; x < glass.width; x++) {
          const { source, gate } = silicon.at(x, y, option);
          layout[y * glass.width + x] = gate * silicon.sources + source;
        }
      }
      this.layouts.set(option[1]!, layout);
    }
    return layout;
  }
}

function upsideDown(pixels: Uint8Array, width: number): Uint8Array {
  const turned = new Uint8Array(pixels.length);
  for (let start = 0; start < pixels.length; start += width) {
    turned.set(pixels.subarray(start, start + width), pixels.length - width - start);
  }
  return turned;
}
