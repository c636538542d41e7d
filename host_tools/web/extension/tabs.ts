// SPDX-License-Identifier: MIT
// tabs: the pages of the softphone as sources of one line. A page is a source from its first proof until it is lost:
// closed, hung, logged off. Several pages with a proof are all sources; a page without one does not hold the others up.
import type { Bounds, Report, WrapUp } from "../line/calls";
import type { Send, Source } from "../line/source";
import { STALLED_S } from "../line/tables.gen";
import type { RuntimePort } from "./chrome";

/** The part of `KesuLine` that is used. */
export interface Line {
  add(name: string, source: Source, proof: Report): void;
  remove(name: string): void;
}

interface FromPage {
  bounds?: Bounds;
  wrapUp?: WrapUp;
  report?: Report;
  pong?: number;
}

/** One page. */
class Tab implements Source {
  bounds: Bounds = { idleS: 0, callS: 0 };
  wrapUp: WrapUp = "reported";
  send: Send | undefined;
  #provedAt: number | undefined;
  #sentAt = 0;
  #ping = 0;
  #waiting = false;
  readonly #port: RuntimePort;
  readonly #leave: () => void;

  constructor(port: RuntimePort, leave: () => void) {
    this.#port = port;
    this.#leave = leave;
  }

  start(send: Send) {
    this.send = send;
    this.#provedAt = undefined;
    this.#waiting = false;
    return () => {
      this.send = undefined;
    };
  }

  /** One ping at a time; the age of the last answered one counts from when it was sent. */
  turn(now: number) {
    this.#provedAt ??= now;
    if (!this.#waiting) {
      this.#waiting = true;
      this.#sentAt = now;
      this.#port.postMessage(++this.#ping);
    } else if (now - this.#provedAt > STALLED_S) this.#leave(); // the page hangs
  }

  pong(number: number) {
    if (number !== this.#ping || !this.#waiting) return;
    this.#waiting = false;
    this.#provedAt = this.#sentAt;
  }
}

export class Tabs {
  #count = 0;
  readonly #line: Line;

  constructor(line: Line) {
    this.#line = line;
  }

  /** A page has connected. */
  take(port: RuntimePort): void {
    const name = `page ${++this.#count}`;
    const leave = () => {
      if (tab.send) this.#line.remove(name);
    };
    const tab = new Tab(port, leave);
    port.onDisconnect.addListener(leave);
    port.onMessage.addListener((message) => {
      const { bounds, wrapUp, report, pong } = message as FromPage;
      if (bounds) tab.bounds = bounds;
      if (wrapUp) tab.wrapUp = wrapUp;
      if (pong !== undefined) tab.pong(pong);
      if (report?.word === "lost") leave();
      else if (report && tab.send) tab.send(report);
      else if (report) this.#line.add(name, tab, report);
    });
  }
}
