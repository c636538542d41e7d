// SPDX-License-Identifier: MIT
// sample_note: the note that the emulated pen writes, as strokes in pixels of the glass.
import type { Language } from "../bench/contract";

export interface Point {
  x: number;
  y: number;
}
export type Stroke = Point[];

const EM = 100; // box of a character; digits, Latin letters and marks are half as wide
const CURVE_STEPS = 10;

// Strokes in writing order, separated by "|"; each is a path of M, L, Q and C with absolute coordinates.
const KANJI: Record<string, string> = {
  山: "M50 12L49 84|M18 42L17 85L84 83|M83 41L83 89",
  田: "M18 21L19 87|M18 21L82 18L80 86|M50 21L49 83|M19 52L80 50|M19 84L80 82",
  様: "M6 34L40 31|M24 10L24 93|M23 37Q17 54 5 67|M27 43L38 56|M57 9L62 18|M84 6L77 18|M49 25L93 23|M53 37L89 35|M45 50L97 47|M70 24L70 90Q69 96 61 90|M47 64L62 61Q57 78 43 88|M93 57Q85 65 76 69|M72 62Q81 80 98 89",
  折: "M8 32L42 29|M27 9L27 85Q26 93 16 86|M6 67L42 54|M86 11Q74 20 58 22|M58 22Q58 62 43 91|M58 47L97 44|M79 47L79 93",
  返: "M37 18L89 15|M41 18Q40 52 27 75|M41 38L80 36Q70 62 42 79|M46 45Q62 66 91 77|M11 17L19 27|M6 46L19 44Q14 57 18 65Q13 74 8 79|M5 85Q18 76 27 84Q50 93 97 90",
  り: "M24 22Q14 44 24 60|M66 12Q74 68 40 92",
  し: "M30 14Q25 60 32 77Q44 93 74 66",
};
const NARROW: Record<string, string> = {
  "0": "M27 14C8 16 6 86 26 87C46 86 46 15 24 14",
  "1": "M15 29L29 13L28 88",
  "2": "M8 30C12 8 44 10 40 36C38 54 18 70 8 85L46 84",
  "3": "M10 18C30 6 48 28 23 46C53 47 46 89 7 83",
  "4": "M30 12L5 62L47 60|M34 40L33 90",
  "5": "M14 17L11 46C34 34 50 58 40 76C34 88 16 88 7 80|M14 17L42 15",
  "6": "M36 12C10 34 2 84 24 87C46 86 46 52 24 52C14 52 8 64 9 70",
  "7": "M8 18L44 16C34 40 26 62 22 89",
  "9": "M42 33C36 10 8 14 10 36C12 54 38 50 42 30L38 89",
  "-": "M9 51L39 49",
  ":": "M23 35L24 37|M22 70L23 72",
  Y: "M6 14L26 46|M46 14L26 46L25 88",
  a: "M40 48C30 36 8 44 9 66C10 90 34 92 41 62|M41 46C40 66 40 80 46 88",
  b: "M10 10L11 88|M11 58C24 36 46 46 42 68C38 92 18 92 11 78",
  c: "M42 50C28 36 8 48 9 68C10 92 34 92 44 80",
  d: "M40 48C26 38 8 48 9 68C10 90 32 92 41 66|M42 10L42 88",
  k: "M10 10L11 88|M40 46L12 68|M22 62L44 88",
  l: "M24 10L24 80Q26 90 36 86",
  m: "M4 46L5 88|M5 60C10 40 24 42 24 60L24 88|M24 60C30 40 46 42 45 60L46 88",
};

// Text, place of its top left corner and height of a character, in pixels of the glass.
type Line = readonly [text: string, x: number, y: number, height: number];

const LARGE: Record<Language, readonly Line[]> = {
  ja: [
    ["山田 様", 26, 22, 60],
    ["090-0123-4567", 24, 108, 52],
    ["折り返し", 26, 190, 49],
    ["17:30", 250, 190, 48],
  ],
  en: [
    ["Yamada", 28, 16, 66],
    ["090-0123-4567", 24, 104, 52],
    ["call back", 26, 186, 50],
    ["17:30", 272, 188, 46],
  ],
};
const SMALL: Record<Language, readonly Line[]> = {
  ja: [
    ["山田 様", 14, 6, 40],
    ["090-0123-4567", 14, 54, 36],
  ],
  en: [
    ["Yamada", 14, 4, 42],
    ["090-0123-4567", 14, 54, 36],
  ],
};
const SMALL_HEIGHT = 200; // of a glass, px

// The points of a path; curves become short lines. Raises Error for a letter it does not know.
export function flatten(path: string): Stroke {
  const points: Stroke = [];
  for (const [, letter, values] of path.matchAll(/([A-Z])([^A-Z]*)/g)) {
    const numbers = values!.trim().split(/[ ,]+/).map(Number);
    const to = Array.from({ length: numbers.length / 2 }, (_, at) => ({
      x: numbers[2 * at]!,
      y: numbers[2 * at + 1]!,
    }));
    if (letter === "M" || letter === "L") points.push(...to);
    else if (letter === "Q" || letter === "C") points.push(...curve([points[points.length - 1]!, ...to]));
    else throw new Error(`a stroke with ${letter}`);
  }
  return points;
}

// De Casteljau, without the first point.
function curve(control: readonly Point[]): Stroke {
  return Array.from({ length: CURVE_STEPS }, (_, step) => {
    const part = (step + 1) / CURVE_STEPS;
    let points = [...control];
    while (points.length > 1) {
      points = points.slice(1).map((to, at) => {
        const from = points[at]!;
        return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
      });
    }
    return points[0]!;
  });
}

// The strokes of the sample for a glass of that size.
export function sampleNote(language: Language, glassHeight: number): Stroke[] {
  const written: Stroke[] = [];
  for (const [text, left, top, height] of (glassHeight > SMALL_HEIGHT ? LARGE : SMALL)[language]) {
    const scale = height / EM;
    let x = left;
    for (const character of text) {
      const wide = KANJI[character];
      for (const path of (wide ?? NARROW[character] ?? "").split("|").filter(Boolean)) {
        written.push(flatten(path).map((point) => ({ x: x + point.x * scale, y: top + point.y * scale })));
      }
      x += (wide === undefined ? EM / 2 : EM) * scale * 1.07;
    }
  }
  return written;
}
