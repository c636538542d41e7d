// SPDX-License-Identifier: MIT
// ram_view: the map of SRAM, one canvas pixel for each cell; ink glows, hits of a search are marked.
import { CellKind, type RamReport } from "../bench/contract";

export type Rgb = readonly [number, number, number];

const SRAM_START = 0x2000_0000;
const ASPECT = 4; // the map is four times as wide as high

// The map is dark in every theme, so that the note glows.
export const KIND_COLOURS: Record<CellKind, Rgb> = {
  [CellKind.other]: [24, 32, 44],
  [CellKind.owner]: [34, 78, 112],
  [CellKind.heap]: [30, 52, 50],
  [CellKind.stack]: [56, 44, 76],
};
// Ink glows in another shade for each stroke.
export const GLOWS: readonly Rgb[] = [
  [255, 186, 48],
  [255, 146, 40],
  [255, 222, 130],
  [236, 120, 60],
];
const HIT: Rgb = [255, 92, 138];
const LEAST_GLOW = 0.45; // one changed byte in a cell is visible, too
const BUSY_LIFT = 40;

// Colour of a cell. ink, stroke and busy: 0..255 as in RamReport.
export function cellColour(kind: CellKind, ink: number, stroke: number, busy: number, hit: boolean): Rgb {
  if (hit) return HIT;
  const base = KIND_COLOURS[kind];
  const glow = ink === 0 ? 0 : LEAST_GLOW + (1 - LEAST_GLOW) * (ink / 255);
  const shade = GLOWS[stroke % GLOWS.length]!;
  const lift = ink === 0 && busy > 0 ? BUSY_LIFT : 0;
  const mix = (channel: 0 | 1 | 2) =>
    Math.round(base[channel] + (shade[channel] - base[channel]) * glow) + lift;
  return [mix(0), mix(1), mix(2)];
}

export class RamView {
  private readonly context: CanvasRenderingContext2D;
  private cellBytes = 1;
  private readonly hits = new Set<number>();
  private latest: RamReport | null = null;

  constructor(private readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("no 2d canvas");
    this.context = context;
  }

  begin(cells: number, cellBytes: number): void {
    this.cellBytes = cellBytes;
    this.canvas.width = Math.ceil(Math.sqrt(cells * ASPECT));
    this.canvas.height = Math.ceil(cells / this.canvas.width);
    this.latest = null;
    this.hits.clear();
    this.context.fillStyle = `rgb(${KIND_COLOURS[CellKind.other].join(" ")})`;
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  follow(report: RamReport): void {
    this.latest = report;
    this.draw();
  }

  // Absolute SRAM addresses where a search has found the note; none after a wipe.
  mark(addresses: readonly number[]): void {
    this.hits.clear();
    for (const address of addresses) this.hits.add(Math.floor((address - SRAM_START) / this.cellBytes));
    this.draw();
  }

  private draw(): void {
    const report = this.latest;
    if (report === null) return;
    const picture = this.context.createImageData(this.canvas.width, this.canvas.height);
    // The last row may extend past the memory: cells beyond its end look like other memory.
    for (let cell = 0; cell < this.canvas.width * this.canvas.height; cell++) {
      const colour = cellColour(
        (report.kind[cell] ?? CellKind.other) as CellKind,
        report.ink[cell] ?? 0,
        report.stroke[cell] ?? 0,
        report.busy[cell] ?? 0,
        this.hits.has(cell),
      );
      picture.data.set([...colour, 255], cell * 4);
    }
    this.context.putImageData(picture, 0, 0);
  }
}
