// SPDX-License-Identifier: MIT
// seat: PC and handset as the story uses them: begins a call, ends it in one of several ways, and puts all of it back.
import type { Command, StateReport } from "../bench/contract";
import type { Desk } from "./desk";
import type { PadState } from "./strings";

export type Way = "call" | "away" | "lock" | "sleep" | "hook" | "plug";

const EVERY_MS = 300; // emulated, between two actions: the pad answers in between
const PRESS_MS = 150; // real

export class Seat {
  private wanted: (() => void) | null = null; // what follows on a blank pad with an open line
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly send: (command: Command) => void,
    private readonly desk: Desk,
    private readonly press: (key: "away", pressed: boolean) => void,
  ) {}

  // Puts everything back; `then` follows when the pad is blank and its line is open.
  prepare(then: () => void): void {
    this.wanted = then;
    this.lastMs = Number.NEGATIVE_INFINITY;
  }

  drop(): void {
    this.wanted = null;
  }

  // The caller is on the line, the handset is lifted.
  talk(): void {
    if (!this.desk.lifted) this.desk.toggleHook();
    this.send({ type: "line", text: "T" });
  }

  end(way: Way): void {
    this.drop();
    if (way === "call") this.send({ type: "line", text: "E" });
    else if (way === "lock") this.desk.toggleLock();
    else if (way === "sleep") this.desk.toggleSleep();
    else if (way === "hook") this.desk.toggleHook();
    else if (way === "plug") this.desk.togglePlug();
    else {
      this.press("away", true);
      window.setTimeout(() => this.press("away", false), PRESS_MS);
    }
  }

  // One action for each report, until the pad is blank and its line is open.
  follow(state: StateReport, shown: PadState): void {
    if (this.wanted === null || state.nowMs - this.lastMs < EVERY_MS) return;
    if (!this.act(state, shown)) return;
    this.lastMs = state.nowMs;
  }

  private act(state: StateReport, shown: PadState): boolean {
    const { desk } = this;
    if (!state.vbus) desk.togglePlug();
    else if (state.suspended) this.send({ type: "suspend", asleep: false });
    else if (desk.locked) desk.toggleLock();
    else if (!state.enumerated) return false;
    else if (!state.dtr) this.send({ type: "dtr", high: true });
    else if (shown === "away" || shown === "payment") this.send({ type: "line", text: "E" });
    else if (shown !== "ready") return false;
    else {
      const then = this.wanted;
      this.wanted = null;
      then?.();
    }
    return true;
  }
}
