// SPDX-License-Identifier: MIT
// zoom: Smart Embed of Zoom Contact Center (developers.zoom.us, contact-center/smart-embed/events) and of Zoom Phone
// (phone/smart-embed-guide), frames that post messages. Contact Center: the proof is the answer to
// `zcc-agent-info-request`, which is sent every 10 s; `zcc-error` says that nobody is logged in. Zoom Phone has no such
// question: there an event of a call is the proof, for half an hour.
import { isRecord, listen, OFTEN, RARELY, type Send, type Source, say } from "../source";
import type { Word } from "../tables.gen";

export interface ZoomOptions {
  readonly frame: HTMLIFrameElement;
  /** `https://zoom.us`, `https://applications.zoom.us` for Zoom Phone, or the company's own below zoom.us. */
  readonly origins?: readonly string[];
}

const ASK_S = 10;
// Messages of Contact Center with an `engagementId`; `-not-connected`: declined, cancelled, not answered.
const OF_CENTER: { [type: string]: Word } = {
  "zcc-call-ringing": "ring",
  "zcc-outbound-call-started": "ring",
  "zcc-call-connected": "start",
  "zcc-call-ended": "wrapup",
  "zcc-inbound-not-connected": "busy",
  "zcc-outbound-not-connected": "busy",
  "zcc-end-post-engagement": "end",
};
const OF_PHONE: { [type: string]: Word } = {
  "zp-call-ringing-event": "ring",
  "zp-call-connected-event": "start",
  "zp-call-ended-event": "end",
};

export function zoomContactCenter({ frame, origins = ["https://zoom.us"] }: ZoomOptions): Source {
  let askedAt = -ASK_S;
  return {
    bounds: OFTEN,
    turn(now) {
      if (now - askedAt < ASK_S) return;
      askedAt = now;
      for (const origin of origins)
        frame.contentWindow?.postMessage({ type: "zcc-agent-info-request" }, origin);
    },
    start(send: Send) {
      const calls = new Map<string, Word>();
      return listen({ origins, frame }, send, (message) => {
        if (!isRecord(message) || typeof message.type !== "string") return;
        const data = isRecord(message.data) ? message.data : {};
        const word = Object.hasOwn(OF_CENTER, message.type) ? OF_CENTER[message.type] : undefined;
        if (message.type === "zcc-agent-info-response") {
          if (!calls.size) say(send, "alive");
          for (const [id, last] of calls) say(send, last, id); // the silence before may have been too long
        } else if (message.type === "zcc-error" && data.code === "agent-not-authenticated") {
          calls.clear();
          say(send, "lost");
        } else if (word && voice(data)) {
          const id = data.engagementId;
          if (typeof id !== "string") return say(send, "lost");
          // The end of after-call work comes for chats, too, and then without the kind of channel.
          if (word === "end" && !calls.delete(id)) return;
          if (word !== "end") calls.set(id, word);
          if (word === "busy") calls.delete(id);
          say(send, word, id);
          if (word === "end" && !calls.size) say(send, "ready");
        }
      });
    },
  };
}

const voice = (data: Record<string, unknown>) => data.channel === undefined || data.channel === "voice";

export function zoomPhone({ frame, origins = ["https://applications.zoom.us"] }: ZoomOptions): Source {
  return {
    bounds: RARELY,
    start(send: Send) {
      return listen({ origins, frame }, send, (message) => {
        if (!isRecord(message) || typeof message.type !== "string") return;
        const word = Object.hasOwn(OF_PHONE, message.type) ? OF_PHONE[message.type] : undefined;
        const id = isRecord(message.data) ? message.data.callId : undefined;
        if (word) say(send, word, id ?? null);
      });
    },
  };
}
