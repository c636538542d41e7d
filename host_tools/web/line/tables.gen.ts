// SPDX-License-Identifier: MIT
// tables.gen: generated from host_tools/kesu/spec by `kesu dev generate`. Do not edit.

// USB numbers of a pad.
export const VENDOR = 0x1209;
export const PRODUCT = 0x0001;
// Bytes that wipe a note under every policy.
export const WIPING = "REAKP";
export const FLAG = {
  muted: "M",
  unmuted: "m",
  payment: "P",
  paid: "p",
} as const;
// What a source may report.
export const WORDS = [
  "ring", // an incoming or outgoing call
  "start", // answered, or resumed from hold
  "hold", // on hold
  "end", // call over
  "busy", // declined, busy or not answered: the same as end
  "wrapup", // hung up; after-call work begins
  "ready", // the operator waits for a call: after-call work and absence are over
  "away", // not available; takes effect when the last call is over
  "mute", // microphone off
  "unmute", // microphone on
  "pay", // the customer is about to read out a card number, pen off
  "paid", // pen on again
  "lock", // screen locked, session gone, PC about to sleep
  "unlock", // none of these
  "alive", // nothing new; the source still sees the seat
  "lost", // the source is gone: its earlier reports no longer count
] as const;
export type Word = (typeof WORDS)[number];
// States in order of precedence, with the byte for the pad; none where DTR falls.
export const STATES = {
  lost: "",
  locked: "K",
  talk: "T",
  hold: "H",
  ring: "R",
  wrapup: "W",
  away: "A",
  ready: "E",
} as const;
export type State = keyof typeof STATES;
// Events that end a call in every phase.
export const ENDS: readonly string[] = ["end", "busy", "wrapup"];
// Phase of an open call, or none -> event -> following phase; a pair that is missing changes nothing.
export const PHASES: { [phase: string]: { [word: string]: string } } = {
  none: {
    ring: "ring",
    start: "talk",
    hold: "hold",
  },
  ring: {
    start: "talk",
    hold: "hold",
  },
  talk: {
    hold: "hold",
  },
  hold: {
    start: "talk",
  },
};
// Seconds and counts: calls.toml says what each is for.
export const SETTLE_S = 1;
export const REMEMBERED_CALLS = 256;
export const OPEN_CALLS = 32;
export const WRAP_UP_S = 300;
export const POLL_S = 0.25;
export const CHECK_S = 0.05;
export const SETTLED_S = 0.3;
export const BLANK_WITHIN_S = 5;
export const STALLED_S = 5;
export const TOGGLE_S = 0.1;
export const FIRST_PAUSE_S = 0.25;
export const LONGEST_PAUSE_S = 5;
