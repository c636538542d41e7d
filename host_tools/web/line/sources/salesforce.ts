// SPDX-License-Identifier: MIT
// salesforce: two sources of Salesforce that report calls. Open CTI (`sforce.opencti`) has no event for a call: its
// events are onClickToDial and onNavigationChange (developerforce/open-cti-demo-adapter, open-cti-code-samples.js). The
// softphone page behind it is the vendor's or the site's own: it reports with `callEvents` (events.ts).
import { OFTEN, RARELY, type Source, say } from "../source";
import type { Word } from "../tables.gen";

// Service Cloud Voice LWC Toolkit API, telephony events (voice_lc_toolkit_telephony_lwc).
const OF_TOOLKIT: { [event: string]: Word } = {
  callstarted: "ring",
  callconnected: "start",
  hold: "hold",
  resume: "start",
  mute: "mute",
  unmute: "unmute",
  callended: "wrapup",
  wrapupended: "ready",
};
const OF_SEAT: Word[] = ["mute", "unmute", "ready"];

/** The component `lightning-service-cloud-voice-toolkit-api`. Proof: an event of a call, kept for half an hour. */
export function salesforceVoice(toolkit: EventTarget): Source {
  return {
    bounds: RARELY,
    start(send) {
      const open = new Set<unknown>();
      const heard = (event: Event) => {
        const word = OF_TOOLKIT[event.type]!;
        const detail: unknown = (event as CustomEvent).detail;
        const call = (detail as { callId?: unknown } | null | undefined)?.callId;
        if (word === "wrapup") open.delete(call);
        else if (!OF_SEAT.includes(word)) open.add(call);
        if (word === "ready" && open.size)
          say(send, "alive"); // the next call is on already
        else say(send, word, OF_SEAT.includes(word) ? undefined : call);
      };
      for (const event of Object.keys(OF_TOOLKIT)) toolkit.addEventListener(event, heard);
      return () => {
        for (const event of Object.keys(OF_TOOLKIT)) toolkit.removeEventListener(event, heard);
      };
    },
  };
}

/** The part of `sforce.console.cti` that is used: methods for computer-telephony integration of the Salesforce Console
 * Integration Toolkit. A softphone on Open CTI in Classic reports its calls to it (`fireOnCallBegin`, `fireOnCallEnd`). */
export interface ConsoleCti {
  onCallBegin(heard: (result: { id?: unknown }) => void): void;
  onCallEnd(heard: (result: { id?: unknown }) => void): void;
  getCallObjectIds(answer: (result: { success?: unknown; ids?: unknown }) => void): void;
}

const ASK_S = 10;

/** The console of Salesforce Classic. Proof: the answer to `getCallObjectIds`, asked every 10 s; it also shows calls
 * whose beginning or end was not reported. */
export function salesforceConsole(cti: ConsoleCti): Source {
  let ask: (now: number) => void = () => undefined;
  return {
    bounds: OFTEN,
    turn: (now) => ask(now),
    start(send) {
      const open = new Set<string>();
      let [stopped, askedAt] = [false, -ASK_S];
      const begin = (id: unknown) => {
        if (typeof id === "string") open.add(id);
        say(send, "start", id ?? null);
      };
      const end = (id: unknown) => {
        if (typeof id === "string") open.delete(id);
        say(send, "end", id ?? null);
      };
      cti.onCallBegin(({ id }) => stopped || begin(id));
      cti.onCallEnd(({ id }) => stopped || end(id));
      ask = (now) => {
        if (stopped || now - askedAt < ASK_S) return;
        askedAt = now;
        cti.getCallObjectIds(({ success, ids }) => {
          if (stopped) return;
          const listed: unknown = ids ?? [];
          if (success !== true || !Array.isArray(listed)) return say(send, "lost");
          if (!listed.length) say(send, "alive");
          for (const id of listed) begin(id); // all of them: the silence before may have been too long
          for (const id of open) if (!listed.includes(id)) end(id);
        });
      };
      return () => {
        stopped = true;
      };
    },
  };
}
