// SPDX-License-Identifier: MIT
// pad_shape: dimensions of each pad in millimetres, and the scale at which it is drawn in the page.
import type { PanelName } from "../bench/contract";
import { PANELS } from "../bench/spec.gen";
import { find } from "./dom";

type KeyName = "away" | "mode" | "wipe";

// `left` and `top`: from the body's left and back edge (pad on a desk) to the active area of the film.
// `keys`: their middles from there, and the width of cap or collar; without it the pad has no case, and its keys are in
// a column right of the glass (BARE_KEYS). tests/hardware/test_pad_shape.py compares all of it with hardware/.
export interface PadShape {
  bodyWidth: number;
  bodyHeight: number;
  left: number;
  top: number;
  glassWidth: number;
  glassHeight: number;
  keys?: Record<KeyName, { x: number; y: number; size: number }>;
}

// The keys of a module without a case, wired to its right: middles from the right edge, and sizes.
const BARE_KEYS: Record<KeyName, { fromRight: number; y: number; size: number }> = {
  away: { fromRight: 6, y: 6.4, size: 5.6 },
  mode: { fromRight: 6, y: 17.4, size: 5.6 },
  wipe: { fromRight: 6, y: 29, size: 7 },
};

const CSS_PX_PER_MM = 96 / 25.4; // a CSS pixel is 1/96 inch

const MOST_PX_PER_MM = 11; // about three times its real size; more shows no further detail

// Pixels per millimetre at which the body fills the width (CSS pixels); the page leaves room for its height.
export function fittingScale(shape: PadShape, spaceWidth: number): number {
  return Math.min(spaceWidth / shape.bodyWidth, MOST_PX_PER_MM);
}

// Sets the CSS variables of the pad's layout; lengths in CSS pixels.
function layOut(pad: HTMLElement, shape: PadShape, scale: number): void {
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
  pad.classList.toggle("bare", shape.keys === undefined);
  for (const name of ["away", "mode", "wipe"] as const) {
    const bare = BARE_KEYS[name];
    const key = shape.keys?.[name] ?? { x: shape.bodyWidth - bare.fromRight, y: bare.y, size: bare.size };
    set(`${name}-x`, key.x);
    set(`${name}-y`, key.y);
    set(`${name}-size`, key.size);
  }
}

// Keeps the pad as large as its column allows, or at its actual size if that is ticked.
export class PadLayout {
  private readonly device = find("device", HTMLDivElement);
  private readonly pad = find("pad", HTMLDivElement);
  private readonly actualSize = find("actual-size", HTMLInputElement);
  private shape: PadShape | null = null;

  constructor() {
    this.actualSize.addEventListener("change", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.device);
  }

  show(panel: PanelName): void {
    this.shape = PANELS[panel].shape;
    this.draw();
  }

  private draw(): void {
    const { shape } = this;
    if (shape === null) return;
    const scale = this.actualSize.checked ? CSS_PX_PER_MM : fittingScale(shape, this.device.clientWidth);
    layOut(this.pad, shape, scale);
  }
}
