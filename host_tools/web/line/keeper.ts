// SPDX-License-Identifier: MIT
// keeper: holds the port of one pad, in a dedicated worker, so that a page that hangs cannot hold DTR.
//
// state     event                                    action
// --------  ---------------------------------------  ------------------------------------------------
// off       the page wants DTR high                  waits for the lock of this site, then searches
// waiting   the page of this site that holds the     searches
//           pad is closed, or sees its seat no more
// search    exactly one pad is allowed and opens     open, DTR low; the page is asked for the state
// open      page sets DTR high / low                 DTR follows; low is a wipe
// open      page sends bytes                         written; after a byte that wipes, DSR is awaited
// open      no answer to a ping sent `stalledS` ago  DTR low until the page answers again
// open      DSR high `settledS` after the byte       reported
// open      no DSR within `blankWithinS`             reported; DTR low, then high: wipes as well
// open      port fails, unplugged, no permission     closed (DTR falls with it); searches
// open      DTR low and its wipe awaited             closed, lock released: another page may have the pad
import type { FromWorker, Happening, PortState, ToWorker } from "./messages";
import type { Bits, LocksLike, PortLike, SerialLike } from "./serial";
import { type SiteLock, siteLock } from "./site_lock";
import {
  BLANK_WITHIN_S,
  CHECK_S,
  FIRST_PAUSE_S,
  LONGEST_PAUSE_S,
  POLL_S,
  PRODUCT,
  SETTLED_S,
  STALLED_S,
  TOGGLE_S,
  VENDOR,
  WIPING,
} from "./tables.gen";

const BAUD = 115200; // without effect on USB
const PING_S = 1;
const REPLY_S = 1;
const wait = (seconds: number) => new Promise<void>((done) => setTimeout(done, seconds * 1000));

/** The times that a test may change. */
export interface Times {
  readonly stalledS: number;
  readonly blankWithinS: number;
  /** The longest that a request to the port may take. */
  readonly replyS: number;
}

export class Keeper {
  #port: PortLike | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #state: PortState = "off";
  #dtr = false;
  #bits: Bits | null = null;
  #wanted = false;
  #answered = false;
  #stopping = false;
  #pauseS = FIRST_PAUSE_S as number;
  #openAt = 0;
  #failed = false;
  #queued = "";
  #spoke = false;
  #stalled = false;
  #checkFrom = 0;
  #checkUntil: number | undefined;
  #pings = 0;
  #waiting = false; // for the answer to the last ping
  #sentAt = -PING_S;
  #provedAt: number;
  #wake: () => void = () => undefined;

  readonly #serial: SerialLike;
  readonly #lock: SiteLock;
  readonly #post: (message: FromWorker) => void;
  readonly #times: Times;
  readonly #now: () => number;

  constructor(
    serial: SerialLike,
    locks: LocksLike | undefined,
    post: (message: FromWorker) => void,
    times: Times = { stalledS: STALLED_S, blankWithinS: BLANK_WITHIN_S, replyS: REPLY_S },
    now: () => number = () => performance.now() / 1000,
  ) {
    this.#serial = serial;
    this.#lock = siteLock(locks, () => this.#wake());
    this.#post = post;
    this.#times = times;
    this.#now = now;
    this.#provedAt = now();
  }

  /** A message of the page. */
  hear(message: ToWorker): void {
    if (message.kind === "pong") {
      if (message.number === this.#pings && this.#waiting) {
        this.#waiting = false;
        this.#provedAt = this.#sentAt; // a late answer is as old as its question
        this.#ping();
      }
      return;
    }
    if (message.kind === "stop") this.#stopping = true;
    else {
      this.#wanted = message.dtr;
      if (message.kind === "answer") this.#answered = true;
      if (!message.dtr) this.#queued = "";
      else if (this.#answered)
        this.#queued = message.kind === "answer" ? message.bytes : this.#queued + message.bytes;
    }
    this.#wake();
  }

  /** Run until `stop`. */
  async run(): Promise<void> {
    const beat = () => {
      if (this.#stopping) return;
      this.#ping(); // also while a request to the port is under way
      setTimeout(beat, (PING_S * 1000) / 4);
    };
    beat();
    while (!this.#stopping) {
      try {
        await (this.#port ? this.#turn(this.#port) : this.#open());
      } catch {
        await this.#close(); // whatever failed must wipe the pad and lead to another attempt
        this.#pauseS = Math.min(2 * this.#pauseS, LONGEST_PAUSE_S);
        this.#openAt = this.#now() + this.#pauseS;
      }
      if (!this.#port && !this.#stopping) await this.#rest(PING_S);
    }
    await this.#close();
    this.#lock.free();
  }

  #ping(): void {
    const now = this.#now();
    if (this.#waiting || now - this.#sentAt < PING_S) return;
    this.#sentAt = now;
    this.#waiting = true;
    this.#pings++;
    this.#post({ kind: "ping", number: this.#pings, port: this.#state, dtr: this.#dtr, bits: this.#bits });
  }

  #tell(what: Happening): void {
    this.#post({ kind: "happened", what });
  }

  #rest(seconds: number): Promise<void> {
    return Promise.race([wait(seconds), new Promise<void>((done) => (this.#wake = done))]);
  }

  async #open(): Promise<void> {
    if (!this.#wanted) {
      this.#lock.free();
      this.#state = "off";
      return;
    }
    if (this.#now() < this.#openAt) return;
    this.#lock.hold();
    if (!this.#lock.held()) {
      this.#state = "waiting";
      return;
    }
    const pads = (await this.#within(this.#serial.getPorts())).filter((port) => {
      const { usbVendorId, usbProductId } = port.getInfo();
      return usbVendorId === VENDOR && usbProductId === PRODUCT;
    });
    this.#state = pads.length > 1 ? "several" : "searching";
    const [port] = pads;
    if (!port || pads.length > 1) return;
    await this.#within(port.open({ baudRate: BAUD }));
    this.#port = port;
    this.#failed = this.#stalled = false;
    this.#checkUntil = undefined;
    this.#dtr = true; // as the systems leave an opened port
    await this.#setDtr(port, false);
    this.#pauseS = FIRST_PAUSE_S;
    this.#state = "open";
    void this.#read(port);
    this.#ask();
  }

  /** Ask the page for the present state; earlier requests no longer count. */
  #ask(): void {
    this.#answered = false;
    this.#queued = "";
    this.#tell("opened");
  }

  async #close(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    this.#answered = false;
    this.#queued = "";
    this.#bits = null;
    if (!port) return;
    this.#state = this.#wanted ? "searching" : "off";
    const gone = () => undefined; // the port may be gone, and DTR with it
    await this.#setDtr(port, false).catch(gone);
    await this.#within(Promise.resolve(this.#reader?.cancel())).catch(gone);
    await this.#within(port.close()).catch(gone);
    this.#dtr = false;
    this.#tell("closed");
  }

  async #turn(port: PortLike): Promise<void> {
    const want = () => this.#wanted && this.#answered && !this.#stalled && !this.#stopping;
    if (!this.#queued && !this.#stopping && want() === this.#dtr)
      await this.#rest(this.#checkUntil === undefined ? POLL_S : CHECK_S);
    if (this.#failed) return this.#close();
    const stalled = this.#now() - this.#provedAt > this.#times.stalledS;
    if (stalled !== this.#stalled) {
      this.#stalled = stalled;
      if (stalled) this.#tell("stalled");
      else this.#ask();
    }
    const dtr = want();
    const bytes = dtr ? this.#queued : "";
    this.#queued = "";
    if (this.#dtr && !dtr) {
      await this.#setDtr(port, false);
      this.#expectBlank();
    } else if (dtr && !this.#dtr) await this.#setDtr(port, true);
    if (bytes) {
      await this.#write(port, bytes);
      if ([...bytes].some((byte) => WIPING.includes(byte))) this.#expectBlank();
    }
    await this.#look(port);
    if (this.#answered && !this.#wanted && !this.#dtr && this.#checkUntil === undefined) await this.#close();
  }

  async #setDtr(port: PortLike, level: boolean): Promise<void> {
    if (level === this.#dtr) return;
    this.#dtr = level;
    await this.#within(port.setSignals({ dataTerminalReady: level, requestToSend: level }));
  }

  async #dropAndAsk(port: PortLike): Promise<void> {
    await this.#setDtr(port, false);
    await wait(TOGGLE_S);
    this.#ask();
  }

  async #write(port: PortLike, bytes: string): Promise<void> {
    const writer = port.writable!.getWriter();
    try {
      await this.#within(writer.write(new TextEncoder().encode(bytes)));
    } finally {
      writer.releaseLock();
    }
  }

  #expectBlank(): void {
    const now = this.#now();
    this.#checkFrom = now + SETTLED_S;
    this.#checkUntil = now + this.#times.blankWithinS;
  }

  async #look(port: PortLike): Promise<void> {
    const signals = await this.#within(port.getSignals());
    const bits = {
      note: signals.dataCarrierDetect,
      blank: signals.dataSetReady,
      fault: signals.ringIndicator,
    };
    if (bits.fault && !this.#bits?.fault) this.#tell("fault");
    this.#bits = bits;
    const now = this.#now();
    if (this.#checkUntil === undefined || (bits.blank && now < this.#checkFrom)) return;
    if (bits.blank) {
      this.#checkUntil = undefined;
      this.#tell("blank");
    } else if (now >= this.#checkUntil) {
      this.#checkUntil = undefined;
      this.#tell("not blank");
      if (this.#dtr) await this.#dropAndAsk(port);
    }
  }

  /** Read what a sealed pad never sends; the end of the stream is how an unplugged pad is noticed at once. */
  async #read(port: PortLike): Promise<void> {
    const reader = port.readable!.getReader();
    this.#reader = reader;
    try {
      while (!(await reader.read()).done) {
        if (!this.#spoke) this.#tell("spoke");
        this.#spoke = true;
      }
    } catch {
      // the port is gone
    }
    reader.releaseLock();
    if (this.#port === port) this.#failed = true;
    this.#wake();
  }

  /** `promise`, but no longer than a request may take. */
  async #within<T>(promise: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, fail) => {
      timer = setTimeout(fail, this.#times.replyS * 1000);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
