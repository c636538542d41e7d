// SPDX-License-Identifier: MIT
// options: the query of the page's address: ?board=pico2&panel=2in9&lang=en&theme=dark&bench=1. Nothing is stored.
import { BOARD_NAMES, DEFAULT_BOARD } from "../bench/chip/boards";
import type { Board, ImageEntry, ImageList, Language, PanelName } from "../bench/contract";
import { DEFAULT_PANEL, PANEL_NAMES, PANELS } from "../bench/spec.gen";

// A trainer's settings of the practice: ?practice=1&calls=3&wrapup=30&gap=8&sound=1.
export interface PracticeOptions {
  on: boolean;
  calls: number; // how many before it ends
  wrapUpS: number; // when the PC ends after-call work; the pad's own limit may end it before
  gapS: number; // from the end of after-call work to the next ring
  sound: boolean;
}

export type Theme = "auto" | "light" | "dark";

export interface Options {
  board: Board;
  panel: PanelName;
  language: Language;
  theme: Theme;
  bench: boolean; // the bench's details are shown
  sample: boolean; // the emulated pen writes at load, in a call; without it the pad is blank, and no call is on
  practice: PracticeOptions;
}

export const PRACTICE_LIMITS = {
  calls: { least: 1, most: 20, otherwise: 3 },
  wrapup: { least: 5, most: 300, otherwise: 30 },
  gap: { least: 2, most: 120, otherwise: 6 },
} as const;

const LANGUAGES: readonly Language[] = ["ja", "en"];
const THEMES: readonly Theme[] = ["auto", "light", "dark"];

function oneOf<T extends string>(allowed: readonly T[], wanted: string | null, otherwise: T): T {
  return allowed.find((each) => each === wanted) ?? otherwise;
}

// A whole number within its limits; anything else is the default.
function numberOf(asked: URLSearchParams, name: keyof typeof PRACTICE_LIMITS): number {
  const { least, most, otherwise } = PRACTICE_LIMITS[name];
  const text = asked.get(name) ?? "";
  if (!/^\d{1,4}$/.test(text)) return otherwise;
  return Math.min(most, Math.max(least, Number(text)));
}

// Japanese is the default unless the browser's languages lack it.
export function readOptions(query: string, browserLanguages: readonly string[]): Options {
  const asked = new URLSearchParams(query);
  const japanese = browserLanguages.length === 0 || browserLanguages.some((tag) => tag.startsWith("ja"));
  return {
    board: oneOf(BOARD_NAMES, asked.get("board"), DEFAULT_BOARD),
    panel: oneOf(PANEL_NAMES, asked.get("panel"), DEFAULT_PANEL),
    language: oneOf(LANGUAGES, asked.get("lang"), japanese ? "ja" : "en"),
    theme: oneOf(THEMES, asked.get("theme"), "auto"),
    bench: asked.get("bench") === "1",
    sample: asked.get("sample") !== "0",
    practice: {
      on: asked.get("practice") === "1",
      calls: numberOf(asked, "calls"),
      wrapUpS: numberOf(asked, "wrapup"),
      gapS: numberOf(asked, "gap"),
      sound: asked.get("sound") === "1",
    },
  };
}

export function writeOptions(options: Options): string {
  const query = new URLSearchParams({ board: options.board, panel: options.panel, lang: options.language });
  if (options.theme !== "auto") query.set("theme", options.theme);
  if (options.bench) query.set("bench", "1");
  if (!options.sample) query.set("sample", "0");
  const { on, calls, wrapUpS, gapS, sound } = options.practice;
  if (on) {
    query.set("practice", "1");
    query.set("calls", String(calls));
    query.set("wrapup", String(wrapUpS));
    query.set("gap", String(gapS));
    if (sound) query.set("sound", "1");
  }
  return `?${query.toString()}`;
}

// The image that a board and a panel run: all films of a panel run the same one. Undefined when the folder has none.
export function imageFor(
  list: ImageList,
  { board, panel, language }: Pick<Options, "board" | "panel" | "language">,
): ImageEntry | undefined {
  return list.images.find(
    (image) => image.board === board && image.panel === PANELS[panel].image && image.lang === language,
  );
}
