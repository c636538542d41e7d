// SPDX-License-Identifier: MIT
// line_page: a page with a softphone that only shows, for tests of @kesu/line and for its film.
import { callEvents, KesuLine } from "../line/index";

const parameters = new URLSearchParams(location.search);
const stalled = parameters.get("stalled") ?? "600";
const shown = (id: string) => document.getElementById(id)!;

class Softphone {
  readonly workers: Worker[] = [];
  readonly happened: string[] = [];
  readonly line = new KesuLine({
    sources: { phone: callEvents(document) },
    worker: () => {
      const url = parameters.has("real") ? "/kesu-line-worker.js" : `/stand-in.js?stalled=${stalled}`;
      const worker = new Worker(url, { type: "module" });
      this.workers.push(worker);
      return worker;
    },
  });

  constructor() {
    this.line.addEventListener("change", () => this.show());
    this.line.addEventListener("happened", (event) => this.happened.push((event as CustomEvent).detail));
    this.line.start();
    setInterval(() => this.alive && this.say("alive"), 1000);
    this.show();
  }

  alive = false;

  say(word: string, call?: string) {
    this.alive = true;
    document.dispatchEvent(new CustomEvent("kesu-call", { detail: { word, call } }));
  }

  /** What a page does that computes without a pause. */
  hang(ms: number) {
    for (const end = performance.now() + ms; performance.now() < end; );
  }

  show() {
    const { state, port, dtr, bits } = this.line.status;
    const pad = bits
      ? (["note", "blank", "fault"] as const).filter((bit) => bits[bit]).join(", ") || "wiping"
      : "–";
    for (const [id, text] of Object.entries({ state, port, dtr: dtr ? "high" : "low", pad }))
      shown(id).textContent = text;
  }
}

Object.assign(window, { softphone: new Softphone() });
