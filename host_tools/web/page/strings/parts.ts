// SPDX-License-Identifier: MIT
// parts: names and types of every text of the page. A text missing in a language is a type error.
import type { EventName, FailedReport, SearchPlace } from "../../bench/contract";
import type { CallByte } from "../../bench/spec.gen";
import type { Phase, Task } from "../practice";
import type { WipeStep } from "../wipe_watch";

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

// Texts of elements: `data-text` is the content, `data-label` the aria-label, `data-title` the tooltip.
export interface ProductPlain {
  navLabel: string;
  navWho: string;
  navProof: string;
  navDocs: string;
  language: string;
  theme: string;
  headline1: string;
  headline2: string;
  lead: string;
  runsHere: string;
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
  about3: string;
}

export interface ProductTexts extends ProductPlain {}

export interface StoryPlain {
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
  glassLabel: string;
  keysLabel: string;
  keyAwayHelp: string;
  keyModeHelp: string;
  keyWipeHelp: string;
  memoryTitle: string;
  ramLabel: string;
  place: string;
  before: string;
  after: string;
}

export interface StoryTexts extends StoryPlain {
  states: Record<PadState, string>;
  places: Record<SearchPlace["resource"], string>;
  sayLoading: string;
  sayEmpty: string;
  sayNote: string;
  sayWiping: string;
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
  ends: Record<EndName, string>;
  goneNow: string;
  subEnd: (before: number) => string;
  sayLeft: (after: number) => string;
  secondsUnit: string;
  searching: string;
  nothingLeft: string;
  inkBytes: (count: number) => string;
}

export interface PracticePlain {
  practiceSound: string;
}

export interface PracticeTexts extends PracticePlain {
  practiceStart: string;
  practiceEnd: string;
  practiceSay: Record<Phase, string>;
  practiceSub: Record<Phase, string>;
  practiceGo: Record<Phase, string>;
  practiceTasks: Record<Task, string>;
  practiceThanks: string;
  callers: readonly string[];
  practiceCall: (call: number, calls: number) => string;
  practiceLeft: (text: string, seconds: number) => string;
}

export interface BenchPlain {
  benchOn: string;
  bitsHelp: string;
  emulationTitle: string;
  padAndPace: string;
  legendTitle: string;
  board: string;
  panel: string;
  glassHelp: string;
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
  legendInk: string;
  legendOwner: string;
  legendHeap: string;
  legendStack: string;
  legendHit: string;
  search: string;
  forget: string;
  forgetHelp: string;
  wipeTitle: string;
  logTitle: string;
  shortcutsTitle: string;
  lettersOn: string;
  aboutTitle: string;
  about1: string;
  about2: string;
  imageId: string;
}

export interface BenchTexts extends BenchPlain {
  // A "%" is where the detail goes; without one it follows.
  events: Record<EventName, string>;
  details: Record<string, string>;
  bytes: Record<CallByte, string>;
  wipeSteps: Record<WipeStep, string>;
  failures: Record<FailedReport["code"] | "missing" | "noworker", string>;
  shortcuts: Record<ShortcutName, string>;
  noWipeYet: string;
  byItself: string;
  tooLittle: string;
  nothingWritten: string;
  forgotten: string;
  searched: (patterns: number, seconds: string) => string;
  delay: (emulatedMs: number, realMs: number) => string;
}
