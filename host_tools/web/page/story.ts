// SPDX-License-Identifier: MIT
// story: the four steps of the page: write, the call ends, search, nothing left. What happened decides, not clicks.
import type { Command, EventReport } from "../bench/contract";
import { WIPING_BYTES } from "../bench/spec.gen";
import type { EndName } from "./strings";
import type { Wipe } from "./wipe_watch";

export type Step = 1 | 2 | 3 | 4;
// What the search said at the end: "gone" only if the note was found before the wipe and nowhere after it.
export type Ending = "gone" | "unproven" | "left" | "none";

const BY_BYTE: Partial<Record<string, EndName>> = {
  E: "call",
  W: "call",
  R: "next",
  T: "next",
  H: "next",
  A: "away",
  K: "lock",
  P: "payment",
};
const BY_EVENT: Partial<Record<EventReport["name"], EndName>> = {
  "dtr-low": "line",
  "hook-open": "hook",
  "vbus-lost": "plug",
  suspended: "sleep",
  reset: "reset",
  "power-on": "reset",
};

// In words of the page: what ended the note.
export function endOf(cause: EventReport | null): EndName {
  if (cause === null) return "time";
  if (cause.name === "key-down") return cause.detail === "away" ? "away" : "wipe";
  if (cause.name === "byte-sent") return BY_BYTE[cause.detail ?? ""] ?? "call";
  return BY_EVENT[cause.name] ?? "time";
}

export class Story {
  step: Step = 1;
  end: EndName = "call";
  gone = false; // glass and memories are clean
  ending: Ending = "none";
  private waveform = ""; // of the refresh that runs

  begin(): void {
    this.step = 1;
    this.gone = false;
    this.ending = "none";
  }

  // A note has appeared: what was said of an earlier one is over. True when the step changed.
  noteThere(): boolean {
    if (this.step === 1) return false;
    this.begin();
    return true;
  }

  // The watch has seen a step of a wipe.
  wiped(wipe: Wipe): void {
    if (wipe.steps.planes === undefined && wipe.steps.ready === undefined) {
      this.step = 2;
      this.gone = false;
      this.end = endOf(wipe.cause);
    }
    if (wipe.steps.ready !== undefined) this.gone = true;
  }

  // A pad without a PC cannot report that it is blank: the end of the refresh that drives the whole glass shows it.
  // A partial one comes before it.
  refreshed(event: EventReport, wipe: Wipe | null): void {
    if (event.name === "refresh-start") this.waveform = event.detail ?? "";
    const whole = event.name === "refresh-end" && this.waveform !== "partial";
    if (whole && this.step === 2 && wipe?.steps.planes !== undefined) this.gone = true;
  }

  searching(): void {
    if (this.step !== 1) this.step = 3;
  }

  // An answer to a search after the wipe. before, after: places with hits; null: not searched.
  found(before: number | null, after: number | null): void {
    if (this.step !== 3) return;
    this.step = 4;
    if (after === null) this.ending = "none";
    else if (after > 0) this.ending = "left";
    else this.ending = before === null || before === 0 ? "unproven" : "gone";
  }
}

// Whether a command may end a note, so that the note is searched for just before. Talk and hold only end after-call work.
export function mayEnd(command: Command): boolean {
  switch (command.type) {
    case "key":
      return command.pressed && command.key !== "mode";
    case "line":
      return [...command.text].some((letter) => WIPING_BYTES.has(letter) && letter !== "T" && letter !== "H");
    case "dtr":
      return !command.high;
    case "hook":
      return !command.closed;
    case "lock":
      return command.locked;
    case "suspend":
      return command.asleep;
    default:
      return command.type === "unplug" || command.type === "reset";
  }
}
