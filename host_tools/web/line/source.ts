// SPDX-License-Identifier: MIT
// source: what an adapter is, and what adapters share.
import type { Bounds, Report, WrapUp } from "./calls";
import type { Word } from "./tables.gen";

/** Takes one report of a source. */
export type Send = (report: Report) => void;

/** A system in or around this page that knows the state of calls.
 *
 * `start` subscribes to it and returns what undoes that. Its first report proves that it sees its seat: a loaded script
 * or an open frame is no proof, and the pad's line is down until the proof. The proof is repeated within the bounds, by
 * `alive` if there is nothing else to report. Input that an adapter does not understand makes it `lost`; it never
 * guesses. It reads the identifier and the state of a call and nothing else of it: no number, no name. */
export interface Source {
  readonly bounds: Bounds;
  readonly wrapUp?: WrapUp;
  start(send: Send): () => void;
  /** Called about once a second, also in a hidden page; `now` in seconds. An exception makes the source lost. */
  turn?(now: number): void;
}

/** For systems that repeat a proof often, or answer a question: hidden pages may be slow. */
export const OFTEN: Bounds = { idleS: 90, callS: 90 };
/** For systems that speak only when something happens: half an hour between calls, two hours in one, as `kesu hook`. */
export const RARELY: Bounds = { idleS: 1800, callS: 7200 };

/** Send a word, with the call's identifier if there is one. Anything but a text or a number is none: then the source
 * cannot say which call it means, and is lost. */
export function say(send: Send, word: Word, call?: unknown): void {
  if (call === undefined) send({ word });
  else if ((typeof call === "string" && call !== "") || typeof call === "number")
    send({ word, call: `${call}` });
  else send({ word: "lost" });
}

/** A listener for messages to this page from one of `origins` and, if given, from the frame. `apps`: what it does with
 * the data. A frame that leaves the document or loads again makes the source lost. */
export function listen(
  from: { origins: readonly string[]; frame?: HTMLIFrameElement | undefined },
  send: Send,
  take: (data: unknown) => void,
): () => void {
  const heard = (event: MessageEvent) => {
    if (!from.origins.includes(event.origin)) return;
    if (from.frame && event.source !== from.frame.contentWindow) return;
    try {
      take(event.data);
    } catch {
      send({ word: "lost" });
    }
  };
  const loaded = () => send({ word: "lost" });
  window.addEventListener("message", heard);
  from.frame?.addEventListener("load", loaded);
  return () => {
    window.removeEventListener("message", heard);
    from.frame?.removeEventListener("load", loaded);
  };
}

/** Whether `value` is an object with fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
