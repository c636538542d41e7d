// SPDX-License-Identifier: MIT
// pad_shape: dimensions of each pad in millimetres, and the scale at which it fits into the page.
import type { PanelName } from "../bench/contract";

type KeyName = "away" | "mode" | "wipe";

// `left` and `top`: from the body's left and back edge (pad on a desk) to the active area of the film.
// `keys`: their middles from there, and the width of cap or collar; without it they are in a column right of
// the glass. tests/hardware/test_pad_shape.py compares all of it with hardware/.
export interface PadShape {
  bodyWidth: number;
  bodyHeight: number;
  left: number;
  top: number;
  glassWidth: number;
  glassHeight: number;
  keys?: Record<KeyName, { x: number; y: number; size: number }>;
}

// 4.2": the enclosure; keys behind the glass, a rest for the hand before it.
const REFERENCE: PadShape = {
  bodyWidth: 104,
  bodyHeight: 136,
  left: 9.6,
  top: 41.1,
  glassWidth: 84.8,
  glassHeight: 63.6,
  keys: {
    away: { x: 20, y: 26, size: 11 },
    mode: { x: 42, y: 26, size: 11 },
    wipe: { x: 84, y: 26, size: 17.4 },
  },
};
// 2.9": the module's board, without a case. The positions of its film and keys are estimates.
const STARTER: PadShape = {
  bodyWidth: 82,
  bodyHeight: 38,
  left: 3.2,
  top: 4.5,
  glassWidth: 66.89,
  glassHeight: 29.05,
};

export const SHAPES: Record<PanelName, PadShape> = { "4in2": REFERENCE, "2in9": STARTER, "2in9-v2": STARTER };

export const CSS_PX_PER_MM = 96 / 25.4; // a CSS pixel is 1/96 inch

const MOST_PX_PER_MM = 11; // about three times its real size; more shows no further detail

// Pixels per millimetre at which the body fits into the space (CSS pixels).
export function fittingScale(shape: PadShape, spaceWidth: number, spaceHeight: number): number {
  return Math.min(spaceWidth / shape.bodyWidth, spaceHeight / shape.bodyHeight, MOST_PX_PER_MM);
}

// Sets the CSS variables of the pad's layout; lengths in CSS pixels.
export function layOut(pad: HTMLElement, shape: PadShape, scale: number): void {
  const set = (name: string, mm: number) =>
    pad.style.setProperty(`--${name}`, `${(mm * scale).toFixed(2)}px`);
  set("mm", 1);
  set("body-width", shape.bodyWidth);
  set("body-height", shape.bodyHeight);
  set("glass-left", shape.left);
  set("glass-top", shape.top);
  set("glass-width", shape.glassWidth);
  set("glass-height", shape.glassHeight);
  pad.classList.toggle("in-case", shape.keys !== undefined);
  for (const [name, key] of Object.entries(shape.keys ?? {})) {
    set(`${name}-left`, key.x - key.size / 2);
    set(`${name}-top`, key.y - key.size / 2);
    set(`${name}-size`, key.size);
  }
}
