// SPDX-License-Identifier: MIT
// pad_shape: measures of each pad in millimetres, and the scale at which it fits into the page.
import type { PanelName } from "../bench/contract";

// `left` and `top`: from the body's edge to the active area of the film. `keysBeside`: a column right of the
// glass instead of a row below it.
export interface PadShape {
  bodyWidth: number;
  bodyHeight: number;
  left: number;
  top: number;
  glassWidth: number;
  glassHeight: number;
  keysBeside: boolean;
}

// 4.2": active area 84.8 x 63.6 mm (maker's data sheet); the body is a sticky note, a little larger than
// the panel's outline of 90.1 x 77.0 mm, with one row of keys.
const REFERENCE: PadShape = {
  bodyWidth: 101, bodyHeight: 92, left: 8.1, top: 8, glassWidth: 84.8, glassHeight: 63.6, keysBeside: false,
};
// 2.9": board 82.0 x 38.0 mm, active area 66.89 x 29.05 mm (maker's wiki).
const STARTER: PadShape = {
  bodyWidth: 82, bodyHeight: 38, left: 3.2, top: 4.5, glassWidth: 66.89, glassHeight: 29.05, keysBeside: true,
};

export const SHAPES: Record<PanelName, PadShape> = { "4in2": REFERENCE, "2in9": STARTER, "2in9-v2": STARTER };

export const CSS_PX_PER_MM = 96 / 25.4; // a CSS pixel is 1/96 inch

const MOST_PX_PER_MM = 11; // about three times its size: more only shows pixels

// Pixels per millimetre at which the body fits into the space (CSS pixels).
export function fittingScale(shape: PadShape, spaceWidth: number, spaceHeight: number): number {
  return Math.min(spaceWidth / shape.bodyWidth, spaceHeight / shape.bodyHeight, MOST_PX_PER_MM);
}

// Lays the pad out by CSS variables: lengths in CSS pixels.
export function layOut(pad: HTMLElement, shape: PadShape, scale: number): void {
  const set = (name: string, mm: number) => pad.style.setProperty(`--${name}`, `${(mm * scale).toFixed(2)}px`);
  set("mm", 1);
  set("body-width", shape.bodyWidth);
  set("body-height", shape.bodyHeight);
  set("glass-left", shape.left);
  set("glass-top", shape.top);
  set("glass-width", shape.glassWidth);
  set("glass-height", shape.glassHeight);
  pad.classList.toggle("keys-beside", shape.keysBeside);
}
