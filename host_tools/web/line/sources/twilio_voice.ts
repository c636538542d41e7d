// SPDX-License-Identifier: MIT
// twilio_voice: a Device of @twilio/voice-sdk 2 (lib/twilio/device.ts, lib/twilio/call.ts). Proof: its state is
// `registered`. Calls come from the event `incoming` and from `connect`, which is watched; a device that is busy with a
// call from elsewhere makes the source lost.
import { OFTEN, type Send, type Source, say } from "../source";
import type { Word } from "../tables.gen";

interface Emitter {
  on(event: string, heard: (...given: never[]) => void): unknown;
  removeListener(event: string, heard: (...given: never[]) => void): unknown;
}
/** The part of Twilio's `Call` that is read. */
export interface TwilioCall extends Emitter {
  status(): string;
}
/** The part of Twilio's `Device` that is read. */
export interface TwilioDevice extends Emitter {
  readonly state: string;
  readonly isBusy: boolean;
  connect(...given: never[]): Promise<TwilioCall>;
}

// Call.State (lib/twilio/call.ts). Twilio's client knows no hold and no after-call work.
const WORD_OF: { [status: string]: Word } = {
  pending: "ring",
  connecting: "ring",
  ringing: "ring",
  open: "start",
  reconnecting: "start",
  closed: "end",
};
const OF_CALL = [
  "accept",
  "cancel",
  "disconnect",
  "reject",
  "ringing",
  "error",
  "reconnecting",
  "reconnected",
];
const OF_DEVICE = ["registered", "registering", "unregistered", "destroyed", "error"];

export function twilioVoice(device: TwilioDevice): Source {
  let look: () => void = () => undefined;
  return {
    bounds: OFTEN,
    turn: () => look(),
    start(send: Send) {
      const calls = new Map<TwilioCall, string>();
      const undo: (() => void)[] = [];
      let count = 0;
      const on = (emitter: Emitter, events: string[], heard: (...given: never[]) => void) => {
        for (const event of events) emitter.on(event, heard);
        return () => {
          for (const event of events) emitter.removeListener(event, heard);
        };
      };
      const lose = () => send({ word: "lost" });
      look = () => {
        if (device.state !== "registered" || (device.isBusy && !calls.size)) return lose();
        if (!calls.size) say(send, "alive");
        for (const [call, name] of calls) {
          const word = WORD_OF[call.status()];
          if (!word) return lose();
          say(send, word, name); // all of them: the silence before may have been too long
          if (word === "end") calls.delete(call);
        }
      };
      const later = () => queueMicrotask(() => look()); // the SDK sets the status before or after it emits
      const muted = (is: boolean) => {
        if (device.state === "registered") say(send, is ? "mute" : "unmute");
      };
      const follow = (call: TwilioCall) => {
        if (calls.has(call)) return;
        calls.set(call, `${++count}`);
        undo.push(on(call, OF_CALL, later), on(call, ["mute"], muted));
        look();
      };
      const { connect } = device;
      device.connect = async (...given) => {
        const call = await connect.apply(device, given);
        follow(call);
        return call;
      };
      undo.push(on(device, ["incoming"], follow), on(device, OF_DEVICE, later), () => {
        device.connect = connect;
        look = () => undefined;
      });
      look();
      return () => {
        for (const one of undo) one();
      };
    },
  };
}
