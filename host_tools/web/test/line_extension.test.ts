// SPDX-License-Identifier: MIT
// The extension's tabs as sources, its settings, and the page's side of @kesu/line with a worker that only listens.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import type { RuntimePort } from "../extension/chrome";
import { settingsOf } from "../extension/settings";
import { Tabs } from "../extension/tabs";
import { KesuLine, type WorkerLike } from "../line/line";
import type { FromWorker, ToWorker } from "../line/messages";
import { callEvents } from "../line/sources/events";
import { STALLED_S } from "../line/tables.gen";

let now = 0;
const scope = globalThis as unknown as { addEventListener: unknown; removeEventListener: unknown };
const page = new EventTarget();
beforeEach(() => {
  now = 1000;
  mock.method(performance, "now", () => now * 1000);
  mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  scope.addEventListener = page.addEventListener.bind(page);
  scope.removeEventListener = page.removeEventListener.bind(page);
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** What the page sent to a worker: DTR that rises `^`, that falls `_`, and the bytes. */
class FakeWorker implements WorkerLike {
  sent = "";
  isEnded = false;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null = null;
  #dtr = false;
  #pings = 0;

  postMessage(message: ToWorker) {
    if (message.kind === "stop") this.isEnded = true;
    if (message.kind !== "send" && message.kind !== "answer") return;
    if (message.dtr !== this.#dtr) this.sent += message.dtr ? "^" : "_";
    this.#dtr = message.dtr;
    this.sent += message.bytes;
  }
  terminate() {
    this.isEnded = true;
  }
  ping() {
    const data: FromWorker = {
      kind: "ping",
      number: ++this.#pings,
      port: "open",
      dtr: this.#dtr,
      bits: null,
    };
    this.onmessage?.({ data } as MessageEvent<FromWorker>);
  }
}

function bench(): {
  line: KesuLine;
  workers: FakeWorker[];
  pass: (seconds: number, pings?: boolean) => void;
} {
  const workers: FakeWorker[] = [];
  const line = new KesuLine({
    worker: () => {
      workers.push(new FakeWorker());
      return workers.at(-1)!;
    },
  });
  line.start();
  const pass = (seconds: number, pings = true) => {
    for (let second = 0; second < seconds; second++) {
      now += 1;
      mock.timers.tick(1000);
      if (pings) workers.at(-1)!.ping();
    }
  };
  return { line, workers, pass };
}

/** One end of a connection between a page and the extension. */
class FakePort implements RuntimePort {
  readonly name = "kesu-line";
  answers = true;
  #heard: ((message: unknown) => unknown)[] = [];
  #ended: (() => unknown)[] = [];
  readonly onMessage = { addListener: (heard: (message: unknown) => unknown) => this.#heard.push(heard) };
  readonly onDisconnect = { addListener: (heard: () => unknown) => this.#ended.push(heard) };

  constructor(tabs: Tabs) {
    tabs.take(this);
    this.tell({ bounds: { idleS: 90, callS: 90 } });
  }
  postMessage(ping: unknown) {
    if (this.answers) this.tell({ pong: ping });
  }
  tell(message: unknown) {
    for (const heard of this.#heard) heard(message);
  }
  say(word: string, call?: string) {
    this.tell({ report: { word, call } });
  }
  disconnect() {
    for (const heard of this.#ended) heard();
  }
}

test("a page is a source from its first proof; its words reach the pad", () => {
  const { line, workers, pass } = bench();
  const one = new FakePort(new Tabs(line));
  pass(3);
  assert.equal(workers[0]!.sent, "");
  for (const word of ["alive", "ring", "start", "hold", "end"]) one.say(word, "a");
  pass(3);
  assert.equal(workers[0]!.sent, "^ERTHE");
});

test("a closed page in a call wipes, also while another page is ready", () => {
  const { line, workers } = bench();
  const tabs = new Tabs(line);
  const [one, other] = [new FakePort(tabs), new FakePort(tabs)];
  one.say("start", "a");
  other.say("ready");
  assert.equal(workers[0]!.sent, "^T", "a page that joins does not end the call of another");
  one.disconnect();
  assert.equal(workers[0]!.sent, "^TE");
  other.disconnect();
  assert.equal(workers[0]!.sent, "^TE_");
});

test("a page without a call that is closed does not end the call of another", () => {
  const { line, workers } = bench();
  const tabs = new Tabs(line);
  const [one, other] = [new FakePort(tabs), new FakePort(tabs)];
  one.say("start", "a");
  other.say("ready");
  other.disconnect();
  other.say("start", "b"); // too late: nothing hears it any more but a page that joins
  one.say("end", "a");
  assert.match(workers[0]!.sent, /^\^T/);
  assert.equal(workers[0]!.sent.includes("_"), false);
});

test("a page that hangs is lost after the bound and joins again with its next word", () => {
  const { line, workers, pass } = bench();
  const one = new FakePort(new Tabs(line));
  one.say("start", "a");
  pass(20);
  assert.equal(workers[0]!.sent, "^T");
  one.answers = false;
  pass(STALLED_S - 1);
  assert.equal(workers[0]!.sent, "^T");
  pass(4);
  assert.equal(workers[0]!.sent, "^T_");
  one.answers = true;
  one.say("start", "a");
  pass(10);
  assert.equal(workers[0]!.sent, "^T_^T");
});

test("a page that is logged off is no source any more", () => {
  const { line, workers } = bench();
  const one = new FakePort(new Tabs(line));
  one.say("start", "a");
  one.say("lost");
  assert.equal(workers[0]!.sent, "^T_");
  assert.deepEqual(line.status.sources, {});
});

test("settings: only known adapters on https pages", () => {
  const good = { match: "https://*.my.connect.aws/*", adapter: "amazon-connect" };
  const bad = [
    { match: "http://crm.example/*", adapter: "messages" },
    { match: "<all_urls>", adapter: "messages" },
    { match: "https://*/*", adapter: "messages" },
    { match: "https://crm.example/*", adapter: "other" },
    { match: "https://crm.example/*", adapter: "messages", origins: "https://crm.example" },
    { adapter: "messages" },
    null,
    7,
  ];
  assert.deepEqual(settingsOf({ pages: [good, ...bad] }), {
    pages: [{ ...good, origins: [] }],
    screen: true,
  });
  assert.deepEqual(settingsOf({}), { pages: [], screen: true });
  assert.deepEqual(settingsOf({ pages: "all", screen: false }), { pages: [], screen: false });
});

test("line: a worker that is silent is replaced, and the next one gets the state when it opens", () => {
  const target = new EventTarget();
  const { line, workers, pass } = bench();
  line.add("phone", callEvents(target));
  const say = (word: string) => target.dispatchEvent(new CustomEvent("kesu-call", { detail: { word } }));
  say("start");
  pass(5);
  assert.equal(workers.length, 1);
  pass(11, false);
  assert.equal(workers.length, 2);
  assert.equal(workers[0]!.isEnded, true);
  const data: FromWorker = { kind: "happened", what: "opened" };
  workers[1]!.onmessage?.({ data } as MessageEvent<FromWorker>);
  assert.equal(workers[1]!.sent, "^T");
});

test("line: a page that is left or kept for the back button lets the port go, and takes it again", () => {
  const { line, workers } = bench();
  page.dispatchEvent(new Event("pagehide"));
  assert.equal(workers[0]!.isEnded, true);
  page.dispatchEvent(new Event("pageshow"));
  assert.equal(workers.length, 2);
  line.stop();
  assert.equal(workers[1]!.isEnded, true);
  assert.equal(line.status.port, "off");
});

test("line: no source, a source that fails to begin, and an unknown word keep or take the line down", () => {
  const { line, workers } = bench();
  line.add("broken", {
    bounds: { idleS: 9, callS: 9 },
    start: () => {
      throw new Error("not here");
    },
  });
  assert.equal(workers[0]!.sent, "");
  line.remove("broken");
  const target = new EventTarget();
  line.add("phone", callEvents(target));
  const say = (word: string) => target.dispatchEvent(new CustomEvent("kesu-call", { detail: { word } }));
  say("start");
  say("teleport");
  assert.equal(workers[0]!.sent, "^T_");
});
