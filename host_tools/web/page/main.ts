// SPDX-License-Identifier: MIT
// main: assembles the page: options above, pad and desk as inputs, views as outputs of one bench.
import { BOARD_NAMES, BOARDS } from "../bench/chip/boards";
import type { Command, LoadedReport, PenSample, Report } from "../bench/contract";
import { PANEL_NAMES, PANELS } from "../bench/spec.gen";
import { BenchLink, imageList, MissingFile } from "./bench_link";
import { DelayMeter } from "./delay_meter";
import { Desk } from "./desk";
import { find } from "./dom";
import { EventLog, showWipe } from "./event_log";
import { GlassView } from "./glass_view";
import { KeyboardPen } from "./keyboard_pen";
import { imageFor, readOptions, type Theme, writeOptions } from "./options";
import { PadKeys } from "./pad_keys";
import { CSS_PX_PER_MM, fittingScale, layOut, shapeOf } from "./pad_shape";
import { type PenDown, PointerPen } from "./pen";
import { RamView } from "./ram_view";
import { SearchView } from "./search_view";
import { listen, showShortcuts } from "./shortcuts";
import { PageWatch } from "./shown_page";
import { StatusView } from "./status_view";
import { fill, TEXTS, type Texts } from "./strings";
import { WipeWatch } from "./wipe_watch";

class Page {
  private readonly options = readOptions(location.search, navigator.languages);
  private texts: Texts = TEXTS[this.options.language];
  private loading = 0; // counts loads, to ignore answers to an older one
  private failure: ((texts: Texts) => string) | null = null;

  private readonly canvas = find("glass", HTMLCanvasElement);
  private readonly panels = find("panel", HTMLSelectElement);
  private readonly pace = find("pace", HTMLSelectElement);
  private readonly actualSize = find("actual-size", HTMLInputElement);
  private readonly wipeSteps = find("wipe-steps", HTMLOListElement);
  private readonly inkBytes = find("ink-bytes", HTMLOutputElement);

  private readonly glass = new GlassView(this.canvas);
  private readonly ram = new RamView(find("ram", HTMLCanvasElement));
  private readonly status = new StatusView(this.texts);
  private readonly log = new EventLog(find("log", HTMLOListElement), this.texts);
  private readonly found = new SearchView(
    find("found", HTMLTableElement).tBodies[0]!,
    find("search-note", HTMLElement),
    this.texts,
  );
  private readonly delay = new DelayMeter();
  private wipes = new WipeWatch();
  private pages = new PageWatch();

  private readonly send = (command: Command) => this.bench.send(command);
  private readonly desk = new Desk(this.send);
  private readonly keys = new PadKeys(find("pad-keys", HTMLDivElement), (key, pressed) =>
    this.send({ type: "key", key, pressed }),
  );
  private readonly keyboardPen: KeyboardPen;
  private readonly bench: BenchLink;

  constructor() {
    const pen = (samples: PenSample[]) => this.send({ type: "pen", samples });
    const penDown: PenDown = (ms, x, y) => this.delay.pointerDown(ms, x, y, this.glass);
    new PointerPen(this.canvas, pen, penDown);
    this.keyboardPen = new KeyboardPen(this.canvas, find("crosshair", HTMLElement), pen, penDown);
    this.bench = new BenchLink(
      (report) => this.take(report),
      () => this.fail((texts) => texts.failures.noworker),
    );
    this.choices();
    this.buttons();
    new ResizeObserver(() => this.layOut()).observe(find("desktop", HTMLDivElement));
    this.show();
    void this.load();
  }

  private choices(): void {
    const boards = BOARD_NAMES.map((name) => new Option(BOARDS[name].title, name));
    find("board", HTMLSelectElement).replaceChildren(...boards);
    this.panels.replaceChildren(...PANEL_NAMES.map((name) => new Option("", name)));
    const choose = (id: "board" | "panel" | "language" | "theme", changed: () => void) => {
      const select = find(id, HTMLSelectElement);
      select.value = this.options[id];
      select.addEventListener("change", () => {
        Object.assign(this.options, { [id]: select.value });
        history.replaceState(null, "", writeOptions(this.options));
        changed();
      });
    };
    choose("board", () => void this.load());
    choose("panel", () => void this.load());
    choose("language", () => {
      this.show();
      void this.load();
    });
    choose("theme", () => this.theme(this.options.theme));
    this.theme(this.options.theme);
    this.pace.addEventListener("change", () => this.setPace());
    this.actualSize.addEventListener("change", () => this.layOut());
    const stretch = find("stretch", HTMLInputElement);
    stretch.addEventListener("change", () => this.glass.stretch(stretch.checked));
  }

  private buttons(): void {
    find("search", HTMLButtonElement).addEventListener("click", () => this.search());
    find("forget", HTMLButtonElement).addEventListener("click", () => {
      this.send({ type: "forgetNote" });
      this.ram.mark([]);
      this.found.clear((texts) => texts.forgotten);
    });
    const letters = find("letters", HTMLInputElement);
    listen({
      press: (key) => this.keys.press(key),
      release: (key) => this.keys.release(key),
      once: {
        glass: () => this.canvas.focus(),
        call: () => this.desk.toggleCall(),
        hook: () => this.desk.toggleHook(),
        lock: () => this.desk.toggleLock(),
        plug: () => this.desk.togglePlug(),
        reset: () => this.desk.reset(),
        search: () => this.search(),
        pause: () => {
          this.pace.value = this.pace.value === "0" ? "1" : "0";
          this.setPace();
        },
      },
      enabled: () => letters.checked,
    });
  }

  private async load(): Promise<void> {
    const turn = ++this.loading;
    this.failure = null;
    this.showFailure();
    this.status.begin();
    this.keys.releaseAll();
    this.layOut();
    try {
      const { board, panel, language } = this.options;
      const image = imageFor(await imageList(), this.options);
      if (image === undefined) throw new MissingFile([board, panel, language].join(", "));
      if (turn !== this.loading) return;
      find("image-id", HTMLElement).textContent = `${image.name}, SHA-256 ${image.sha256}`;
      await this.bench.load(panel, image);
    } catch (error) {
      if (!(error instanceof MissingFile)) throw error;
      if (turn === this.loading) this.fail((texts) => `${texts.failures.missing} ${error.path}`);
    }
  }

  private take(report: Report): void {
    switch (report.type) {
      case "loaded":
        this.begin(report);
        return;
      case "glass": {
        this.glass.rows(report);
        const measured = this.delay.glass(this.glass, report.nowMs, performance.now());
        if (measured && this.delay.last !== null) this.status.measured(this.delay.last);
        return;
      }
      case "ram":
        this.ram.follow(report);
        this.inkBytes.textContent = this.texts.inkBytes(report.inkBytes);
        this.inkBytes.dataset.bytes = String(report.inkBytes);
        return;
      case "state":
        this.status.follow(report, this.pages.shown);
        this.desk.follow(report);
        return;
      case "event":
        if (report.name === "pen-down") this.delay.penDown(report.nowMs);
        if (report.name === "key-down" || report.name === "power-off") this.delay.cancel();
        this.log.take(report);
        this.pages.take(report);
        if (report.name === "owners-clean") this.ram.mark([]);
        if (this.wipes.take(report)) showWipe(this.wipeSteps, this.wipes.last, this.texts);
        return;
      case "search":
        if (this.found.take(report)) this.ram.mark(report.addresses);
        return;
      case "failed":
        console.error(report.message);
        this.fail((texts) => texts.failures[report.code]);
        return;
    }
  }

  private begin(loaded: LoadedReport): void {
    this.glass.resize(loaded.width, loaded.height);
    this.ram.begin(loaded.ramCells, loaded.ramCellBytes);
    this.keyboardPen.centre();
    this.log.clear();
    this.found.clear();
    this.delay.reset();
    this.wipes = new WipeWatch();
    this.pages = new PageWatch();
    showWipe(this.wipeSteps, null, this.texts);
    this.desk.begin();
    this.setPace();
    this.send({ type: "plug" });
  }

  private search(): void {
    this.ram.mark([]);
    this.send({ type: "search", id: this.found.ask(this.status.noteThere) });
  }

  private setPace(): void {
    const speed = Number(this.pace.value);
    this.status.asked(speed);
    this.send({ type: "pace", speed });
  }

  private show(): void {
    this.texts = TEXTS[this.options.language];
    fill(document, this.options.language);
    PANEL_NAMES.forEach((name, index) => {
      this.panels.options[index]!.text = PANELS[name].title[this.options.language];
    });
    this.status.show(this.texts);
    this.desk.show(this.texts);
    this.log.show(this.texts);
    this.found.show(this.texts);
    showWipe(this.wipeSteps, this.wipes.last, this.texts);
    showShortcuts(find("shortcuts", HTMLElement), this.texts);
    this.showFailure();
  }

  private theme(theme: Theme): void {
    document.documentElement.dataset.theme = theme;
  }

  private layOut(): void {
    const shape = shapeOf(this.options.panel);
    const room = find("desktop", HTMLDivElement);
    const scale = this.actualSize.checked
      ? CSS_PX_PER_MM
      : fittingScale(shape, room.clientWidth, room.clientHeight);
    layOut(find("pad", HTMLDivElement), shape, scale);
  }

  private fail(message: (texts: Texts) => string): void {
    this.failure = message;
    this.showFailure();
  }

  private showFailure(): void {
    const place = find("failure", HTMLElement);
    place.hidden = this.failure === null;
    place.textContent = this.failure?.(this.texts) ?? "";
  }
}

new Page();
