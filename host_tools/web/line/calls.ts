// SPDX-License-Identifier: MIT
// calls: what a source knows about its calls, and the state of a pad from all its sources. Pure: no clock, no I/O.
// The same machine as kesu.agent.calls and kesu.agent.merge; a test plays the same random reports on both.
import {
  ENDS,
  FLAG,
  OPEN_CALLS,
  PHASES,
  REMEMBERED_CALLS,
  SETTLE_S,
  STATES,
  type State,
  type Word,
  WRAP_UP_S,
} from "./tables.gen";

/** One message of a source. `call`: the source's name of the call, never a number of a caller; none if it cannot tell.
 * `stamp`: position in the source's own order, any rising number; none when reports cannot overtake each other. */
export interface Report {
  readonly word: Word;
  readonly call?: string | undefined;
  readonly stamp?: number | undefined;
}

/** How long, in seconds, a source may be silent before it counts as lost: with no call open, and with one. */
export interface Bounds {
  readonly idleS: number;
  readonly callS: number;
  readonly wrapUpS?: number;
}

/** How a source's hang-up is read: `none`: after-call work is not noted on the pad; `reported`: as the source says;
 * `always`: the end of a talk begins it. */
export type WrapUp = "none" | "reported" | "always";
/** What ends a note when there are several calls: the `last` one that ends, or `each`. */
export type Several = "last" | "each";

type Phase = "ring" | "talk" | "hold";
const ORDER = Object.keys(STATES) as State[];
const ENDED = "ended";
const NAMELESS = "";

function first<T>(all: Iterable<T>, state: (one: T) => State): T | undefined {
  let found: T | undefined;
  let place = ORDER.length;
  for (const one of all) {
    const at = ORDER.indexOf(state(one));
    if (at < place) [found, place] = [one, at];
  }
  return found;
}

const ends = (word: Word): boolean => ENDS.includes(word);

/** What one source reports about the pad. It is lost until the first report. */
export class SourceView {
  lost = true;
  locked = false;
  away = false;
  muted = false;
  paying = false;
  heardAt: number | undefined;
  readonly #calls = new Map<string, Phase>(); // in order of arrival
  #ended: string[] = [];
  #stamp: number | undefined;
  #endedAt: number | undefined;
  #wrappingSince: number | undefined;

  readonly #bounds: Bounds;
  readonly #wrapUp: WrapUp;

  constructor(bounds: Bounds, wrapUp: WrapUp = "reported") {
    this.#bounds = bounds;
    this.#wrapUp = wrapUp;
  }

  /** Apply one report at `now` (seconds, any monotonic clock). True if it ended a call, open or not. */
  take(report: Report, now: number): boolean {
    const { word } = report;
    if (word === "lost") {
      this.#forget();
      return false;
    }
    this.lost = false;
    this.heardAt = now;
    if (word === "alive") return false;
    if (word === "lock" || word === "unlock") {
      this.locked = word === "lock";
      return false;
    }
    // A late end of a nameless call keeps the state that followed, but wipes the note.
    if (this.#isLate(report, now)) return ends(word);
    if (PHASES.none![word] || ends(word)) return this.#ofCall(word, report.call ?? NAMELESS, now);
    this.#ofSeat(word);
    return false;
  }

  /** Apply the time bounds: a source silent for its bound is lost, after-call work ends at its bound. */
  tick(now: number): void {
    const bound = this.#calls.size ? this.#bounds.callS : this.#bounds.idleS;
    if (!this.lost && this.heardAt !== undefined && now - this.heardAt >= bound) this.#forget();
    const longest = this.#bounds.wrapUpS ?? WRAP_UP_S;
    if (this.#wrappingSince !== undefined && now - this.#wrappingSince >= longest)
      this.#wrappingSince = undefined;
  }

  get inCall(): boolean {
    return this.#calls.size > 0;
  }

  /** The first state that applies. */
  get state(): State {
    if (this.lost) return "lost";
    if (this.locked) return "locked";
    const front = first(this.#calls.values(), (phase) => phase);
    if (front) return front;
    if (this.#wrappingSince !== undefined) return "wrapup";
    return this.away ? "away" : "ready";
  }

  /** The oldest of the calls that determine the state. */
  get foreground(): string | undefined {
    return first(this.#calls.keys(), (call) => this.#calls.get(call)!);
  }

  #isLate({ word, call = NAMELESS, stamp }: Report, now: number): boolean {
    if (stamp !== undefined) {
      if (this.#stamp !== undefined && stamp <= this.#stamp) return call === NAMELESS || !ends(word);
      this.#stamp = stamp;
      return false;
    }
    return (
      (word === "start" || word === "hold") &&
      call === NAMELESS &&
      !this.inCall &&
      this.#endedAt !== undefined &&
      now - this.#endedAt < SETTLE_S
    );
  }

  #ofCall(word: Word, call: string, now: number): boolean {
    const known = this.#calls.get(call);
    if (this.#ended.includes(call)) return false;
    const following = ends(word) ? ENDED : PHASES[known ?? "none"]![word];
    if (!following) return false;
    if (following !== ENDED) {
      if (!known && this.#calls.size >= OPEN_CALLS) return false;
      this.#calls.set(call, following as Phase);
      this.#wrappingSince = undefined;
      return false;
    }
    if (call === NAMELESS) {
      this.#calls.clear(); // which one ended is unknown: end all
    } else {
      this.#calls.delete(call);
      this.#remember(call);
    }
    this.#endedAt = now;
    if (!this.inCall) {
      this.muted = this.paying = false;
      const talked = known === "talk" || known === "hold";
      const wrapping =
        word === "wrapup" ? this.#wrapUp !== "none" : word === "end" && talked && this.#wrapUp === "always";
      // A repeated report does not extend it.
      this.#wrappingSince = wrapping ? (this.#wrappingSince ?? now) : undefined;
    }
    return true;
  }

  #ofSeat(word: Word): void {
    if (word === "ready") {
      // A source also reports this after it connects or reconnects without an open call.
      for (const call of this.#calls.keys()) if (call !== NAMELESS) this.#remember(call);
      this.#calls.clear();
      this.#wrappingSince = undefined;
      this.away = this.muted = this.paying = false;
    } else if (word === "away") this.away = true;
    else if (word === "mute" || word === "unmute") this.muted = word === "mute";
    else this.paying = word === "pay";
  }

  #remember(call: string): void {
    this.#ended = [...this.#ended, call].slice(-REMEMBERED_CALLS);
  }

  #forget(): void {
    this.#calls.clear();
    this.#wrappingSince = undefined;
    this.lost = true;
    this.locked = this.away = this.muted = this.paying = false;
  }
}

/** The state of one pad, from the views of all its sources. Each of them is lost until its first report. */
export class PadCalls {
  state: State = "lost";
  #front: string | undefined;
  #muted = false;
  #paying = false;

  /** `views`: by the sources' names; a source may join or leave later, then call `step`. */
  readonly #several: Several;

  constructor(
    readonly views: Map<string, SourceView>,
    several: Several = "last",
  ) {
    this.#several = several;
  }

  /** Apply a report of `source` at `now` in seconds; returns the bytes to send. */
  take(source: string, report: Report, now: number): string {
    return this.step(this.views.get(source)!.take(report, now));
  }

  /** Apply the time bounds; returns the bytes to send. */
  tick(now: number): string {
    for (const view of this.views.values()) view.tick(now);
    return this.step(false);
  }

  /** Whether DTR is high: it is low while a source is lost, and without a source. */
  get dtr(): boolean {
    return this.state !== "lost";
  }

  /** The bytes for a pad that was just connected: the present state. */
  again(): string {
    if (!this.dtr) return "";
    return STATES[this.state] + (this.#muted ? FLAG.muted : "") + (this.#paying ? FLAG.payment : "");
  }

  /** The state from all views; returns the bytes to send. `ended`: a call has ended. */
  step(ended: boolean): string {
    const [before, frontBefore] = [this.state, this.#front];
    const views = [...this.views.entries()];
    this.state = first(views, ([, view]) => view.state)?.[1].state ?? "lost";
    const leading = views.find(([, view]) => view.state === this.state && view.foreground !== undefined);
    this.#front = leading && `${leading[0]} ${leading[1].foreground}`;
    if (!this.dtr) {
      this.#muted = this.#paying = false;
      return "";
    }
    return this.#stateBytes(before, frontBefore, ended) + this.#flagBytes();
  }

  #stateBytes(before: State, frontBefore: string | undefined, ended: boolean): string {
    const { state } = this;
    const front = this.#front;
    const byte = STATES[state];
    const another = frontBefore !== undefined && front !== undefined && front !== frontBefore;
    const inCall = state === "talk" || state === "hold";
    const wipe = this.#several === "each" && inCall && (ended || another) ? STATES.ready : "";
    if (state !== before) return wipe + byte;
    if (state === "ring" && another) return byte;
    if (wipe) return wipe + byte;
    return ended && (state === "ready" || state === "locked") ? byte : "";
  }

  #flagBytes(): string {
    const views = [...this.views.values()];
    const muted = views.some((view) => view.muted);
    const paying = views.some((view) => view.paying);
    let sent = "";
    if (muted !== this.#muted) sent += muted ? FLAG.muted : FLAG.unmuted;
    if (paying !== this.#paying) sent += paying ? FLAG.payment : FLAG.paid;
    this.#muted = muted;
    this.#paying = paying;
    return sent;
  }
}
