// SPDX-License-Identifier: MIT
// events: sources for any other page: `postMessage` with a checked origin, and events of the page itself. The sender
// must repeat `alive` within 90 s. The words are those of `kesu hook` (docs/agent.md).
import { isRecord, listen, OFTEN, type Send, type Source, say } from "../source";
import { WORDS, type Word } from "../tables.gen";

/** `{ word: "ring", call: "any identifier of the call" }`; without `call` for a phone that knows only one. */
function take(send: Send, said: unknown): void {
  if (isRecord(said) && (WORDS as readonly unknown[]).includes(said.word))
    say(send, said.word as Word, said.call);
  else say(send, "lost");
}

export interface MessageOptions {
  /** Origins from which messages are taken; all others are ignored. */
  readonly origins: readonly string[];
  readonly frame?: HTMLIFrameElement;
}

/** Messages `{ kesu: { word, call } }` to this window. */
export function callMessages(options: MessageOptions): Source {
  return {
    bounds: OFTEN,
    start: (send) =>
      listen(options, send, (data) => {
        if (isRecord(data) && "kesu" in data) take(send, data.kesu);
      }),
  };
}

/** Events `new CustomEvent("kesu-call", { detail: { word, call } })` at `target`. */
export function callEvents(target: EventTarget, name = "kesu-call"): Source {
  return {
    bounds: OFTEN,
    start(send) {
      const heard = (event: Event) => take(send, (event as CustomEvent).detail);
      target.addEventListener(name, heard);
      return () => target.removeEventListener(name, heard);
    },
  };
}
