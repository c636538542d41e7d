// SPDX-License-Identifier: MIT
// controls: buttons and letters of the page, and what each of them does.
import type { Desk } from "./desk";
import { find } from "./dom";
import type { Pace } from "./pace";
import type { PadKeys } from "./pad_keys";
import type { Way } from "./seat";
import { listen } from "./shortcuts";

export interface Actions {
  next: () => void; // the primary button
  other: () => void; // the one beside it
  again: () => void;
  end: (way: Way) => void;
  practise: () => void;
  search: () => void;
  forget: () => void;
  stretch: (on: boolean) => void;
  focusGlass: () => void;
}

export function wire(actions: Actions, desk: Desk, keys: PadKeys, pace: Pace): void {
  const click = (id: string, action: () => void) =>
    find(id, HTMLButtonElement).addEventListener("click", action);
  click("go", actions.next);
  click("alt", actions.other);
  click("practice-switch", actions.practise);
  click("search", actions.search);
  click("forget", actions.forget);
  [...find("steps", HTMLOListElement).querySelectorAll("button")].forEach((button, index) => {
    button.addEventListener("click", index === 0 ? actions.again : actions.next);
  });
  for (const button of find("ways", HTMLDivElement).querySelectorAll("button")) {
    button.addEventListener("click", () => actions.end(button.dataset.end as Way));
  }
  const stretch = find("stretch", HTMLInputElement);
  stretch.addEventListener("change", () => actions.stretch(stretch.checked));

  const letters = find("letters", HTMLInputElement);
  listen({
    press: (key) => keys.press(key),
    release: (key) => keys.release(key),
    once: {
      glass: actions.focusGlass,
      call: () => desk.toggleCall(),
      hook: () => desk.toggleHook(),
      lock: () => desk.toggleLock(),
      plug: () => desk.togglePlug(),
      reset: () => desk.reset(),
      search: actions.search,
      pause: () => pace.toggle(),
    },
    enabled: () => letters.checked,
  });
}
