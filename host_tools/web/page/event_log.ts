// SPDX-License-Identifier: MIT
// event_log: the last events, newest first, and the steps of the last wipe.
import type { EventReport } from "../bench/contract";
import type { Texts } from "./strings";
import { WIPE_STEPS, type Wipe } from "./wipe_watch";

const MOST = 200;

export function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

export function eventText(event: EventReport, texts: Texts): string {
  const text = texts.events[event.name];
  if (event.detail === undefined) return text;
  const detail = texts.details[event.detail] ?? event.detail;
  return text.includes("%") ? text.replace("%", detail) : `${text} ${detail}`;
}

function line(time: string, text: string): HTMLLIElement {
  const item = document.createElement("li");
  const stamp = document.createElement("span");
  stamp.className = "time";
  stamp.textContent = time;
  item.append(stamp, text);
  return item;
}

export class EventLog {
  private events: EventReport[] = [];

  constructor(
    private readonly list: HTMLOListElement,
    private texts: Texts,
  ) {}

  show(texts: Texts): void {
    this.texts = texts;
    this.list.replaceChildren(...this.events.map((event) => this.item(event)));
  }

  clear(): void {
    this.events = [];
    this.list.replaceChildren();
  }

  take(event: EventReport): void {
    this.events.unshift(event);
    this.list.prepend(this.item(event));
    if (this.events.length > MOST) {
      this.events.pop();
      this.list.lastElementChild?.remove();
    }
  }

  private item(event: EventReport): HTMLLIElement {
    const item = line(seconds(event.nowMs), eventText(event, this.texts));
    item.dataset.event = event.name;
    if (event.name === "bulk-in") item.className = "breach";
    return item;
  }
}

export function showWipe(list: HTMLOListElement, wipe: Wipe | null, texts: Texts): void {
  if (wipe === null) {
    list.replaceChildren(line("", texts.noWipeYet));
    return;
  }
  const cause = wipe.cause === null ? texts.byItself : eventText(wipe.cause, texts);
  const rows = [line(`${seconds(wipe.startMs)} s`, cause)];
  for (const step of WIPE_STEPS) {
    const ms = wipe.steps[step];
    const row = line(
      ms === undefined ? "…" : `+${ms < 100 ? ms.toFixed(1) : ms.toFixed(0)} ms`,
      texts.wipeSteps[step],
    );
    row.dataset.step = step;
    rows.push(row);
  }
  list.replaceChildren(...rows);
}
