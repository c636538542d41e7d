// SPDX-License-Identifier: MIT
// keyboard_pen: a pen that arrow keys move over the focused glass; Space puts it down and lifts it.
import type { PenDown, PenSink } from "./pen";

const DIRECTIONS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const FIRST_STEP_PX = 2; // of the glass: one tap of a key
const SPEED_PX_S = 90; // a hand that prints letters
const FAST = 3;
const TICK_MS = 16;
const HOLD_AFTER_MS = 180; // a tap is shorter

export class KeyboardPen {
  private x = 0;
  private y = 0;
  private isDown = false;
  private readonly held = new Map<string, number>(); // key, when it went down
  private fast = false;
  private timer: number | null = null;
  private tickedMs = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly crosshair: HTMLElement,
    private readonly sink: PenSink,
    private readonly onDown: PenDown,
  ) {
    canvas.addEventListener("keydown", (event) => this.keyDown(event));
    canvas.addEventListener("keyup", (event) => this.keyUp(event));
    canvas.addEventListener("focus", () => this.show());
    canvas.addEventListener("blur", () => this.leave());
    canvas.addEventListener("pointerdown", () => this.leave());
  }

  // Move the pen to the middle of a new glass.
  centre(): void {
    this.x = this.canvas.width / 2;
    this.y = this.canvas.height / 2;
    this.isDown = false;
    this.place();
  }

  private keyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    this.fast = event.shiftKey;
    if (event.key === " ") {
      event.preventDefault();
      if (!event.repeat) this.toggle(event.timeStamp);
    } else if (DIRECTIONS[event.key] !== undefined) {
      event.preventDefault();
      if (event.repeat) return;
      this.show();
      this.held.set(event.key, event.timeStamp);
      this.move(event.key, FIRST_STEP_PX, event.timeStamp);
      this.tickedMs = event.timeStamp;
      this.timer ??= window.setInterval(() => this.tick(), TICK_MS);
    }
  }

  private keyUp(event: KeyboardEvent): void {
    this.fast = event.shiftKey;
    this.held.delete(event.key);
    if (this.held.size === 0) this.rest();
  }

  private tick(): void {
    const nowMs = performance.now();
    const step = (SPEED_PX_S * (this.fast ? FAST : 1) * (nowMs - this.tickedMs)) / 1000;
    this.tickedMs = nowMs;
    for (const [key, sinceMs] of this.held) {
      if (nowMs - sinceMs >= HOLD_AFTER_MS) this.move(key, step, nowMs);
    }
  }

  private move(key: string, step: number, ms: number): void {
    const [right, down] = DIRECTIONS[key] ?? [0, 0];
    this.x = Math.min(Math.max(this.x + right * step, 0), this.canvas.width);
    this.y = Math.min(Math.max(this.y + down * step, 0), this.canvas.height);
    this.place();
    if (this.isDown) this.sink([{ x: this.x, y: this.y, down: true, ms }]);
  }

  private toggle(ms: number): void {
    this.isDown = !this.isDown;
    this.show();
    if (this.isDown) this.onDown(ms, this.x, this.y);
    this.sink([{ x: this.x, y: this.y, down: this.isDown, ms }]);
  }

  private leave(): void {
    this.held.clear();
    this.rest();
    if (this.isDown) this.toggle(performance.now());
    this.crosshair.hidden = true;
  }

  private rest(): void {
    if (this.timer !== null) window.clearInterval(this.timer);
    this.timer = null;
  }

  private show(): void {
    // Only after keyboard focus: a mouse has its own pointer.
    this.crosshair.hidden = !this.canvas.matches(":focus-visible");
    this.place();
  }

  private place(): void {
    this.crosshair.style.left = `${(100 * this.x) / this.canvas.width}%`;
    this.crosshair.style.top = `${(100 * this.y) / this.canvas.height}%`;
    this.crosshair.classList.toggle("down", this.isDown);
  }
}
