// SPDX-License-Identifier: MIT
// practice_view: the practice in words: what the caller says, what to do, which of it is done; and the ring tone.
import { find, put } from "./dom";
import { type Practice, TASKS } from "./practice";
import { RingTone } from "./ring_tone";
import type { Texts } from "./strings";

export class PracticeView {
  private readonly panel = find("practice", HTMLDivElement);
  private readonly call = find("practice-call", HTMLElement);
  private readonly say = find("practice-say", HTMLElement);
  private readonly sub = find("practice-sub", HTMLElement);
  private readonly caller = find("practice-caller", HTMLElement);
  private readonly tasks = find("practice-tasks", HTMLUListElement);
  private readonly sound = find("sound", HTMLInputElement);
  private readonly soundChoice = find("sound-choice", HTMLLabelElement);
  private readonly stage = find("stage", HTMLElement);
  private readonly now = find("now", HTMLElement);
  private readonly go = find("go", HTMLButtonElement);
  private readonly tone = new RingTone();

  constructor(
    private readonly practice: Practice,
    onSound: (on: boolean) => void,
  ) {
    this.sound.checked = practice.options.sound;
    this.sound.addEventListener("change", () => onSound(this.sound.checked));
    this.tasks.replaceChildren(...TASKS.map(() => document.createElement("li")));
  }

  // Shows or hides the practice beside the story.
  toggle(on: boolean): void {
    this.stage.dataset.mode = on ? "practice" : "story";
    if (on) this.stage.dataset.step = "1";
    this.panel.hidden = !on;
    this.soundChoice.hidden = !on;
    if (!on) this.tone.ring(false);
  }

  draw(texts: Texts): void {
    const { practice } = this;
    const { phase, leftS, options } = practice;
    put(this.call, phase === "over" ? "" : texts.practiceCall(practice.call + 1, options.calls));
    const said = texts.practiceSay[phase];
    put(this.say, said);
    put(this.now, said);
    put(
      this.sub,
      leftS === null ? texts.practiceSub[phase] : texts.practiceLeft(texts.practiceSub[phase], leftS),
    );
    const caller = texts.callers[practice.call % texts.callers.length]!;
    this.caller.hidden = phase !== "talk" && phase !== "hold" && phase !== "back";
    put(this.caller, phase === "back" ? texts.practiceThanks : caller);
    [...this.tasks.children].forEach((item, index) => {
      const task = TASKS[index]!;
      item.className = practice.done.has(task) ? "done" : "";
      put(item as HTMLElement, texts.practiceTasks[task]);
    });
    put(this.go, texts.practiceGo[phase]);
    this.go.disabled = phase === "waiting" || phase === "between";
    this.tone.ring(phase === "ring" && this.sound.checked);
  }
}
