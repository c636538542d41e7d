// SPDX-License-Identifier: MIT
// line: the page's side. It turns sources into one state, and a worker holds the port (keeper.ts).
import { PadCalls, type Report, type Several, SourceView } from "./calls";
import type { FromWorker, Happening, PortState, ToWorker } from "./messages";
import type { Bits, SerialLike } from "./serial";
import type { Source } from "./source";
import { PRODUCT, type State, VENDOR, WORDS } from "./tables.gen";

const CHECK_MS = 1000;
const LAST_MS = 3000; // for a worker to close its port
const SILENT_CHECKS = 10; // a worker that said nothing for so many checks is replaced

/** The worker's side of a `Worker`. */
export interface WorkerLike {
  postMessage(message: ToWorker): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
}

export interface Options {
  /** By name; all of them are required: the line is down while one is lost. More can be added later. */
  readonly sources?: { readonly [name: string]: Source };
  readonly several?: Several;
  /** Where to load the worker from: `kesu-line-worker.js` beside this file, or what your content security policy and
   * bundler need. */
  readonly worker?: () => WorkerLike;
}

export interface SourceStatus {
  readonly state: State;
  /** Whether it has shown that it sees its seat. */
  readonly proven: boolean;
  /** Seconds since its last report. */
  readonly heardAgo: number | undefined;
}

export interface Status {
  readonly state: State;
  readonly port: PortState;
  readonly dtr: boolean;
  readonly bits: Bits | null;
  readonly sources: { readonly [name: string]: SourceStatus };
}

interface Feed {
  readonly source: Source;
  stop: () => void;
}

const seconds = () => performance.now() / 1000;
const ownWorker = () => new Worker(new URL("./kesu-line-worker.js", import.meta.url), { type: "module" });

/** The call line of one pad. Events: `change`, and `happened` (a CustomEvent whose detail is a `Happening`). */
export class KesuLine extends EventTarget {
  readonly #calls: PadCalls;
  readonly #feeds = new Map<string, Feed>();
  #worker: WorkerLike | undefined;
  #silent = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #port: PortState = "off";
  #dtr = false;
  #wanted = false;
  #bits: Bits | null = null;
  #shown = "";

  readonly #options: Options;

  constructor(options: Options = {}) {
    super();
    this.#options = options;
    this.#calls = new PadCalls(new Map(), options.several);
  }

  /** Ask the user for the pad, in answer to a click. Not needed where a policy allows it. False: not chosen. */
  static async request(): Promise<boolean> {
    const { serial } = navigator as unknown as { serial?: SerialLike };
    const filters = [{ usbVendorId: VENDOR, usbProductId: PRODUCT }];
    return (await serial?.requestPort?.({ filters }).catch(() => undefined)) !== undefined;
  }

  /** Begin: listen to the sources and search for the pad. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#work();
    this.#timer = setInterval(() => {
      if (++this.#silent < SILENT_CHECKS) return;
      this.#worker?.terminate();
      this.#work();
    }, CHECK_MS);
    addEventListener("pagehide", this.#hidden);
    addEventListener("pageshow", this.#shownAgain);
    for (const [name, source] of Object.entries(this.#options.sources ?? {})) this.add(name, source);
  }

  /** End: DTR falls, the pad wipes, the port is free. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    removeEventListener("pagehide", this.#hidden);
    removeEventListener("pageshow", this.#shownAgain);
    for (const name of [...this.#feeds.keys()]) this.#leave(name);
    this.#calls.step(false);
    this.#end();
    this.#port = "off";
    this.#dtr = false;
    this.#bits = null;
    this.#tell();
  }

  /** One more source. The line is down until it has proved that it sees its seat, unless `proof` is its first report. */
  add(name: string, source: Source, proof?: Report): void {
    this.#leave(name);
    const view = new SourceView(source.bounds, source.wrapUp);
    if (proof) view.take(proof, seconds());
    this.#calls.views.set(name, view);
    const feed: Feed = { source, stop: () => undefined };
    this.#feeds.set(name, feed);
    this.#send(this.#calls.step(false));
    try {
      feed.stop = source.start((report) => {
        if (this.#feeds.get(name) === feed) this.#take(name, report);
      });
    } catch {
      this.#take(name, { word: "lost" });
    }
  }

  /** A source that is no longer needed, such as one of a closed frame. In a call its end wipes. */
  remove(name: string): void {
    const wasInCall = this.#calls.views.get(name)?.inCall ?? false;
    this.#leave(name);
    this.#send(this.#calls.step(wasInCall));
  }

  get status(): Status {
    const now = seconds();
    const sources = Object.fromEntries(
      [...this.#calls.views].map(([name, view]) => [
        name,
        {
          state: view.state,
          proven: !view.lost,
          heardAgo: view.heardAt === undefined ? undefined : now - view.heardAt,
        },
      ]),
    );
    return { state: this.#calls.state, port: this.#port, dtr: this.#dtr, bits: this.#bits, sources };
  }

  readonly #hidden = () => {
    this.#end(); // a page that is kept for the back button must not hold the pad
  };

  readonly #shownAgain = () => {
    if (!this.#worker) this.#work();
  };

  #leave(name: string): void {
    this.#feeds.get(name)?.stop();
    this.#feeds.delete(name);
    this.#calls.views.delete(name);
  }

  /** Let the worker close the port, and then itself; one that hangs is ended. */
  #end(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.postMessage({ kind: "stop" });
    setTimeout(() => worker?.terminate(), LAST_MS);
  }

  #work(): void {
    this.#silent = 0;
    this.#port = "off";
    this.#dtr = false;
    this.#bits = null;
    const worker = (this.#options.worker ?? ownWorker)();
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (worker === this.#worker) this.#hear(worker, data);
    };
    this.#wanted = this.#calls.dtr;
    worker.postMessage({ kind: "send", bytes: "", dtr: this.#wanted });
  }

  #hear(worker: WorkerLike, message: FromWorker): void {
    this.#silent = 0;
    if (message.kind === "ping") {
      ({ port: this.#port, dtr: this.#dtr, bits: this.#bits } = message);
      worker.postMessage({ kind: "pong", number: message.number });
      this.#turn();
    } else {
      if (message.what === "opened")
        worker.postMessage({ kind: "answer", bytes: this.#calls.again(), dtr: this.#calls.dtr });
      this.dispatchEvent(new CustomEvent<Happening>("happened", { detail: message.what }));
    }
    this.#tell();
  }

  /** Once a second, driven by the worker, whose timers go on in a hidden page. */
  #turn(): void {
    const now = seconds();
    for (const [name, { source }] of this.#feeds) {
      try {
        source.turn?.(now);
      } catch {
        this.#take(name, { word: "lost" });
      }
    }
    this.#send(this.#calls.tick(now));
  }

  #take(name: string, report: Report): void {
    const known = (WORDS as readonly string[]).includes(report.word);
    this.#send(this.#calls.take(name, known ? report : { word: "lost" }, seconds()));
  }

  #send(bytes: string): void {
    const { dtr } = this.#calls;
    if (bytes || dtr !== this.#wanted) this.#worker?.postMessage({ kind: "send", bytes, dtr });
    this.#wanted = dtr;
    this.#tell();
  }

  #tell(): void {
    const { state, port, dtr, bits, sources } = this.status;
    const proofs = Object.entries(sources).map(([name, source]) => [name, source.state]);
    const shown = JSON.stringify([state, port, dtr, bits, proofs]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.dispatchEvent(new Event("change"));
  }
}
