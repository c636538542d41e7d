// SPDX-License-Identifier: MIT
// strings: every text of the page, in both languages. A key missing in one of them is a type error.
import type { EventName, FailedReport, Language, SearchPlace } from "../bench/contract";
import type { CallByte } from "../bench/spec.gen";
import { EN } from "./strings_en";
import { JA } from "./strings_ja";
import type { WipeStep } from "./wipe_watch";

export type PadState =
  | "loading"
  | "off"
  | "starting"
  | "ready"
  | "away"
  | "payment"
  | "note"
  | "wiping"
  | "fault";

// Texts of elements: `data-text` is the content, `data-label` the aria-label, `data-title` the tooltip.
export interface Plain {
  tagline: string;
  board: string;
  panel: string;
  language: string;
  theme: string;
  themeAuto: string;
  themeLight: string;
  themeDark: string;
  padLabel: string;
  glassLabel: string;
  glassHelp: string;
  keysLabel: string;
  keyAwayHelp: string;
  keyModeHelp: string;
  keyWipeHelp: string;
  stretch: string;
  actualSize: string;
  bitsLabel: string;
  emulatedTime: string;
  againstReal: string;
  speed: string;
  penToGlass: string;
  pace: string;
  pace1: string;
  pace4: string;
  pace20: string;
  pace0: string;
  slowMachine: string;
  deskTitle: string;
  callLine: string;
  hook: string;
  lock: string;
  sleep: string;
  lineLabel: string;
  plug: string;
  holdUp: string;
  reset: string;
  memoryTitle: string;
  ramLabel: string;
  legendInk: string;
  legendOwner: string;
  legendHeap: string;
  legendStack: string;
  legendHit: string;
  search: string;
  forget: string;
  forgetHelp: string;
  place: string;
  before: string;
  after: string;
  wipeTitle: string;
  logTitle: string;
  shortcutsTitle: string;
  lettersOn: string;
  aboutTitle: string;
  about1: string;
  about2: string;
  about3: string;
  imageId: string;
}

export interface Texts extends Plain {
  states: Record<PadState, string>;
  // A "%" is where the detail goes; without one it follows.
  events: Record<EventName, string>;
  details: Record<string, string>;
  places: Record<SearchPlace["resource"], string>;
  bytes: Record<CallByte, string>;
  wipeSteps: Record<WipeStep, string>;
  failures: Record<FailedReport["code"] | "missing" | "noworker", string>;
  shortcuts: Record<ShortcutName, string>;
  noWipeYet: string;
  byItself: string;
  tooLittle: string;
  nothingWritten: string;
  searching: string;
  forgotten: string;
  nothingLeft: string;
  searched: (patterns: number, seconds: string) => string;
  inkBytes: (count: number) => string;
  delay: (emulatedMs: number, realMs: number) => string;
}

export type ShortcutName =
  | "arrows"
  | "space"
  | "wipe"
  | "away"
  | "mode"
  | "glass"
  | "call"
  | "hook"
  | "lock"
  | "plug"
  | "reset"
  | "search"
  | "pause";

export const TEXTS: Record<Language, Texts> = { ja: JA, en: EN };

// Writes the plain texts of a language into the document.
export function fill(root: Document, language: Language): void {
  const texts = TEXTS[language];
  root.documentElement.lang = language;
  for (const element of root.querySelectorAll<HTMLElement>("[data-text]")) {
    element.textContent = texts[element.dataset.text as keyof Plain];
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-label]")) {
    element.setAttribute("aria-label", texts[element.dataset.label as keyof Plain]);
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-title]")) {
    element.title = texts[element.dataset.title as keyof Plain];
  }
}
