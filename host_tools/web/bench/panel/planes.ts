// SPDX-License-Identifier: MIT
// planes: the two image RAMs of an SSD16xx and their address unit: window, counters, data entry mode, auto-fill
// (SSD1680 and SSD1683 §7, commands 11h, 44h to 47h, 4Eh, 4Fh).

const X_BITS = 0x3f;
const Y_BITS = 0x1ff;
const FILL_STEPS = [8, 16, 32, 64, 128, 256]; // codes 6 and 7: the whole RAM

export class Planes {
  readonly stride: number;
  readonly bw: Uint8Array<ArrayBuffer>; // 24h: the new picture
  readonly red: Uint8Array<ArrayBuffer>; // 26h: the old picture, in display mode 2
  outside = 0; // bytes written outside the RAM
  private entry = 3;
  private window = { left: 0, right: 0, top: 0, bottom: 0 };
  private x = 0;
  private y = 0;

  constructor(
    readonly sources: number,
    readonly gates: number,
  ) {
    this.stride = sources / 8;
    this.bw = new Uint8Array(this.stride * gates);
    this.red = new Uint8Array(this.stride * gates);
    this.reset();
  }

  // Registers as after a reset; the RAM keeps its content.
  reset(): void {
    this.entry = 3;
    this.window = { left: 0, right: this.stride - 1, top: 0, bottom: this.gates - 1 };
    this.x = this.y = 0;
  }

  setEntry(mode: number): void {
    this.entry = mode & 7;
  }

  setColumns(first: number, last: number): void {
    this.window.left = first & X_BITS;
    this.window.right = last & X_BITS;
  }

  setRows(first: number, last: number): void {
    this.window.top = first & Y_BITS;
    this.window.bottom = last & Y_BITS;
  }

  setX(x: number): void {
    this.x = x & X_BITS;
  }

  setY(y: number): void {
    this.y = y & Y_BITS;
  }

  write(plane: Uint8Array, value: number): void {
    if (this.x < this.stride && this.y < this.gates) plane[this.y * this.stride + this.x] = value;
    else this.outside++;
    this.step();
  }

  read(plane: Uint8Array): number {
    const there = this.x < this.stride && this.y < this.gates;
    const value = there ? plane[this.y * this.stride + this.x]! : 0xff;
    this.step();
    return value;
  }

  // Auto-fill: blocks of alternating value from the first corner of the RAM; A7 is the value of the first block.
  fill(plane: Uint8Array, pattern: number): void {
    const high = FILL_STEPS[(pattern >> 4) & 7] ?? this.gates;
    const wide = FILL_STEPS[pattern & 7] ?? this.sources;
    for (let y = 0; y < this.gates; y++) {
      for (let column = 0; column < this.stride; column++) {
        const odd = (Math.floor(y / high) + Math.floor((8 * column) / wide)) & 1;
        plane[y * this.stride + column] = odd === ((pattern >> 7) & 1) ? 0x00 : 0xff;
      }
    }
  }

  // Advance by one byte: along X, then Y, or the reverse (AM); each axis up or down.
  private step(): void {
    if (this.entry & 4) {
      if (this.stepY()) this.stepX();
    } else if (this.stepX()) this.stepY();
  }

  // Both return whether the counter has wrapped around its window.
  private stepX(): boolean {
    if (this.x === this.window.right) {
      this.x = this.window.left;
      return true;
    }
    this.x = (this.x + (this.entry & 1 ? 1 : -1)) & X_BITS;
    return false;
  }

  private stepY(): boolean {
    if (this.y === this.window.bottom) {
      this.y = this.window.top;
      return true;
    }
    this.y = (this.y + (this.entry & 2 ? 1 : -1)) & Y_BITS;
    return false;
  }

  get counters(): { x: number; y: number } {
    return { x: this.x, y: this.y };
  }
}

// One plane as pixels, 1 white: sources run along a row, gates are rows.
export function pixelsOf(plane: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(plane.length * 8);
  for (let index = 0; index < plane.length; index++) {
    const byte = plane[index]!;
    for (let bit = 0; bit < 8; bit++) pixels[8 * index + bit] = (byte >> (7 - bit)) & 1;
  }
  return pixels;
}
