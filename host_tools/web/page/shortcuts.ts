// SPDX-License-Identifier: MIT
// shortcuts: letter keys that work anywhere on the page, and their list.
import type { KeyName } from "../bench/contract";
import type { ShortcutName, Texts } from "./strings";

// The texts of the shortcuts. Arrows and Space belong to the glass (keyboard_pen).
export const SHORTCUT_KEYS: Record<ShortcutName, string> = {
  glass: "G",
  arrows: "← → ↑ ↓",
  space: "Space",
  wipe: "W",
  away: "A",
  mode: "M",
  call: "C",
  hook: "H",
  lock: "L",
  plug: "U",
  reset: "R",
  search: "S",
  pause: "P",
};

const HOLDS: Partial<Record<string, KeyName>> = { w: "wipe", a: "away", m: "mode" };

type Once = Exclude<ShortcutName, "arrows" | "space" | KeyName>;

export interface ShortcutActions {
  press: (key: KeyName) => void;
  release: (key: KeyName) => void;
  once: Record<Once, () => void>;
  enabled: () => boolean;
}

export function listen(actions: ShortcutActions): void {
  const onceByLetter = new Map<string, () => void>();
  for (const [name, action] of Object.entries(actions.once)) {
    onceByLetter.set(SHORTCUT_KEYS[name as Once].toLowerCase(), action);
  }
  document.addEventListener("keydown", (event) => {
    if (
      !actions.enabled() ||
      event.ctrlKey ||
      event.altKey ||
      event.metaKey ||
      event.repeat ||
      event.isComposing
    )
      return;
    // In a select element a letter selects an entry.
    if (event.target instanceof HTMLSelectElement) return;
    const letter = event.key.toLowerCase();
    const held = HOLDS[letter];
    if (held !== undefined) actions.press(held);
    else onceByLetter.get(letter)?.();
  });
  document.addEventListener("keyup", (event) => {
    const held = HOLDS[event.key.toLowerCase()];
    if (held !== undefined) actions.release(held);
  });
}

export function showShortcuts(list: HTMLElement, texts: Texts): void {
  list.replaceChildren(
    ...Object.entries(SHORTCUT_KEYS).map(([name, keys]) => {
      const row = document.createElement("div");
      const term = document.createElement("dt");
      const what = document.createElement("dd");
      const key = document.createElement("kbd");
      key.textContent = keys;
      term.append(key);
      what.textContent = texts.shortcuts[name as ShortcutName];
      row.append(term, what);
      return row;
    }),
  );
}
