// SPDX-License-Identifier: MIT
// settings: the page's choices: board, pad, language, theme, details. They are in its address, nothing is stored.
import { BOARD_NAMES, BOARDS } from "../bench/chip/boards";
import { PANEL_NAMES, PANELS } from "../bench/spec.gen";
import { find } from "./dom";
import { type Options, writeOptions } from "./options";

export interface SettingsActions {
  load: () => void; // another image
  language: () => void;
}

export class Settings {
  private readonly panels = find("panel", HTMLSelectElement);
  private readonly languages = [...document.querySelectorAll<HTMLButtonElement>("button[data-lang]")];

  constructor(
    private readonly options: Options,
    actions: SettingsActions,
  ) {
    const boards = BOARD_NAMES.map((name) => new Option(BOARDS[name].title, name));
    find("board", HTMLSelectElement).replaceChildren(...boards);
    this.panels.replaceChildren(...PANEL_NAMES.map((name) => new Option("", name)));
    for (const id of ["board", "panel"] as const) {
      const select = find(id, HTMLSelectElement);
      select.value = options[id];
      select.addEventListener("change", () => {
        Object.assign(options, { [id]: select.value });
        this.write();
        actions.load();
      });
    }
    for (const button of this.languages) {
      button.addEventListener("click", () => {
        if (options.language === button.dataset.lang) return;
        options.language = button.dataset.lang === "en" ? "en" : "ja";
        this.write();
        actions.language();
        actions.load();
      });
    }
    find("theme", HTMLButtonElement).addEventListener("click", () => {
      options.theme = this.isDark() ? "light" : "dark";
      this.write();
      this.theme();
    });
    this.theme();
    this.bench();
  }

  // Names in the language of the page.
  show(): void {
    PANEL_NAMES.forEach((name, index) => {
      this.panels.options[index]!.text = PANELS[name].title[this.options.language];
    });
    for (const button of this.languages) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === this.options.language));
    }
  }

  write(): void {
    history.replaceState(null, "", writeOptions(this.options) + location.hash);
  }

  private bench(): void {
    const details = find("bench-on", HTMLInputElement);
    const bench = find("bench", HTMLElement);
    details.checked = this.options.bench;
    bench.hidden = !details.checked;
    details.addEventListener("change", () => {
      this.options.bench = details.checked;
      bench.hidden = !details.checked;
      this.write();
    });
  }

  private isDark(): boolean {
    const { theme } = this.options;
    return theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
  }

  private theme(): void {
    document.documentElement.dataset.theme = this.options.theme;
  }
}
