// SPDX-License-Identifier: MIT
// wipe_watch: finds the cause and the times of the steps of a wipe from the events.
import type { EventName, EventReport } from "../bench/contract";
import { WIPING_BYTES } from "../bench/spec.gen";

export type WipeStep = "memory" | "planes" | "ready";
export const WIPE_STEPS: readonly WipeStep[] = ["memory", "planes", "ready"];

// One wipe. `cause`: the last input before it; null when the pad wiped by itself (idle, age).
// Steps are milliseconds from `startMs`, all of them emulated; a step that has not happened yet is missing.
export interface Wipe {
  cause: EventReport | null;
  startMs: number;
  steps: Partial<Record<WipeStep, number>>;
}

const CAUSES: ReadonlySet<EventName> = new Set<EventName>([
  "dtr-low",
  "hook-open",
  "vbus-lost",
  "suspended",
  "reset",
  "power-on",
  "byte-sent",
]);
const WIPING_KEYS: ReadonlySet<string> = new Set(["wipe", "away"]);

// R1 has to be zero 5 ms after the event, a key that must be held takes up to a second more, and a reset goes
// through the boot ROM first.
const LONGEST_FROM_CAUSE_MS = 1_100;

function mayEndANote(event: EventReport): boolean {
  if (event.name === "key-down") return WIPING_KEYS.has(event.detail ?? "");
  if (event.name === "byte-sent") return WIPING_BYTES.has(event.detail ?? "");
  return CAUSES.has(event.name);
}

export class WipeWatch {
  last: Wipe | null = null;
  private candidate: EventReport | null = null;

  // Takes the next event; true when `last` has changed.
  take(event: EventReport): boolean {
    if (mayEndANote(event)) this.candidate = event;
    if (event.name === "owners-clean") {
      const cause = this.candidate;
      const recent = cause !== null && event.nowMs - cause.nowMs <= LONGEST_FROM_CAUSE_MS;
      const startMs = recent ? cause.nowMs : event.nowMs;
      this.last = { cause: recent ? cause : null, startMs, steps: { memory: event.nowMs - startMs } };
      this.candidate = null;
      return true;
    }
    if (event.name === "planes-white") return this.step("planes", event.nowMs);
    if (event.name === "modem" && (event.detail ?? "").includes("DSR+"))
      return this.step("ready", event.nowMs);
    return false;
  }

  private step(step: WipeStep, nowMs: number): boolean {
    if (this.last === null || this.last.steps[step] !== undefined || this.last.steps.ready !== undefined)
      return false;
    this.last.steps[step] = nowMs - this.last.startMs;
    return true;
  }
}
