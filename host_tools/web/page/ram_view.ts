// SPDX-License-Identifier: MIT
// ram_view: the map of SRAM, one dot for each cell; ink glows, hits of a search are marked.
import { CellKind, type RamReport } from "../bench/contract";

export type Rgb = readonly [number, number, number];

const SRAM_START = 0x2000_0000;
const ASPECT = 4; // the map is four times as wide as high
const PITCH = 10; // canvas pixels from dot to dot
const RADIUS = 3.4;
const HALO = 9; // canvas pixels around a glowing dot

// The map is dark in every theme, so that the note glows.
export const KIND_COLOURS: Record<CellKind, Rgb> = {
  [CellKind.other]: [37, 44, 40],
  [CellKind.owner]: [66, 84, 75],
  [CellKind.heap]: [43, 53, 48],
  [CellKind.stack]: [58, 57, 73],
};
// Ink glows in another shade of the one accent for each stroke.
export const GLOWS: readonly Rgb[] = [
  [255, 138, 58],
  [255, 112, 34],
  [255, 166, 92],
  [236, 96, 26],
];
export const HIT: Rgb = [246, 242, 234];
const LEAST_GLOW = 0.45; // one byte of ink in a cell is visible, too
const BUSY_GLOW = 0.22;

// How strongly a cell glows, 0..1. ink: 0..255 as in RamReport.
export function glowOf(ink: number): number {
  return ink === 0 ? 0 : LEAST_GLOW + (1 - LEAST_GLOW) * (ink / 255);
}

export function shadeOf(stroke: number): Rgb {
  return GLOWS[stroke % GLOWS.length]!;
}

function context2d(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no 2d canvas");
  return context;
}

function dot(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

// A glowing dot, drawn once for each shade: thousands of shadows for each report would take a core's time.
function sprite(colour: Rgb): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * HALO;
  const context = context2d(canvas);
  const [red, green, blue] = colour;
  const glow = context.createRadialGradient(HALO, HALO, 0, HALO, HALO, HALO);
  glow.addColorStop(0, `rgb(${red} ${green} ${blue} / 0.75)`);
  glow.addColorStop(0.45, `rgb(${red} ${Math.round(green * 0.8)} ${Math.round(blue * 0.5)} / 0.34)`);
  glow.addColorStop(1, `rgb(${red} ${Math.round(green * 0.7)} 0 / 0)`);
  context.fillStyle = glow;
  context.fillRect(0, 0, 2 * HALO, 2 * HALO);
  context.fillStyle = `rgb(${red} ${green} ${blue})`;
  dot(context, HALO, HALO, RADIUS + 0.4);
  return canvas;
}

export class RamView {
  private readonly context: CanvasRenderingContext2D;
  private readonly ground = document.createElement("canvas");
  private readonly shades = GLOWS.map(sprite);
  private readonly hit = sprite(HIT);
  private groundOf = ""; // the kinds that `ground` shows
  private cellBytes = 1;
  private cells = 0;
  private columns = 1;
  private readonly hits = new Set<number>();
  private latest: RamReport | null = null;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.context = context2d(canvas);
  }

  begin(cells: number, cellBytes: number): void {
    this.cellBytes = cellBytes;
    this.cells = cells;
    this.columns = Math.ceil(Math.sqrt(cells * ASPECT));
    this.canvas.width = this.columns * PITCH;
    this.canvas.height = Math.ceil(cells / this.columns) * PITCH;
    this.canvas.style.aspectRatio = `${this.canvas.width} / ${this.canvas.height}`;
    this.latest = null;
    this.hits.clear();
    this.groundOf = "";
    this.draw();
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
    const { context, latest } = this;
    this.drawGround(latest?.kind ?? new Uint8Array(this.cells));
    context.globalAlpha = 1;
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.ground, 0, 0);
    if (latest === null) return;
    for (let cell = 0; cell < this.cells; cell++) {
      const ink = latest.ink[cell]!;
      const busy = ink === 0 && latest.busy[cell]! > 0;
      if (ink === 0 && !busy && !this.hits.has(cell)) continue;
      const x = (cell % this.columns) * PITCH + PITCH / 2;
      const y = Math.floor(cell / this.columns) * PITCH + PITCH / 2;
      if (busy) {
        context.globalAlpha = BUSY_GLOW;
        context.fillStyle = "#dfe6de";
        dot(context, x, y, RADIUS);
      } else {
        context.globalAlpha = this.hits.has(cell) ? 1 : glowOf(ink);
        const image = this.hits.has(cell)
          ? this.hit
          : this.shades[GLOWS.indexOf(shadeOf(latest.stroke[cell]!))]!;
        context.drawImage(image, x - HALO, y - HALO);
      }
    }
  }

  private drawGround(kinds: Uint8Array): void {
    const named = kinds.join("");
    if (named === this.groundOf) return;
    this.groundOf = named;
    this.ground.width = this.canvas.width;
    this.ground.height = this.canvas.height;
    const context = context2d(this.ground);
    kinds.forEach((kind, cell) => {
      context.fillStyle = `rgb(${KIND_COLOURS[kind as CellKind].join(" ")})`;
      dot(
        context,
        (cell % this.columns) * PITCH + PITCH / 2,
        Math.floor(cell / this.columns) * PITCH + PITCH / 2,
        RADIUS,
      );
    });
  }
}
