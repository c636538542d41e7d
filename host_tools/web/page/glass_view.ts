// SPDX-License-Identifier: MIT
// glass_view: the film on a canvas, one canvas pixel for each of its pixels.
import type { GlassReport } from "../bench/contract";
import type { Film } from "./delay_meter";

// Displayed colours of paper and ink: warm white and soft black.
const PAPER = [232, 231, 222] as const;
const INK = [38, 38, 42] as const;
// The bench's grey levels of the film's white and black (contrast 13:1, exposed for its white).
export const FILM_WHITE = 237;
export const FILM_BLACK = 72;

export type Rgb = readonly [number, number, number];

// Colour of a grey level 0..255. With `stretched`, contrast near white and near black is raised eightfold,
// so that a residual image of one level is visible.
export function tint(grey: number, stretched: boolean): Rgb {
  let part = Math.min(1, Math.max(0, (grey - FILM_BLACK) / (FILM_WHITE - FILM_BLACK)));
  if (stretched) part = part >= 0.5 ? Math.max(0.5, 1 - (1 - part) * 8) : Math.min(0.5, part * 8);
  const mix = (channel: 0 | 1 | 2) => Math.round(INK[channel] + (PAPER[channel] - INK[channel]) * part);
  return [mix(0), mix(1), mix(2)];
}

export class GlassView implements Film {
  private readonly context: CanvasRenderingContext2D;
  grey = new Uint8Array(0);
  private colours = GlassView.table(false);

  constructor(private readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("no 2d canvas");
    this.context = context;
    this.resize(canvas.width, canvas.height); // an opaque canvas begins black in Firefox
  }

  // One 32-bit word of ImageData for each grey level, in the byte order of this machine.
  private static table(stretched: boolean): Uint32Array {
    const bytes = new Uint8ClampedArray(256 * 4);
    for (let grey = 0; grey < 256; grey++) bytes.set([...tint(grey, stretched), 255], grey * 4);
    return new Uint32Array(bytes.buffer);
  }

  get width(): number {
    return this.canvas.width;
  }

  get height(): number {
    return this.canvas.height;
  }

  // A glass of that many pixels, white until the first report.
  resize(width: number, height: number): void {
    this.canvas.width = width;
    this.canvas.height = height;
    this.grey = new Uint8Array(width * height).fill(FILM_WHITE);
    this.draw(0, height);
  }

  rows(report: GlassReport): void {
    this.grey.set(report.grey, report.firstRow * this.canvas.width);
    this.draw(report.firstRow, report.rows);
  }

  stretch(on: boolean): void {
    this.colours = GlassView.table(on);
    this.canvas.classList.toggle("stretched", on);
    this.draw(0, this.canvas.height);
  }

  private draw(firstRow: number, rows: number): void {
    const width = this.canvas.width;
    const picture = this.context.createImageData(width, rows);
    const words = new Uint32Array(picture.data.buffer);
    const first = firstRow * width;
    for (let index = 0; index < words.length; index++)
      words[index] = this.colours[this.grey[first + index]!]!;
    this.context.putImageData(picture, 0, firstRow);
  }
}
