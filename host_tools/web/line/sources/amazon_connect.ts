// SPDX-License-Identifier: MIT
// amazon_connect: Amazon Connect Streams, the global `connect` of amazon-connect-streams 2 (src/api.js, src/core.js).
// Each agent snapshot (`agent.onRefresh`; the shared worker asks for one within 30 s, src/worker.js) is the proof and has
// the state of every contact, so a page that loads during a call or reconnects is right at once.
import { OFTEN, type Send, type Source, say } from "../source";
import type { Word } from "../tables.gen";

interface Subscription {
  unsubscribe(): void;
}
type On<T> = (heard: (given: T) => void) => Subscription | undefined;

/** The part of Streams' `Contact` that is read. */
export interface ConnectContact {
  getContactId(): string;
  getType(): string;
  getState(): { type: string };
  getInitialConnection(): { isOnHold(): boolean } | null | undefined;
}
/** The part of Streams' `Agent` that is read. */
export interface ConnectAgent {
  getContacts(): ConnectContact[];
  getState(): { type: string };
  onRefresh: On<ConnectAgent>;
  onMuteToggle: On<{ muted: boolean }>;
  onWebSocketConnectionLost: On<unknown>;
  onWebSocketConnectionGained: On<unknown>;
}
export interface AmazonConnect {
  agent: On<ConnectAgent>;
  core?: { onAuthFail?(heard: () => void): unknown; onAccessDenied?(heard: () => void): unknown };
}

const VOICE = ["voice", "queue_callback"];
// ContactStateType (src/api.js). `ended` lasts as long as after-call work; then the contact leaves the snapshot.
const WORD_OF: { [type: string]: Word | "" } = {
  init: "",
  incoming: "ring",
  pending: "ring",
  connecting: "ring",
  connected: "start",
  paused: "hold",
  ended: "wrapup",
  missed: "busy",
  rejected: "busy",
  error: "busy",
};

export function amazonConnect(connect: AmazonConnect): Source {
  return {
    bounds: OFTEN,
    start(send: Send) {
      const undo: (Subscription | undefined)[] = [];
      const said = new Set<string>();
      let [stopped, connected, absent] = [false, true, false];
      const lose = () => {
        said.clear();
        if (!stopped) send({ word: "lost" });
      };
      const look = (agent: ConnectAgent) => {
        if (stopped || !connected) return;
        const before = said.size;
        const seen = new Map<string, Word>();
        for (const contact of agent.getContacts()) {
          if (!VOICE.includes(contact.getType())) continue;
          const word = WORD_OF[contact.getState().type];
          if (word === undefined) return lose(); // a state that this adapter does not know
          const held = word === "start" && contact.getInitialConnection()?.isOnHold();
          if (word) seen.set(contact.getContactId(), held ? "hold" : word);
        }
        if (!seen.size) say(send, "alive");
        for (const [call, word] of seen) say(send, word, call); // all of them: the silence before may have been too long
        for (const call of said) if (!seen.has(call)) say(send, "end", call);
        said.clear();
        for (const call of seen.keys()) said.add(call);
        const { type } = agent.getState();
        const away = type === "routable" ? false : ["not_routable", "offline"].includes(type) || absent;
        const rests = !said.size && (before > 0 || away !== absent);
        if (rests) say(send, "ready"); // ends after-call work
        if (away && (rests || !absent)) say(send, "away");
        absent = away;
      };
      const guarded = (agent: ConnectAgent) => {
        try {
          look(agent);
        } catch {
          lose();
        }
      };
      undo.push(
        connect.agent((agent) => {
          undo.push(
            agent.onRefresh(guarded),
            agent.onMuteToggle(({ muted }) => {
              if (!stopped && said.size) say(send, muted ? "mute" : "unmute");
            }),
            agent.onWebSocketConnectionLost(() => {
              connected = false;
              lose();
            }),
            agent.onWebSocketConnectionGained(() => {
              connected = true; // the next snapshot is the proof
            }),
          );
          guarded(agent);
        }),
      );
      connect.core?.onAuthFail?.(lose);
      connect.core?.onAccessDenied?.(lose);
      return () => {
        stopped = true;
        for (const one of undo) one?.unsubscribe();
      };
    },
  };
}
