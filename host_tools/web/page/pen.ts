// SPDX-License-Identifier: MIT
// pen: converts mouse, finger or stylus on the canvas to samples in glass pixels.
import type { PenSample } from "../bench/contract";

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

// A point of the window in pixels of a glass that fills `box`, kept on the glass.
export function onGlass(
  x: number,
  y: number,
  box: Box,
  width: number,
  height: number,
): { x: number; y: number } {
  const within = (part: number, most: number) => Math.min(Math.max(part * most, 0), most);
  return { x: within((x - box.left) / box.width, width), y: within((y - box.top) / box.height, height) };
}

export type PenSink = (samples: PenSample[]) => void;
// Called at pen down: a PointerEvent.timeStamp, and the position in pixels of the glass.
export type PenDown = (ms: number, x: number, y: number) => void;

// Only the first pointer down counts: the touch models support one contact, and a resting palm
// must not draw. The page keeps no sample.
export class PointerPen {
  private pointer: number | null = null;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly sink: PenSink,
    private readonly onDown: PenDown,
  ) {
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
      canvas.addEventListener(end, (event) => this.up(event));
    }
  }

  private down(event: PointerEvent): void {
    if (this.pointer !== null || event.button !== 0) return;
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    const sample = this.sample(event, true);
    this.onDown(sample.ms, sample.x, sample.y);
    this.sink([sample]);
  }

  private move(event: PointerEvent): void {
    if (event.pointerId !== this.pointer) return;
    const coalesced = event.getCoalescedEvents?.() ?? [];
    this.sink((coalesced.length > 0 ? coalesced : [event]).map((each) => this.sample(each, true)));
  }

  private up(event: PointerEvent): void {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.sink([this.sample(event, false)]);
  }

  private sample(event: PointerEvent, down: boolean): PenSample {
    const box = this.canvas.getBoundingClientRect();
    const point = onGlass(event.clientX, event.clientY, box, this.canvas.width, this.canvas.height);
    return { ...point, down, ms: event.timeStamp };
  }
}
