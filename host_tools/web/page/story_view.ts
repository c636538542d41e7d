// SPDX-License-Identifier: MIT
// story_view: the story in words: steps, sentence, times of the wipe, and the next button.
import { find, put } from "./dom";
import type { Outcome } from "./search_view";
import type { Story } from "./story";
import type { PadState, Texts } from "./strings";
import type { Wipe } from "./wipe_watch";

export interface Shown {
  state: PadState;
  wipe: Wipe | null;
  outcome: Outcome;
  early: boolean; // the emulated pen has just begun
}

// Causes with which nobody has touched the pad.
const UNTOUCHED = new Set(["call", "next", "lock", "sleep", "time", "payment"]);

export class StoryView {
  private readonly stage = find("stage", HTMLElement);
  private readonly screen = find("screen", HTMLDivElement);
  private readonly steps = [...find("steps", HTMLOListElement).querySelectorAll("button")];
  private readonly say = find("say", HTMLElement);
  private readonly sub = find("sub", HTMLElement);
  private readonly now = find("now", HTMLElement);
  private readonly go = find("go", HTMLButtonElement);
  private readonly alt = find("alt", HTMLButtonElement);
  private readonly how = find("how", HTMLAnchorElement);
  private readonly times = [...find("times", HTMLDListElement).querySelectorAll<HTMLElement>("[data-step]")];

  constructor(
    private readonly story: Story,
    private texts: Texts,
  ) {}

  show(texts: Texts): void {
    this.texts = texts;
  }

  // Everything from what is known now; elements change only when their text does, for screen readers.
  draw(shown: Shown): void {
    const { story, texts } = this;
    this.stage.dataset.step = String(story.step);
    this.screen.classList.toggle("searching", story.step === 3);
    this.steps.forEach((button, index) => {
      button.className = index + 1 < story.step ? "done" : "";
      if (index + 1 === story.step) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
      button.disabled = !this.reachable(index + 1, shown);
    });
    const said = this.sentence(shown);
    for (const place of [this.say, this.now]) put(place, said);
    put(this.sub, this.detail(shown));
    put(this.go, [texts.goEnd, texts.goSearch, texts.goSearching, texts.goAgain][story.step - 1]!);
    this.go.disabled = !this.canGo(shown);
    this.alt.hidden = story.step > 2;
    put(this.alt, story.step === 1 ? texts.altSample : texts.altAgain);
    this.alt.disabled = story.step === 1 && shown.state !== "ready" && shown.state !== "note";
    this.how.hidden = story.step !== 4;
    this.drawTimes(shown.wipe);
  }

  private canGo({ state, early }: Shown): boolean {
    const { step, gone } = this.story;
    if (step === 1) return state === "note" && !early;
    return step === 2 ? gone : step === 4;
  }

  private reachable(step: number, shown: Shown): boolean {
    if (step === 1) return this.story.step > 1 && this.story.step !== 3;
    return step === this.story.step + 1 && this.canGo(shown);
  }

  private sentence({ state, outcome }: Shown): string {
    const { story, texts } = this;
    switch (story.step) {
      case 1:
        if (state === "note") return texts.sayNote;
        if (state === "wiping") return texts.sayWiping;
        return state === "ready" ? texts.sayEmpty : texts.sayLoading;
      case 2:
        return texts.ends[story.end] + (story.gone ? `${gap(texts)}${texts.goneNow}` : "");
      case 3:
        return texts.saySearching;
      case 4:
        if (story.ending === "gone") return texts.nothingLeft;
        return story.ending === "left" ? texts.sayLeft(outcome.after ?? 0) : texts.saySearched;
    }
  }

  private detail({ state, outcome }: Shown): string {
    const { story, texts } = this;
    switch (story.step) {
      case 1:
        return state === "note" ? texts.subNote : state === "ready" ? texts.subEmpty : "";
      case 2:
        if (!story.gone) return "";
        return texts.subGone + (UNTOUCHED.has(story.end) ? `${gap(texts)}${texts.subNoKey}` : "");
      case 3:
        return texts.subSearching;
      case 4:
        if (story.ending === "gone") return texts.subEnd(outcome.before ?? 0);
        if (story.ending === "left") return texts.subLeft;
        return story.ending === "unproven" ? texts.subUnproven : texts.subNothing;
    }
  }

  private drawTimes(wipe: Wipe | null): void {
    for (const place of this.times) {
      const ms = wipe?.steps[place.dataset.step as keyof Wipe["steps"]];
      const key = ms === undefined ? "" : ms.toFixed(1);
      if (place.dataset.ms === key) continue;
      place.dataset.ms = key;
      const unit = document.createElement("small");
      const long = ms !== undefined && ms >= 1000;
      unit.textContent = ms === undefined ? "" : long ? this.texts.secondsUnit : "ms";
      const figure = ms === undefined ? "–" : long ? (ms / 1000).toFixed(1) : ms.toFixed(ms < 10 ? 1 : 0);
      place.replaceChildren(figure, unit);
    }
  }
}

// Japanese sentences follow each other without a space.
function gap(texts: Texts): string {
  return texts.goneNow.endsWith("。") ? "" : " ";
}
