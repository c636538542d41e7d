// SPDX-License-Identifier: MIT
// failure_view: why the pad does not run, in the language of the page.
import { find } from "./dom";
import type { Texts } from "./strings";

export class FailureView {
  private readonly place = find("failure", HTMLElement);
  private message: ((texts: Texts) => string) | null = null;

  constructor(private texts: Texts) {}

  show(texts: Texts): void {
    this.texts = texts;
    this.draw();
  }

  fail(message: (texts: Texts) => string): void {
    this.message = message;
    this.draw();
  }

  clear(): void {
    this.message = null;
    this.draw();
  }

  private draw(): void {
    this.place.hidden = this.message === null;
    this.place.textContent = this.message?.(this.texts) ?? "";
  }
}
