// SPDX-License-Identifier: MIT
// practice: calls for an operator to practise with: ring, talk, hold, hang up, after-call work, next ring.
import type { EventReport, StateReport } from "../bench/contract";
import type { CallByte } from "../bench/spec.gen";
import type { PracticeOptions } from "./options";

export type Phase = "waiting" | "ring" | "talk" | "hold" | "back" | "work" | "between" | "over";
// What the operator should do in a call, ticked off by what the pad reports.
export type Task = "written" | "held" | "worked" | "gone";
export const TASKS: readonly Task[] = ["written", "held", "worked", "gone"];

export class Practice {
  phase: Phase = "waiting";
  call = 0; // from 0
  readonly done = new Set<Task>();
  leftS: number | null = null; // until the PC ends after-call work, or until the next ring
  private note = false;
  private sinceMs = 0; // emulated
  private nowMs = 0;

  constructor(
    readonly options: PracticeOptions,
    private readonly send: (byte: CallByte) => void,
  ) {}

  // The pad is blank, and its line is open: the first call comes.
  begin(): void {
    this.call = 0;
    this.ring();
  }

  stop(): void {
    this.enter("waiting");
  }

  // The operator's one button.
  go(): void {
    if (this.phase === "ring") this.step("talk", "T");
    else if (this.phase === "talk") this.step("hold", "H");
    else if (this.phase === "hold") {
      if (this.note) this.done.add("held");
      this.step("back", "T");
    } else if (this.phase === "back") this.step("work", "W");
    else if (this.phase === "work") this.endWork();
    else if (this.phase === "over") this.begin();
  }

  follow(state: StateReport): void {
    this.nowMs = state.nowMs;
    this.note = state.dcd;
    const inCall = this.phase === "talk" || this.phase === "hold" || this.phase === "back";
    if (inCall && state.dcd) this.done.add("written");
    if (this.phase === "work") {
      this.countFrom(this.options.wrapUpS);
      if (this.leftS === 0) this.endWork();
    } else if (this.phase === "between") {
      if (state.dsr && this.done.has("written")) this.done.add("gone");
      this.countFrom(this.options.gapS);
      if (this.leftS === 0 && state.dsr) this.following();
    }
  }

  // The pad itself can end the note in after-call work, at its own limit.
  take(event: EventReport): void {
    if (event.name === "owners-clean" && this.phase === "work") this.done.add("worked");
  }

  private endWork(): void {
    this.done.add("worked");
    this.step("between", "E");
  }

  private following(): void {
    this.call++;
    if (this.call >= this.options.calls) this.enter("over");
    else this.ring();
  }

  private ring(): void {
    this.done.clear();
    this.step("ring", "R");
  }

  private step(phase: Phase, byte: CallByte): void {
    this.send(byte);
    this.enter(phase);
  }

  private enter(phase: Phase): void {
    this.phase = phase;
    this.sinceMs = this.nowMs;
    this.leftS = null;
  }

  private countFrom(seconds: number): void {
    this.leftS = Math.max(0, Math.ceil(seconds - (this.nowMs - this.sinceMs) / 1000));
  }
}
