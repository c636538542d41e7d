// SPDX-License-Identifier: MIT
// Adapters of @kesu/line on recorded sequences: what they report, and what the pad is sent. recorded/*.json says where
// each comes from; those of Amazon Connect and Twilio were recorded from the vendors' packages as they ran.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { PadCalls, type Report, SourceView } from "../line/calls";
import type { Source } from "../line/source";
import { type AmazonConnect, amazonConnect, type ConnectAgent } from "../line/sources/amazon_connect";
import { callEvents, callMessages } from "../line/sources/events";
import { genesysCloud } from "../line/sources/genesys_cloud";
import { type ConsoleCti, salesforceConsole, salesforceVoice } from "../line/sources/salesforce";
import { screen } from "../line/sources/screen";
import { type TwilioCall, type TwilioDevice, twilioVoice } from "../line/sources/twilio_voice";
import { zoomContactCenter, zoomPhone } from "../line/sources/zoom";
import connectRecorded from "./recorded/amazon_connect.json";
import genesysRecorded from "./recorded/genesys_cloud.json";
import salesforceRecorded from "./recorded/salesforce.json";
import twilioRecorded from "./recorded/twilio_voice.json";
import zoomRecorded from "./recorded/zoom.json";

const NUMBERS = ["12345678", "98765432"]; // of callers, in the recordings
type Recorded = Record<string, unknown>;
type Stories = { [story: string]: Recorded[] };

/** A seat with one source: its reports, and what the pad was sent. DTR that falls is `_`, DTR that rises `^`. */
class Seat {
  readonly reports: Report[] = [];
  sent = "";
  readonly calls: PadCalls;
  readonly stop: () => void;
  #now = 100;
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
    this.calls = new PadCalls(new Map([["phone", new SourceView(source.bounds, source.wrapUp)]]));
    this.stop = source.start((report) => {
      this.reports.push(report);
      this.#step(() => this.calls.take("phone", report, this.#now));
    });
  }

  get words(): string {
    return this.reports.map(({ word, call }) => (call ? `${word}:${call}` : word)).join(" ");
  }

  /** Time passes, and the source has its turn, as once a second. */
  turn(seconds = 1) {
    this.#now += seconds;
    try {
      this.#source.turn?.(this.#now);
    } catch {
      this.#step(() => this.calls.take("phone", { word: "lost" }, this.#now));
    }
    this.#step(() => this.calls.tick(this.#now));
  }

  #step(apply: () => string) {
    const before = this.calls.dtr;
    const bytes = apply();
    this.sent += `${before === this.calls.dtr ? "" : this.calls.dtr ? "^" : "_"}${bytes}`;
  }
}

/** Nothing of a number or a name may be in a report. */
function assertNoNumber(seat: Seat) {
  const said = JSON.stringify(seat.reports);
  for (const number of NUMBERS) assert.ok(!said.includes(number), said);
}

function stories(
  recorded: Stories,
  expected: { [story: string]: string },
  play: (story: Recorded[]) => Seat | Promise<Seat>,
) {
  assert.deepEqual(Object.keys(recorded).sort(), Object.keys(expected).sort());
  for (const [story, sent] of Object.entries(expected)) {
    test(`${sent.padEnd(12)} ${story}`, async () => {
      const seat = await play(recorded[story]!);
      assert.equal(seat.sent, sent, seat.words);
      assertNoNumber(seat);
    });
  }
}

// ---- Amazon Connect

/** Streams, as far as an agent's snapshot and its bus go. */
class FakeStreams {
  readonly heard: { [event: string]: ((given: unknown) => void)[] } = {};
  #agent: ConnectAgent | undefined;
  readonly connect: AmazonConnect = {
    agent: (heard) => {
      this.#on("agent")(heard as (given: unknown) => void);
      if (this.#agent) heard(this.#agent);
      return { unsubscribe: () => undefined };
    },
    core: { onAuthFail: this.#on("authFail"), onAccessDenied: this.#on("accessDenied") },
  };

  #on(event: string) {
    return (heard: (given: never) => void) => {
      this.heard[event] ??= [];
      const all = this.heard[event];
      all.push(heard as (given: unknown) => void);
      return { unsubscribe: () => all.splice(all.indexOf(heard as (given: unknown) => void), 1) };
    };
  }

  fire(event: string, given?: unknown) {
    for (const heard of [...(this.heard[event] ?? [])]) heard(given);
  }

  snapshot(said: Recorded) {
    const contacts = said.contacts as { id: string; type: string; state: string; hold: boolean }[];
    const agent: ConnectAgent = {
      getContacts: () =>
        contacts.map(({ id, type, state, hold }) => ({
          getContactId: () => id,
          getType: () => type,
          getState: () => ({ type: state }),
          getInitialConnection: () => {
            if (type === "chat") throw new Error("as Streams does without a chat's details");
            return { isOnHold: () => hold };
          },
        })),
      getState: () => ({ type: said.agent as string }),
      onRefresh: this.#on("agent.onRefresh"),
      onMuteToggle: this.#on("agent.onMuteToggle"),
      onWebSocketConnectionLost: this.#on("agent.onWebSocketConnectionLost"),
      onWebSocketConnectionGained: this.#on("agent.onWebSocketConnectionGained"),
    };
    const first = !this.#agent;
    this.#agent = agent;
    if (first) this.fire("agent", agent);
    this.fire("agent.onRefresh", agent);
  }

  play(events: Recorded[]) {
    for (const said of events) {
      if (said.event === "agent.onRefresh") this.snapshot(said);
      else this.fire(said.event as string, said);
    }
  }
}

function connectSeat(): { streams: FakeStreams; seat: Seat } {
  const streams = new FakeStreams();
  return { streams, seat: new Seat(amazonConnect(streams.connect)) };
}

stories(
  connectRecorded.stories as Stories,
  {
    "inbound, hold, after-call work": "^ERTMmHTWE",
    missed: "^EREA",
    rejected: "^ERE",
    "error while connecting": "^ERE",
    "cleared without after-call work": "^ETE",
    "queued callback": "^ERTWE",
    "a chat beside a call": "^ERTWE",
    "page loaded during a call": "^TWEA",
    "web socket lost in a call": "^ET_^TWE",
    "break in a call": "^ETWEAE",
    "consultation: two voice contacts": "^EHTWE",
  },
  (events) => {
    const { streams, seat } = connectSeat();
    streams.play(events);
    return seat;
  },
);

test("connect: a loaded page without an agent proves nothing", () => {
  const { streams, seat } = connectSeat();
  seat.turn(60);
  assert.equal(seat.sent, "");
  streams.snapshot({ agent: "routable", contacts: [] });
  assert.equal(seat.calls.dtr, true);
});

test("connect: no snapshot within the bound, a failed login and an unknown state drop the line", () => {
  const call = { agent: "system", contacts: [{ id: "a", type: "voice", state: "connected", hold: false }] };
  const { streams, seat } = connectSeat();
  streams.snapshot(call);
  seat.turn(89);
  assert.equal(seat.calls.dtr, true);
  seat.turn(1);
  assert.equal(seat.calls.dtr, false);
  streams.snapshot(call);
  assert.equal(seat.calls.state, "talk", "it comes back with the call that is on");
  streams.fire("authFail");
  assert.equal(seat.calls.dtr, false);
  streams.snapshot(call);
  streams.snapshot({
    agent: "system",
    contacts: [{ id: "a", type: "voice", state: "teleported", hold: false }],
  });
  assert.equal(seat.calls.dtr, false);
});

test("connect: a stopped source says nothing and unsubscribes", () => {
  const { streams, seat } = connectSeat();
  streams.snapshot({ agent: "routable", contacts: [] });
  const said = seat.reports.length;
  seat.stop();
  streams.snapshot({
    agent: "system",
    contacts: [{ id: "a", type: "voice", state: "connected", hold: false }],
  });
  streams.fire("authFail");
  assert.equal(seat.reports.length, said);
  assert.deepEqual(streams.heard["agent.onRefresh"], []);
});

// ---- Twilio

class FakeEmitter {
  readonly #heard = new Map<string, ((...given: never[]) => void)[]>();
  on(event: string, heard: (...given: never[]) => void) {
    this.#heard.set(event, [...(this.#heard.get(event) ?? []), heard]);
  }
  removeListener(event: string, heard: (...given: never[]) => void) {
    this.#heard.set(
      event,
      (this.#heard.get(event) ?? []).filter((one) => one !== heard),
    );
  }
  emit(event: string, ...given: unknown[]) {
    for (const heard of this.#heard.get(event) ?? []) heard(...(given as never[]));
  }
}
class FakeCall extends FakeEmitter implements TwilioCall {
  at = "pending";
  readonly parameters = { From: `+8131${NUMBERS[0]}` };
  status = () => this.at;
}
class FakeDevice extends FakeEmitter implements TwilioDevice {
  state = "registered";
  isBusy = false;
  next = new FakeCall();
  connect = async () => this.next;
}

async function playTwilio(events: Recorded[]): Promise<Seat> {
  const device = new FakeDevice();
  const seat = new Seat(twilioVoice(device));
  const call = device.next;
  for (const { event, status, muted } of events) {
    call.at = status as string;
    device.isBusy = call.at === "open";
    const name = event as string;
    if (name === "device.incoming") device.emit("incoming", call);
    else if (name === "device.connect") await device.connect();
    else if (name === "(status)") seat.turn();
    else call.emit(name.slice("call.".length), muted);
    await Promise.resolve();
  }
  return seat;
}

stories(
  twilioRecorded.stories as Stories,
  {
    "inbound, muted, caller hangs up": "^ERTMmE",
    "inbound, operator hangs up": "^ERTE",
    "caller gives up": "^ERE",
    rejected: "^ERE",
    "ignored: no event": "^ERE",
    outbound: "^ERTE",
  },
  playTwilio,
);

test("twilio: an unregistered device proves nothing, and one that is unregistered in a call drops the line", async () => {
  const device = new FakeDevice();
  device.state = "registering";
  const seat = new Seat(twilioVoice(device));
  seat.turn();
  assert.equal(seat.calls.dtr, false);
  device.state = "registered";
  device.emit("registered");
  await Promise.resolve();
  const call = device.next;
  device.emit("incoming", call);
  call.at = "open";
  call.emit("accept", call);
  await Promise.resolve();
  assert.equal(seat.calls.state, "talk");
  device.state = "unregistered";
  device.emit("unregistered");
  await Promise.resolve();
  assert.equal(seat.calls.dtr, false);
  device.state = "registered";
  device.emit("registered");
  await Promise.resolve();
  assert.equal(seat.calls.state, "talk");
});

test("twilio: a call that this source did not see begin drops the line", () => {
  const device = new FakeDevice();
  const seat = new Seat(twilioVoice(device));
  assert.equal(seat.calls.dtr, true);
  device.isBusy = true;
  seat.turn();
  assert.equal(seat.calls.dtr, false);
});

test("twilio: a stopped source leaves the device as it was", async () => {
  const device = new FakeDevice();
  const before = device.connect;
  const seat = new Seat(twilioVoice(device));
  assert.notEqual(device.connect, before);
  const said = seat.reports.length;
  seat.stop();
  assert.equal(device.connect, before);
  device.emit("incoming", new FakeCall());
  assert.equal(seat.reports.length, said);
});

// ---- frames that post messages

/** A window with one frame; node has neither. */
class FakeFrame extends EventTarget {
  readonly asked: unknown[] = [];
  readonly contentWindow = { postMessage: (message: unknown) => this.asked.push(message) };
}
let page = new EventTarget();
let frame = new FakeFrame();
beforeEach(() => {
  page = new EventTarget();
  frame = new FakeFrame();
  (globalThis as unknown as { window: EventTarget }).window = page;
});
function post(data: unknown, origin: string, source: unknown = frame.contentWindow) {
  page.dispatchEvent(Object.assign(new Event("message"), { data, origin, source }));
}
const asFrame = () => frame as unknown as HTMLIFrameElement;

const GENESYS = "https://apps.mypurecloud.jp";
stories(
  genesysRecorded.stories as Stories,
  {
    "inbound, after-call work": "^ERTWE",
    "not answered": "^ERWE",
    "connect only as a change": "^ERTWE",
    "a chat": "^E",
    "break after the call": "^ERTWEAE",
    "no identifier": "^E_",
  },
  (events) => {
    const seat = new Seat(genesysCloud({ origins: [GENESYS], frame: asFrame() }));
    for (const message of events) post(JSON.stringify(message), GENESYS);
    return seat;
  },
);

const ZOOM = "https://zoom.us";
stories(
  zoomRecorded.stories as Stories,
  {
    "inbound, after-call work": "^ERTWE",
    declined: "^ERE",
    outbound: "^ERTWE",
    "outbound, cancelled": "^ERE",
    "a chat beside": "^ERTWE",
    "logged off in a call": "^ERT_^E",
  },
  (events) => {
    const seat = new Seat(zoomContactCenter({ frame: asFrame() }));
    for (const message of events) post(message, ZOOM);
    return seat;
  },
);

const ZOOM_PHONE = "https://applications.zoom.us";
stories(zoomRecorded.phone as Stories, { inbound: "^RTE", missed: "^RE", "no identifier": "" }, (events) => {
  const seat = new Seat(zoomPhone({ frame: asFrame() }));
  for (const message of events) post(message, ZOOM_PHONE);
  return seat;
});

test("frames: other origins and other frames are ignored, a frame that loads again drops the line", () => {
  const seat = new Seat(genesysCloud({ origins: [GENESYS], frame: asFrame() }));
  const hello = JSON.stringify({
    type: "userActionSubscription",
    data: { category: "status", data: { status: "ON_QUEUE" } },
  });
  post(hello, "https://apps.mypurecloud.jp.example");
  post(hello, GENESYS, {});
  assert.equal(seat.sent, "");
  post(hello, GENESYS);
  assert.equal(seat.sent, "^E");
  frame.dispatchEvent(new Event("load"));
  assert.equal(seat.sent, "^E_");
});

test("frames: a message that is no JSON drops the line", () => {
  const seat = new Seat(genesysCloud({ origins: [GENESYS] }));
  post(JSON.stringify({ type: "userActionSubscription", data: { category: "login" } }), GENESYS);
  post("{", GENESYS);
  assert.equal(seat.sent, "^E_");
});

test("zoom: it asks who is logged in every 10 s, and no answer drops the line", () => {
  const seat = new Seat(zoomContactCenter({ frame: asFrame() }));
  for (let second = 0; second < 30; second++) {
    seat.turn();
    post({ type: "zcc-agent-info-response" }, ZOOM);
  }
  assert.deepEqual(frame.asked, Array(3).fill({ type: "zcc-agent-info-request" }));
  assert.equal(seat.calls.dtr, true);
  seat.turn(89);
  assert.equal(seat.calls.dtr, true);
  seat.turn();
  assert.equal(seat.calls.dtr, false);
});

// ---- Salesforce

stories(
  salesforceRecorded.stories as Stories,
  {
    "inbound, hold, mute, after-call work": "^RTMmHTWE",
    "three-way: a participant leaves": "^RTWE",
    "given up while it rings": "^RWE",
    "the next call before the end of after-call work": "^RTWRTWE",
  },
  (events) => {
    const toolkit = new EventTarget();
    const seat = new Seat(salesforceVoice(toolkit));
    for (const { event, detail } of events)
      toolkit.dispatchEvent(new CustomEvent(event as string, { detail }));
    return seat;
  },
);

stories(
  salesforceRecorded.console as Stories,
  { "a call": "^ETE", "events missed": "^ETE", "two calls": "^ETE", "not answered any more": "^ET_" },
  (events) => {
    let [begun, ended, ids] = [(_: { id: unknown }) => {}, (_: { id: unknown }) => {}, null as unknown];
    const cti: ConsoleCti = {
      onCallBegin: (heard) => {
        begun = heard;
      },
      onCallEnd: (heard) => {
        ended = heard;
      },
      getCallObjectIds: (answer) => answer({ success: ids !== "refused", ids }),
    };
    const seat = new Seat(salesforceConsole(cti));
    for (const said of events) {
      if ("begin" in said) begun({ id: said.begin });
      else if ("end" in said) ended({ id: said.end });
      else {
        ids = said.ids;
        seat.turn(10);
      }
    }
    return seat;
  },
);

test("after too long a silence in a call, the next proof comes with the call that is on", async () => {
  const twilio = new FakeDevice();
  const call = twilio.next;
  const spoken = new Seat(twilioVoice(twilio));
  twilio.emit("incoming", call);
  call.at = "open";
  twilio.isBusy = true;
  spoken.turn();
  const console: { ids: string[] | null } = { ids: ["c1"] };
  const classic = new Seat(
    salesforceConsole({
      onCallBegin: () => {},
      onCallEnd: () => {},
      getCallObjectIds: (answer) => console.ids && answer({ success: true, ids: console.ids }),
    }),
  );
  classic.turn(10);
  const center = new Seat(zoomContactCenter({ frame: asFrame() }));
  const answer = () => post({ type: "zcc-agent-info-response" }, ZOOM);
  post({ type: "zcc-call-connected", data: { engagementId: "e" } }, ZOOM);
  answer();
  for (const [seat, silence, speech] of [
    [spoken, () => (twilio.state = "unregistered"), () => (twilio.state = "registered")],
    [classic, () => (console.ids = null), () => (console.ids = ["c1"])],
    [center, () => 0, answer],
  ] as const) {
    assert.equal(seat.calls.state, "talk");
    silence();
    seat.turn(100);
    assert.equal(seat.calls.dtr, false);
    speech();
    seat.turn(10);
    assert.equal(seat.calls.state, "talk");
    assert.match(seat.sent, /T_\^T$/);
  }
});

// ---- the generic ones, and the screen

test("messages: words with and without a call; whatever else is said drops the line", () => {
  const seat = new Seat(callMessages({ origins: ["https://crm.example"] }));
  const say = (word: unknown, call?: unknown) => post({ kesu: { word, call } }, "https://crm.example");
  post({ kesu: { word: "start" } }, "https://evil.example");
  post({ other: 1 }, "https://crm.example");
  assert.equal(seat.sent, "");
  for (const word of ["alive", "ring", "start", "pay", "paid", "end"]) say(word, "a call");
  assert.equal(seat.sent, "^ERTPpE");
  for (const [word, call] of [["dial"], ["constructor"], [7], ["start", { number: 1 }]] as const) {
    say("start");
    say(word, call);
    assert.equal(seat.calls.dtr, false, `${word}`);
  }
});

test("events of the page, and their silence", () => {
  const target = new EventTarget();
  const seat = new Seat(callEvents(target));
  const say = (word: string) => target.dispatchEvent(new CustomEvent("kesu-call", { detail: { word } }));
  say("start");
  seat.turn(89);
  say("alive");
  seat.turn(89);
  assert.equal(seat.calls.state, "talk");
  seat.turn(1);
  assert.equal(seat.calls.dtr, false);
});

class FakeDetector extends EventTarget {
  static all: FakeDetector[] = [];
  static allowed = true;
  userState: string | null = null;
  screenState: string | null = null;
  async start() {
    if (!FakeDetector.allowed) throw new DOMException("no permission", "NotAllowedError");
    await null;
    FakeDetector.all.push(this);
    this.set("active", "unlocked");
  }
  set(user: string | null, screenState: string | null) {
    this.userState = user;
    this.screenState = screenState;
    this.dispatchEvent(new Event("change"));
  }
}

test("screen: locked, away and back; without permission the line stays down", async () => {
  const scope = globalThis as { IdleDetector?: unknown };
  scope.IdleDetector = FakeDetector;
  const settled = () => new Promise(setImmediate);
  const seat = new Seat(screen());
  assert.equal(seat.calls.dtr, false);
  await settled();
  const detector = FakeDetector.all.at(-1)!;
  detector.set("idle", "unlocked");
  detector.set("idle", "locked");
  detector.set("active", "unlocked");
  assert.equal(seat.sent, "^EAKAE", seat.words);
  for (let turn = 0; turn < 5; turn++) seat.turn(30);
  assert.equal(seat.calls.dtr, true);
  detector.set(null, null);
  assert.equal(seat.calls.dtr, false);

  FakeDetector.allowed = false;
  const denied = new Seat(screen());
  await settled();
  denied.turn();
  assert.equal(denied.sent, "");
  delete scope.IdleDetector;
  assert.throws(() => new Seat(screen()));
});
