// SPDX-License-Identifier: MIT
// shown_page: which page a blank pad shows, from the inputs that change it (firmware/kesu_pad/session.py).
import type { EventName, EventReport } from "../bench/contract";

export type ShownPage = "ready" | "away" | "payment";

const ENDS_AWAY = new Set(["E", "R"]);
const ENDS_PAYMENT = new Set(["E", "R", "K", "W", "p"]);
const ENDS_PAYMENT_TOO: ReadonlySet<EventName> = new Set<EventName>([
  "hook-open",
  "dtr-low",
  "suspended",
  "vbus-lost",
]);

export class PageWatch {
  shown: ShownPage = "ready";
  private blank = false;

  // Takes the next event of the bench, in order.
  take(event: EventReport): void {
    if (event.name === "power-on" || event.name === "power-off" || event.name === "reset") {
      this.shown = "ready";
      this.blank = false;
    } else if (event.name === "modem") {
      const detail = event.detail ?? "";
      if (detail.includes("DSR+")) this.blank = true;
      else if (detail.includes("DSR-")) this.blank = false;
    } else if (event.name === "key-down") this.key(event.detail);
    else if (event.name === "byte-sent") this.byte(event.detail ?? "");
    else if (ENDS_PAYMENT_TOO.has(event.name)) this.end("payment");
  }

  private key(name: string | undefined): void {
    if (name === "wipe") this.end("payment");
    if (name !== "away") return;
    // During the wipe that leads to AWAY a second press changes nothing.
    if (this.shown !== "away") this.shown = "away";
    else if (this.blank) this.shown = "ready";
  }

  private byte(letter: string): void {
    if (letter === "A") this.shown = "away";
    else if (letter === "P") this.shown = "payment";
    else if (ENDS_AWAY.has(letter) && this.shown === "away") this.shown = "ready";
    else if (ENDS_PAYMENT.has(letter)) this.end("payment");
  }

  private end(page: ShownPage): void {
    if (this.shown === page) this.shown = "ready";
  }
}
