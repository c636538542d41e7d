// SPDX-License-Identifier: MIT
// contact: keys and dry contacts to ground, and driven lines.
//
// rp2040js keeps an undriven input at its last level; an open contact must follow the pad's own pull resistor, or
// firmware without its pull-up would go unnoticed.

import { type GPIOPin, GPIOPinState } from "rp2040js";
import type { Alarm, Clock } from "./clock.js";
import { NS_PER_MS } from "./clock.js";
import type { Random } from "./random.js";

// Set the level of a line, on the present chip. Only when the level changes: rp2040js latches an edge at every
// call.
export function drive(pin: GPIOPin, level: boolean): void {
  if ((pin as unknown as { rawInputValue: boolean }).rawInputValue !== level) pin.setInputValue(level);
}

const LONGEST_BOUNCE_MS = 5; // typical maximum of tact switches; most settle within 1 to 2 ms

export class Contact {
  closed = false; // the requested state
  private touching = false; // the present state, which may bounce
  private pin: GPIOPin | null = null;
  private bounces: Alarm[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  attach(pin: GPIOPin): void {
    this.pin = pin;
    pin.addListener(() => this.update());
    this.update();
  }

  // `bounceMs` of chatter follows the first touch; without it up to 5 ms, at random.
  move(closed: boolean, bounceMs = 0.2 + this.random.next() * (LONGEST_BOUNCE_MS - 0.2)): void {
    for (const bounce of this.bounces) bounce.cancel();
    this.bounces = [];
    this.closed = closed;
    this.touch(closed);
    if (bounceMs <= 0) return;
    const toggles = 2 * Math.ceil(this.random.next() * 3); // even: ends in the requested state
    const moments = Array.from({ length: toggles }, () => this.random.next() * bounceMs).sort(
      (a, b) => a - b,
    );
    this.bounces = moments.map((moment, index) =>
      this.clock.after(moment * NS_PER_MS, () => this.touch(index % 2 ? closed : !closed)),
    );
  }

  private touch(touching: boolean): void {
    this.touching = touching;
    this.update();
  }

  private update(): void {
    if (this.pin) drive(this.pin, !this.touching && this.pin.value === GPIOPinState.InputPullUp);
  }
}
