// SPDX-License-Identifier: MIT
// options: the query of the page's address: ?board=pico2&panel=2in9&lang=en&theme=dark. Nothing is stored.
import { BOARD_NAMES, DEFAULT_BOARD } from "../bench/chip/boards";
import type { Board, ImageEntry, ImageList, Language, PanelName } from "../bench/contract";
import { DEFAULT_PANEL, PANEL_NAMES, PANELS } from "../bench/spec.gen";

export type Theme = "auto" | "light" | "dark";

export interface Options {
  board: Board;
  panel: PanelName;
  language: Language;
  theme: Theme;
}

const LANGUAGES: readonly Language[] = ["ja", "en"];
const THEMES: readonly Theme[] = ["auto", "light", "dark"];

function oneOf<T extends string>(allowed: readonly T[], wanted: string | null, otherwise: T): T {
  return allowed.find((each) => each === wanted) ?? otherwise;
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
  };
}

export function writeOptions(options: Options): string {
  const query = new URLSearchParams({ board: options.board, panel: options.panel, lang: options.language });
  if (options.theme !== "auto") query.set("theme", options.theme);
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
