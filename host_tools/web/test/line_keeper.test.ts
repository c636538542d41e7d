// SPDX-License-Identifier: MIT
// The worker's side of @kesu/line on a clock that the test moves.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Keeper } from "../line/keeper";
import type { FromWorker, Happening, PortState } from "../line/messages";
import type { LocksLike } from "../line/serial";
import { STALLED_S } from "../line/tables.gen";
import { FakePort, FakeSerial } from "./line_pad";

let now = 0;
beforeEach(() => {
  now = 0;
  mock.timers.enable({ apis: ["setTimeout"] });
});
afterEach(() => mock.timers.reset());

/** Let time pass, in steps shorter than any of the keeper's. */
async function pass(seconds: number): Promise<void> {
  const end = now + seconds;
  while (now < end - 1e-9) {
    now += 0.01;
    mock.timers.tick(10);
    await new Promise(setImmediate);
  }
}

/** A page that answers pings and the question for the state, unless it hangs. */
class Page {
  readonly happened: Happening[] = [];
  readonly states: PortState[] = [];
  hangs = false;
  dtr = false;
  again = "";
  pings = 0;
  #missed: FromWorker[] = [];
  readonly keeper: Keeper;
  readonly ended: Promise<void>;

  constructor(serial: FakeSerial, locks?: LocksLike) {
    this.keeper = new Keeper(
      serial,
      locks,
      (message) => this.#hear(message),
      undefined,
      () => now,
    );
    this.ended = this.keeper.run();
  }

  /** The page's state changes. */
  say(bytes: string, again = bytes.slice(-1), dtr = true) {
    this.again = again;
    this.dtr = dtr;
    this.keeper.hear({ kind: "send", bytes, dtr });
  }

  lose() {
    this.say("", "", false);
  }

  wakeUp() {
    this.hangs = false;
    for (const message of this.#missed.splice(0)) this.#hear(message);
  }

  #hear(message: FromWorker) {
    if (this.hangs) {
      this.#missed.push(message);
      return;
    }
    if (message.kind === "ping") {
      this.pings++;
      if (message.port !== this.states.at(-1)) this.states.push(message.port);
      this.keeper.hear({ kind: "pong", number: message.number });
    } else {
      this.happened.push(message.what);
      if (message.what === "opened") this.keeper.hear({ kind: "answer", bytes: this.again, dtr: this.dtr });
    }
  }
}

function bench(...ports: FakePort[]): { port: FakePort; page: Page; serial: FakeSerial } {
  const port = ports[0] ?? new FakePort();
  const serial = new FakeSerial(...(ports.length ? ports : [port]));
  return { port, serial, page: new Page(serial) };
}

test("a page that sees no seat does not open the port", async () => {
  const { port, page } = bench();
  await pass(5);
  assert.deepEqual(port.log, []);
  assert.deepEqual(page.states, ["off"]);
});

test("a call's bytes arrive in order, and the wipe at its end is confirmed", async () => {
  const { port, page } = bench();
  page.say("E");
  await pass(2);
  page.say("R");
  await pass(1);
  page.say("T");
  await pass(1);
  port.ink();
  await pass(1);
  page.say("H");
  page.say("T");
  await pass(1);
  assert.equal(port.note, true);
  page.say("E");
  await pass(2);
  assert.equal(port.note, false);
  assert.deepEqual(port.log, ["open", "DTR on", "DTR off", "DTR on", "E", "R", "T", "H", "T", "E"]);
  assert.deepEqual(page.happened, ["opened", "blank", "blank", "blank"]);
});

test("a page that hangs loses DTR after its bound, and gets it back with its present state", async () => {
  const { port, page } = bench();
  page.say("T");
  await pass(3);
  port.ink();
  page.hangs = true;
  const from = now;
  while (port.dtr && now < from + 30) await pass(0.1);
  assert.ok(now - from <= STALLED_S + 1, `${now - from}`);
  assert.ok(now - from >= STALLED_S - 1.5, `${now - from}`);
  assert.equal(port.note, false);
  await pass(20);
  assert.equal(port.dtr, false);
  page.wakeUp();
  await pass(2);
  assert.equal(port.dtr, true);
  assert.deepEqual(port.log.slice(-2), ["DTR on", "T"]);
  assert.deepEqual(
    page.happened.filter((each) => each !== "blank"),
    ["opened", "stalled", "opened"],
  );
});

test("a page that answers, slowly but within the bound, keeps DTR", async () => {
  const { port, page } = bench();
  page.say("T");
  await pass(2);
  for (let turn = 0; turn < 10; turn++) {
    page.hangs = true;
    await pass(STALLED_S - 2);
    page.wakeUp();
    await pass(0.2);
  }
  assert.equal(port.dtr, true);
  assert.equal(port.log.filter((each) => each === "DTR off").length, 1, "when it was opened");
});

test("a lost source drops DTR, and the port is free for others once the wipe is confirmed", async () => {
  const { port, page } = bench();
  page.say("T");
  await pass(2);
  port.ink();
  page.lose();
  await pass(0.2);
  assert.equal(port.dtr, false);
  await pass(3);
  assert.equal(port.log.at(-1), "close");
  assert.equal(page.states.at(-1), "off");
  page.say("E");
  await pass(3);
  assert.deepEqual(port.log.slice(-4), ["DTR on", "DTR off", "DTR on", "E"]);
});

test("a pad that does not confirm a wipe gets DTR low and high", async () => {
  const { port, page } = bench();
  page.say("T");
  await pass(2);
  port.ink();
  port.wipes = false;
  page.say("E");
  await pass(4);
  assert.equal(port.dtr, true);
  port.log.length = 0;
  await pass(3);
  assert.deepEqual(port.log.slice(0, 3), ["DTR off", "DTR on", "E"]);
  assert.ok(page.happened.includes("not blank"));
});

test("an unplugged pad is noticed, and gets the present state when it is back", async () => {
  const { port, page, serial } = bench();
  page.say("T");
  await pass(2);
  serial.ports = [];
  port.lose();
  await pass(2);
  assert.deepEqual(page.happened.slice(-1), ["closed"]);
  assert.equal(page.states.at(-1), "searching");
  const again = new FakePort();
  serial.ports = [again];
  await pass(3);
  assert.deepEqual(again.log.slice(-2), ["DTR on", "T"]);
});

test("two pads, and other devices, are not opened", async () => {
  const { page, serial } = bench(new FakePort(), new FakePort());
  page.say("E");
  await pass(4);
  assert.equal(page.states.at(-1), "several");
  const other = new FakePort([0x2341, 0x0043]);
  serial.ports = [other];
  await pass(4);
  assert.equal(page.states.at(-1), "searching");
  assert.deepEqual(other.log, []);
});

test("a port whose requests never end is closed, and DTR falls with it", async () => {
  const { port, page } = bench();
  page.say("T");
  await pass(2);
  port.hangs = true;
  port.log.length = 0;
  page.say("E");
  await pass(30);
  assert.deepEqual(port.log.slice(0, 2), ["close", "DTR off"]);
  assert.ok(page.happened.includes("closed"));
  assert.equal(page.happened.filter((each) => each === "opened").length, 1, "never trusted again");
  assert.ok(port.log.filter((each) => each === "open").length <= 6, "with growing pauses");
});

test("a fault and bytes of the pad are reported once", async () => {
  const { port, page } = bench();
  page.say("T");
  await pass(2);
  port.fault = true;
  port.speak("no sealed pad says a word");
  port.speak("again");
  await pass(3);
  assert.deepEqual(page.happened.filter((each) => each === "fault" || each === "spoke").sort(), [
    "fault",
    "spoke",
  ]);
});

test("stop drops DTR, closes the port and ends", async () => {
  const { port, page } = bench();
  page.say("T");
  await pass(2);
  page.keeper.hear({ kind: "stop" });
  await pass(2);
  await page.ended;
  assert.deepEqual(port.log.slice(-2), ["DTR off", "close"]);
});

/** `LockManager.request`: one holder, the others wait in a row. */
class FakeLocks implements LocksLike {
  #last: Promise<unknown> = Promise.resolve();
  async request(_name: string, { signal }: { signal?: AbortSignal }, held: () => Promise<unknown>) {
    const before = this.#last;
    const mine = before.then(() => (signal?.aborted ? undefined : held()));
    this.#last = mine;
    return mine;
  }
}

test("of two pages of a site one holds the pad; the other takes over when it sees its seat no more", async () => {
  const port = new FakePort();
  const locks = new FakeLocks();
  const one = new Page(new FakeSerial(port), locks);
  const other = new Page(new FakeSerial(port), locks);
  one.say("T");
  await pass(3);
  other.say("E");
  await pass(3);
  assert.equal(other.states.at(-1), "waiting");
  assert.equal(port.log.includes("E"), false);
  one.lose();
  await pass(5);
  assert.deepEqual(port.log.slice(-3), ["DTR off", "DTR on", "E"]);
  assert.equal(other.states.at(-1), "open");
});

test("without locks, a port that another page has open is refused, and tried again", async () => {
  const port = new FakePort();
  const one = new Page(new FakeSerial(port));
  const other = new Page(new FakeSerial(port));
  one.say("T");
  await pass(2);
  other.say("E");
  await pass(3);
  assert.equal(other.states.at(-1), "searching");
  one.keeper.hear({ kind: "stop" });
  await pass(4);
  assert.equal(port.log.at(-1), "E");
});
