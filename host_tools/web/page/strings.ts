// SPDX-License-Identifier: MIT
// strings: every text of the page, in both languages, and how they get into the document.
import type { Language } from "../bench/contract";
import { BENCH as BENCH_EN } from "./strings/en/bench";
import { PRACTICE as PRACTICE_EN } from "./strings/en/practice";
import { PRODUCT as PRODUCT_EN } from "./strings/en/product";
import { STORY as STORY_EN } from "./strings/en/story";
import { BENCH as BENCH_JA } from "./strings/ja/bench";
import { PRACTICE as PRACTICE_JA } from "./strings/ja/practice";
import { PRODUCT as PRODUCT_JA } from "./strings/ja/product";
import { STORY as STORY_JA } from "./strings/ja/story";
import type {
  BenchPlain,
  BenchTexts,
  PracticePlain,
  PracticeTexts,
  ProductPlain,
  ProductTexts,
  StoryPlain,
  StoryTexts,
} from "./strings/parts";

export type { EndName, PadState, ShortcutName } from "./strings/parts";

export type Texts = ProductTexts & StoryTexts & PracticeTexts & BenchTexts;
type Plain = ProductPlain & StoryPlain & PracticePlain & BenchPlain;

export const TEXTS: Record<Language, Texts> = {
  ja: { ...PRODUCT_JA, ...STORY_JA, ...PRACTICE_JA, ...BENCH_JA },
  en: { ...PRODUCT_EN, ...STORY_EN, ...PRACTICE_EN, ...BENCH_EN },
};

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
