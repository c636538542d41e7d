// SPDX-License-Identifier: MIT
// strings: every text of the page, in both languages. A key missing in one of them is a type error.
import type { EventName, FailedReport, Language, SearchPlace } from "../bench/contract";
import type { CallByte } from "../bench/spec.gen";
import type { Phase, Task } from "./practice";
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

// What ended a note, in words of the story.
export type EndName =
  | "call"
  | "next"
  | "away"
  | "lock"
  | "sleep"
  | "hook"
  | "plug"
  | "line"
  | "payment"
  | "wipe"
  | "reset"
  | "time";

// Texts of elements: `data-text` is the content, `data-label` the aria-label, `data-title` the tooltip.
export interface Plain {
  navLabel: string;
  navWho: string;
  navProof: string;
  navDocs: string;
  language: string;
  theme: string;
  headline1: string;
  headline2: string;
  lead: string;
  padLabel: string;
  stepsLabel: string;
  step1: string;
  step2: string;
  step3: string;
  step4: string;
  waysTitle: string;
  wayAway: string;
  wayLock: string;
  waySleep: string;
  wayHook: string;
  wayPlug: string;
  timeMemory: string;
  timePlanes: string;
  timeGlass: string;
  howChecked: string;
  runsHere: string;
  benchOn: string;
  bitsHelp: string;
  emulationTitle: string;
  padAndPace: string;
  legendTitle: string;
  practiceSound: string;
  whoTitle: string;
  whoOperators: string;
  whoOperatorsText: string;
  whoTrainers: string;
  whoTrainersText: string;
  whoIt: string;
  whoItText: string;
  whoAudit: string;
  whoAuditText: string;
  proofTitle: string;
  factCells: string;
  factCellsTitle: string;
  factCellsText: string;
  factPairs: string;
  factPairsTitle: string;
  factPairsText: string;
  factLeaks: string;
  factLeaksTitle: string;
  factLeaksText: string;
  factsFrom: string;
  limitsTitle: string;
  limit1: string;
  limit2: string;
  limit3: string;
  limit4: string;
  docsTitle: string;
  docCard: string;
  docScreens: string;
  docTrainers: string;
  docFaq: string;
  docIt: string;
  docAgent: string;
  docTesters: string;
  docAll: string;
  board: string;
  panel: string;
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
  sayLoading: string;
  sayEmpty: string;
  sayNote: string;
  sayErasing: string;
  saySearching: string;
  saySearched: string;
  subEmpty: string;
  subNote: string;
  subGone: string;
  subNoKey: string;
  subSearching: string;
  subUnproven: string;
  subLeft: string;
  subNothing: string;
  goEnd: string;
  goSearch: string;
  goSearching: string;
  goAgain: string;
  altSample: string;
  altAgain: string;
  practiceStart: string;
  practiceEnd: string;
  ends: Record<EndName, string>;
  goneNow: string;
  subEnd: (before: number) => string;
  sayLeft: (after: number) => string;
  secondsUnit: string;
  practiceSay: Record<Phase, string>;
  practiceSub: Record<Phase, string>;
  practiceGo: Record<Phase, string>;
  practiceTasks: Record<Task, string>;
  practiceThanks: string;
  callers: readonly string[];
  practiceCall: (call: number, calls: number) => string;
  practiceLeft: (text: string, seconds: number) => string;
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

// Writes the plain texts of a language into the document, and the addresses of its documents.
export function fill(root: Document, language: Language): void {
  const texts = TEXTS[language];
  const { documentElement: top } = root;
  top.lang = language;
  root.title = `Kesu 消す | ${texts.headline1}${language === "ja" ? "" : " "}${texts.headline2.replace(/[。.]$/, "")}`;
  for (const element of root.querySelectorAll<HTMLElement>("[data-text]")) {
    element.textContent = texts[element.dataset.text as keyof Plain];
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-label]")) {
    element.setAttribute("aria-label", texts[element.dataset.label as keyof Plain]);
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-title]")) {
    element.title = texts[element.dataset.title as keyof Plain];
  }
  // Beside the page there are documents only in the site (`./dev site`), which names their folder here.
  for (const link of root.querySelectorAll<HTMLAnchorElement>("a[data-doc]")) {
    if (top.dataset.docs) link.href = top.dataset.docs + documentOf(link.dataset.doc!, language);
  }
}

// The file of a document in a language: "{ja/}faq.html" is in docs/ja or in docs, "card-{lang}.html" has its language.
export function documentOf(named: string, language: Language): string {
  return named.replace("{ja/}", language === "ja" ? "ja/" : "").replace("{lang}", language);
}
