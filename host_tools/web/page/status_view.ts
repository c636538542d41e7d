// SPDX-License-Identifier: MIT
// status_view: the pad's state in words, its three bits, and the ratio of emulated to real time.
import type { StateReport } from "../bench/contract";
import type { Delay } from "./delay_meter";
import { find } from "./dom";
import { seconds } from "./event_log";
import type { ShownPage } from "./shown_page";
import type { PadState, Texts } from "./strings";

// Below this ratio the ink is visibly late.
const SLOW_RATIO = 0.9;
// Number of slow reports before the page shows a warning, to ignore short delays.
const SLOW_REPORTS = 20;

// The state from the pad's bits. `started`: it has been blank once since power-on. `shown`: its page when blank.
export function padState(state: StateReport | null, started: boolean, shown: ShownPage = "ready"): PadState {
  if (state === null) return "loading";
  if (!state.powered) return "off";
  if (state.ri) return "fault";
  if (state.dcd) return "note";
  if (state.dsr) return shown;
  return started ? "wiping" : "starting";
}

export class StatusView {
  private readonly name = find("pad-state", HTMLSpanElement);
  private readonly emulated = find("emulated", HTMLElement);
  private readonly ratio = find("ratio", HTMLElement);
  private readonly cycles = find("cycles", HTMLElement);
  private readonly delay = find("delay", HTMLElement);
  private readonly slow = find("slow", HTMLElement);
  private readonly led = find("led", HTMLElement);
  private readonly bits = [...document.querySelectorAll<HTMLElement>("[data-bit]")];
  private latest: StateReport | null = null;
  private latestDelay: Delay | null = null;
  private started = false;
  private shown: ShownPage = "ready";
  private slowReports = 0;

  constructor(
    private texts: Texts,
    private speed: number = 1,
  ) {
    this.draw();
  }

  get noteThere(): boolean {
    return this.latest?.dcd ?? false;
  }

  // Without a PC, or while it sleeps, the pad reports nothing.
  get offLine(): boolean {
    return this.latest === null || !this.latest.enumerated || this.latest.suspended;
  }

  get state(): PadState {
    return padState(this.latest, this.started, this.shown);
  }

  show(texts: Texts): void {
    this.texts = texts;
    this.draw();
    if (this.latestDelay !== null) this.measured(this.latestDelay);
  }

  begin(): void {
    this.latest = null;
    this.latestDelay = null;
    this.delay.textContent = "–";
    this.draw();
  }

  follow(state: StateReport, shown: ShownPage): void {
    this.shown = shown;
    if (!state.powered) this.started = false;
    else if (state.dsr) this.started = true;
    const slow = this.speed === 1 && state.powered && state.ratio < SLOW_RATIO;
    this.slowReports = slow ? this.slowReports + 1 : 0;
    this.latest = state;
    this.draw();
  }

  // The requested pace; only at real time can the pad be too slow.
  asked(speed: number): void {
    this.speed = speed;
    this.slowReports = 0;
  }

  measured(delay: Delay): void {
    this.latestDelay = delay;
    this.delay.textContent = this.texts.delay(Math.round(delay.emulatedMs), Math.round(delay.realMs));
    this.delay.dataset.emulated = delay.emulatedMs.toFixed(1);
    this.delay.dataset.real = delay.realMs.toFixed(1);
  }

  private draw(): void {
    const state = this.latest;
    const name = padState(state, this.started, this.shown);
    if (this.name.dataset.state !== name || this.name.textContent !== this.texts.states[name]) {
      this.name.dataset.state = name;
      this.name.textContent = this.texts.states[name];
      document.body.dataset.note = name === "note" ? "1" : "0";
    }
    for (const bit of this.bits) {
      bit.classList.toggle("on", state?.[bit.dataset.bit as "dsr" | "dcd" | "ri"] ?? false);
    }
    this.emulated.textContent = state === null ? "–" : `${seconds(state.nowMs).slice(0, -2)} s`;
    this.ratio.textContent = state === null ? "–" : `× ${state.ratio.toFixed(2)}`;
    this.cycles.textContent = state === null ? "–" : (state.cyclesPerSecond / 1e6).toFixed(1);
    this.slow.hidden = this.slowReports < SLOW_REPORTS;
    this.led.classList.toggle("on", state?.led ?? false);
  }
}
