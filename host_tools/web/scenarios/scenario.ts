// SPDX-License-Identifier: MIT
// scenario: types of the suite's JSON (tests/crosscheck/scenario.schema.json), and of a bench's answer.

import type { KeyName, PanelName } from "../bench/contract.js";

export type Act =
  | { do: "plug" | "suspend" | "resume" | "note" }
  | { do: "unplug"; hold_up_ms: number }
  | { do: "reset"; kind: "run" | "watchdog" }
  | { do: "dtr"; high: boolean }
  | { do: "send"; text: string }
  | { do: "key"; key: KeyName; hold_ms: number }
  | { do: "hook"; closed: boolean };

export type Awaited = "enumerated" | "ready" | "not ready" | "note" | "fault" | "refresh" | "still";

export type Step =
  | Act
  | { do: "write"; ink: string }
  | { do: "run"; ms: number }
  | { do: "wait"; for: Awaited; within_ms: number }
  | { do: "wipe"; by: Act; delay_ms?: number; within_ms: number }
  | { do: "check"; name: string };

export interface Scenario {
  title: string;
  panels?: PanelName[];
  from: "off" | "ready";
  lift_reported?: boolean;
  temperature_c?: number;
  steps: Step[];
}

// Strokes in thousandths of the glass's width and height.
export interface Ink {
  dwell_ms: number;
  gap_ms: number;
  strokes: Record<string, [number, number][][]>;
}

export interface Check {
  name: string;
  ms: number;
  bits: string; // "DSR DCD RI", those that are set
  led: boolean;
  powered: boolean;
  bw: string; // base64, as stored in the RAM
  red: string;
  grey: string;
  found: Record<string, boolean> | null; // null: no note to look for
  inked: number | null; // bytes of memory that come from the pen; null: the core cannot trace
}

export interface Answer {
  modem: { ms: number; bits: string }[];
  refreshes: { ms: number; busy_ms: number; waveform: string | null; aborted: boolean }[];
  waits: { for: Awaited; ms: number }[];
  wipes: { owners_ms: number | null; planes_ms: number | null; ready_ms: number | null }[];
  checks: Check[];
  bulk_in: number;
  panel_errors: string[];
  emulated_ms: number;
  real_ms: number;
  cycles: number;
}
