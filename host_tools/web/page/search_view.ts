// SPDX-License-Identifier: MIT
// search_view: "search for my note": hits in every resource, while the note is there and after the wipe.
import type { SearchPlace, SearchReport } from "../bench/contract";
import type { Texts } from "./strings";

type Column = "before" | "after";

const ORDER: readonly SearchPlace["resource"][] = [
  "sram",
  "plane-new",
  "plane-old",
  "glass",
  "touch",
  "dpram",
  "flash",
  "usb",
];

// What an answer says: how many places held the note, null when nothing was found that could be looked for later.
export interface Outcome {
  column: Column;
  before: number | null;
  after: number | null;
}

export class SearchView {
  private readonly results: Record<Column, SearchReport | null> = { before: null, after: null };
  private asked = 0;
  private column: Column = "before";
  private fresh: Column | null = null;
  private message: (texts: Texts) => string = () => "";

  constructor(
    private readonly body: HTMLTableSectionElement,
    private readonly note: HTMLElement,
    private texts: Texts,
  ) {
    this.show(texts);
  }

  show(texts: Texts): void {
    this.texts = texts;
    this.note.textContent = this.message(texts);
    this.body.replaceChildren(...ORDER.map((resource, index) => this.row(resource, index)));
    this.fresh = null;
  }

  // A new pad or a forgotten note invalidates all results.
  clear(message: (texts: Texts) => string = () => ""): void {
    this.results.before = this.results.after = this.fresh = null;
    this.asked++;
    this.tell(message);
  }

  // Begins a search. `noteThere`: whether the pad now reports a note. Returns the id for the command.
  ask(noteThere: boolean): number {
    this.column = noteThere ? "before" : "after";
    if (noteThere) this.results.after = null;
    this.tell((texts) => texts.searching);
    return ++this.asked;
  }

  // The last answers in figures.
  get outcome(): Outcome {
    const held = (column: Column) =>
      this.results[column]?.places.filter(({ hits }) => hits > 0).length ?? null;
    return {
      column: this.column,
      before: held("before"),
      after: held("after"),
    };
  }

  // Shows the answer; false if it is empty, or not for the last search.
  take(report: SearchReport): boolean {
    if (report.id !== this.asked) return false;
    if (report.patterns === 0) {
      this.tell((texts) => texts.nothingWritten);
      return false;
    }
    if (this.column === "before" && report.places.every(({ hits }) => hits === 0)) {
      // A single line gives no unique pattern: "not found" would prove nothing later.
      this.results.before = null;
      this.tell((texts) => texts.tooLittle);
      return false;
    }
    this.results[this.column] = report;
    this.fresh = this.column;
    const searched = (texts: Texts) => texts.searched(report.patterns, (report.realMs / 1000).toFixed(1));
    // Only after a search that found the note: "not found" alone proves nothing.
    const gone =
      this.column === "after" &&
      this.results.before !== null &&
      report.places.every(({ hits }) => hits === 0);
    this.tell((texts) => (gone ? `${texts.nothingLeft} ${searched(texts)}` : searched(texts)));
    return true;
  }

  private tell(message: (texts: Texts) => string): void {
    this.message = message;
    this.show(this.texts);
  }

  private row(resource: SearchPlace["resource"], index: number): HTMLTableRowElement {
    const row = document.createElement("tr");
    row.style.setProperty("--row", String(index));
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = this.texts.places[resource];
    row.dataset.place = resource;
    row.append(head, this.cell(resource, "before"), this.cell(resource, "after"));
    return row;
  }

  private cell(resource: SearchPlace["resource"], column: Column): HTMLTableCellElement {
    const cell = document.createElement("td");
    const place = this.results[column]?.places.find((each) => each.resource === resource);
    cell.textContent = place === undefined ? "–" : String(place.hits);
    cell.className = place === undefined ? "wait" : place.hits > 0 ? "some" : "none";
    if (column === this.fresh) cell.classList.add("fresh");
    return cell;
  }
}
