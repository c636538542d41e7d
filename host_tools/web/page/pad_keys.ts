// SPDX-License-Identifier: MIT
// pad_keys: the pad's three keys, held as long as a pointer, Space, Enter or a letter holds them.
import type { KeyName } from "../bench/contract";

export class PadKeys {
  private readonly held = new Set<KeyName>();
  private readonly buttons = new Map<KeyName, HTMLButtonElement>();

  constructor(
    root: HTMLElement,
    private readonly send: (key: KeyName, pressed: boolean) => void,
  ) {
    for (const button of root.querySelectorAll<HTMLButtonElement>("button[data-key]")) {
      const key = button.dataset.key as KeyName;
      this.buttons.set(key, button);
      button.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        button.setPointerCapture(event.pointerId);
        this.press(key);
      });
      for (const end of ["pointerup", "pointercancel", "lostpointercapture", "blur"] as const) {
        button.addEventListener(end, () => this.release(key));
      }
      button.addEventListener("keydown", (event) => {
        if (event.key !== " " && event.key !== "Enter") return;
        event.preventDefault();
        this.press(key);
      });
      button.addEventListener("keyup", (event) => {
        if (event.key === " " || event.key === "Enter") this.release(key);
      });
      // A long touch on a tablet must not open a menu over a key that is meant to be held.
      button.addEventListener("contextmenu", (event) => event.preventDefault());
    }
    // Release the keys when the window loses focus: it would miss the key-up event.
    window.addEventListener("blur", () => this.releaseAll());
    document.addEventListener("visibilitychange", () => this.releaseAll());
  }

  press(key: KeyName): void {
    if (this.held.has(key)) return;
    this.held.add(key);
    this.buttons.get(key)?.classList.add("pressed");
    this.send(key, true);
  }

  release(key: KeyName): void {
    if (!this.held.delete(key)) return;
    this.buttons.get(key)?.classList.remove("pressed");
    this.send(key, false);
  }

  releaseAll(): void {
    for (const key of [...this.held]) this.release(key);
  }
}
