// SPDX-License-Identifier: MIT
// search: asks the bench for the note's strokes, by itself before a wipe or by a button, and gives the answer to the story.
import type { Command, SearchReport } from "../bench/contract";
import { find } from "./dom";
import type { RamView } from "./ram_view";
import { type Outcome, SearchView } from "./search_view";
import type { Story } from "./story";
import type { Texts } from "./strings";

const SHOWN_MS = 1_000; // real: shorter, and nobody sees the search

export class Search {
  private readonly view: SearchView;
  private askedAt = 0; // real

  constructor(
    private readonly send: (command: Command) => void,
    private readonly ram: RamView,
    private readonly story: Story,
    private readonly answered: () => void,
    texts: Texts,
  ) {
    const [body] = find("found", HTMLTableElement).tBodies;
    this.view = new SearchView(body!, find("search-note", HTMLElement), texts);
  }

  get outcome(): Outcome {
    return this.view.outcome;
  }

  show(texts: Texts): void {
    this.view.show(texts);
  }

  // A new note or pad: what was found is over.
  clear(): void {
    this.view.clear();
  }

  // Just before a note may end: only what was found before can be missed after.
  ahead(): void {
    this.send({ type: "search", id: this.view.ask(true) });
  }

  // A person asks.
  begin(noteThere: boolean): void {
    this.ram.mark([]);
    this.story.searching();
    this.askedAt = performance.now();
    this.send({ type: "search", id: this.view.ask(noteThere) });
  }

  // Drops the copy of the strokes.
  forget(): void {
    this.send({ type: "forgetNote" });
    this.ram.mark([]);
    this.view.clear((texts) => texts.forgotten);
  }

  take(report: SearchReport): void {
    if (this.view.take(report)) this.ram.mark(report.addresses);
    if (this.outcome.column === "before" || this.story.step !== 3) return;
    const wait = Math.max(0, this.askedAt + SHOWN_MS - performance.now());
    window.setTimeout(() => {
      const { before, after } = this.outcome;
      this.story.found(before, after);
      this.answered();
    }, wait);
  }
}
