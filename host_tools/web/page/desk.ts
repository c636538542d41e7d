// SPDX-License-Identifier: MIT
// desk: controls of the pad's environment: call line, handset, PC lock and sleep, plug, reset.
import type { Command, StateReport } from "../bench/contract";
import { CALL_BYTES } from "../bench/spec.gen";
import { find } from "./dom";
import type { Texts } from "./strings";

// A capacitor sized for one wipe of the slower film (4.7 s, docs/hardware-facts.md), with a margin.
const HOLD_UP_MS = 6_000;

export class Desk {
  private readonly call = find("call", HTMLButtonElement);
  private readonly hook = find("hook", HTMLButtonElement);
  private readonly lock = find("lock", HTMLButtonElement);
  private readonly sleep = find("sleep", HTMLButtonElement);
  private readonly plug = find("plug", HTMLButtonElement);
  private readonly resetButton = find("reset", HTMLButtonElement);
  private readonly holdUp = find("hold-up", HTMLInputElement);
  private readonly line = find("line", HTMLDivElement);

  constructor(private readonly send: (command: Command) => void) {
    this.call.addEventListener("click", () => this.toggleCall());
    this.hook.addEventListener("click", () => this.toggleHook());
    this.lock.addEventListener("click", () => this.toggleLock());
    this.sleep.addEventListener("click", () => this.toggleSleep());
    this.plug.addEventListener("click", () => this.togglePlug());
    this.resetButton.addEventListener("click", () => this.reset());
    for (const byte of CALL_BYTES) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.byte = byte;
      button.addEventListener("click", () => this.send({ type: "line", text: byte }));
      this.line.append(button);
    }
  }

  show(texts: Texts): void {
    CALL_BYTES.forEach((byte, index) => {
      const letter = document.createElement("kbd");
      letter.textContent = byte;
      this.line.children[index]?.replaceChildren(letter, ` ${texts.bytes[byte]}`);
    });
  }

  // A new pad: handset down, PC unlocked and awake, call line closed.
  begin(): void {
    for (const toggle of [this.call, this.hook, this.lock, this.sleep]) this.set(toggle, false);
    this.set(this.plug, true);
  }

  follow(state: StateReport): void {
    this.set(this.call, state.dtr);
    this.set(this.sleep, state.suspended);
    this.set(this.plug, state.vbus);
    for (const button of [this.call, this.sleep, ...this.line.querySelectorAll("button")]) {
      button.disabled = !state.enumerated && !state.suspended;
    }
    this.resetButton.disabled = !state.powered;
  }

  toggleCall(): void {
    if (!this.call.disabled) this.send({ type: "dtr", high: this.flip(this.call) });
  }

  toggleHook(): void {
    this.send({ type: "hook", closed: this.flip(this.hook) });
  }

  toggleSleep(): void {
    if (!this.sleep.disabled) this.send({ type: "suspend", asleep: this.flip(this.sleep) });
  }

  toggleLock(): void {
    this.send({ type: "lock", locked: this.flip(this.lock) });
  }

  togglePlug(): void {
    if (this.flip(this.plug)) this.send({ type: "plug" });
    else this.send({ type: "unplug", holdUpMs: this.holdUp.checked ? HOLD_UP_MS : 0 });
  }

  reset(): void {
    if (!this.resetButton.disabled) this.send({ type: "reset", kind: "run" });
  }

  get locked(): boolean {
    return this.lock.getAttribute("aria-pressed") === "true";
  }

  get lifted(): boolean {
    return this.hook.getAttribute("aria-pressed") === "true";
  }

  private flip(button: HTMLButtonElement): boolean {
    const on = button.getAttribute("aria-pressed") !== "true";
    this.set(button, on);
    return on;
  }

  private set(button: HTMLButtonElement, on: boolean): void {
    button.setAttribute("aria-pressed", String(on));
  }
}
