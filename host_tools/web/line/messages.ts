// SPDX-License-Identifier: MIT
// messages: between the page and the worker that holds the port.
import type { Bits } from "./serial";

/** Where the port is: `off`: not wanted; `waiting`: another page holds the pad; `searching`: no pad that this page may
 * use; `several`: more than one; `open`. */
export type PortState = "off" | "waiting" | "searching" | "several" | "open";

/** What the worker saw: the port is open and the present state is needed; the pad confirmed a wipe, or did not within
 * its time; it shows a fault; it sent bytes, which a sealed pad never does; the page did not answer for too long. */
export type Happening = "opened" | "closed" | "blank" | "not blank" | "fault" | "spoke" | "stalled";

export type FromWorker =
  | { kind: "ping"; number: number; port: PortState; dtr: boolean; bits: Bits | null }
  | { kind: "happened"; what: Happening };

/** `bytes`: one letter each; they are dropped while the port is closed, and with them a falling DTR wipes. */
export type ToWorker =
  | { kind: "pong"; number: number }
  | { kind: "send"; bytes: string; dtr: boolean }
  | { kind: "answer"; bytes: string; dtr: boolean }
  | { kind: "stop" };
