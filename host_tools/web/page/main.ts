// SPDX-License-Identifier: MIT
// main: assembles the page: pad and desk as inputs, story and views as outputs of one bench.
import type { Command, LoadedReport, PenSample, Report } from "../bench/contract";
import { BenchLink, imageList, MissingFile } from "./bench_link";
import { wire } from "./controls";
import { DelayMeter } from "./delay_meter";
import { Desk } from "./desk";
import { find } from "./dom";
import { EventLog, showWipe } from "./event_log";
import { FailureView } from "./failure_view";
import { GlassView } from "./glass_view";
import { KeyboardPen } from "./keyboard_pen";
import { imageFor, readOptions } from "./options";
import { PadKeys } from "./pad_keys";
import { CSS_PX_PER_MM, fittingScale, layOut, shapeOf } from "./pad_shape";
import { type PenDown, PointerPen } from "./pen";
import { Practice } from "./practice";
import { PracticeView } from "./practice_view";
import { RamView } from "./ram_view";
import { sampleNote } from "./sample_note";
import { SamplePen } from "./sample_pen";
import { SearchView } from "./search_view";
import { Seat, type Way } from "./seat";
import { Settings } from "./settings";
import { showShortcuts } from "./shortcuts";
import { PageWatch } from "./shown_page";
import { StatusView } from "./status_view";
import { mayEnd, Story } from "./story";
import { StoryView } from "./story_view";
import { fill, TEXTS, type Texts } from "./strings";
import { WipeWatch } from "./wipe_watch";

const BOOT_SPEED = 4; // nobody can write yet: the pad starts as fast as the machine allows, up to this
const SEARCH_SHOWN_MS = 1_000; // real: shorter, and nobody sees the search

class Page {
  private readonly options = readOptions(location.search, navigator.languages);
  private texts: Texts = TEXTS[this.options.language];
  private loading = 0; // counts loads, to ignore answers to an older one
  private readonly failure = new FailureView(this.texts);
  private booting = true;
  private searchedAt = 0; // real
  private nowMs = 0; // emulated

  private readonly canvas = find("glass", HTMLCanvasElement);
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
  private readonly story = new Story();
  private readonly storyView = new StoryView(this.story, this.texts);
  private readonly delay = new DelayMeter();
  private wipes = new WipeWatch();
  private pages = new PageWatch();

  // What may end a note is preceded by a search for it: only what was found before can be missed after.
  private readonly send = (command: Command) => {
    if (mayEnd(command)) {
      this.samplePen.stop();
      if (this.status.noteThere && !this.options.practice.on)
        this.bench.send({ type: "search", id: this.found.ask(true) });
    }
    this.bench.send(command);
  };
  private readonly pen = (samples: PenSample[]) => this.bench.send({ type: "pen", samples });
  private readonly samplePen = new SamplePen(this.pen);
  private readonly desk = new Desk(this.send);
  private readonly keys = new PadKeys(find("pad-keys", HTMLDivElement), (key, pressed) =>
    this.send({ type: "key", key, pressed, ms: performance.now() }),
  );
  private readonly seat = new Seat(this.send, this.desk, (key, pressed) =>
    pressed ? this.keys.press(key) : this.keys.release(key),
  );
  private readonly practice = new Practice(this.options.practice, (byte) =>
    byte === "T" ? this.seat.talk() : this.send({ type: "line", text: byte }),
  );
  private readonly practiceView: PracticeView;
  private readonly settings: Settings;
  private readonly keyboardPen: KeyboardPen;
  private readonly bench: BenchLink;

  constructor() {
    const penDown: PenDown = (ms, x, y) => {
      this.samplePen.stop();
      if (!this.options.practice.on) this.seat.drop();
      this.delay.pointerDown(ms, x, y, this.glass);
    };
    new PointerPen(this.canvas, this.pen, penDown);
    this.keyboardPen = new KeyboardPen(this.canvas, find("crosshair", HTMLElement), this.pen, penDown);
    this.bench = new BenchLink(
      (report) => this.take(report),
      () => this.failure.fail((texts) => texts.failures.noworker),
    );
    this.practiceView = new PracticeView(this.practice, (on) => {
      this.options.practice.sound = on;
      this.settings.write();
      this.draw();
    });
    this.settings = new Settings(this.options, {
      load: () => void this.load(),
      language: () => this.show(),
    });
    this.controls();
    this.show();
    void this.load();
  }

  private controls(): void {
    const next = () => {
      if (this.options.practice.on) this.practice.go();
      else if (this.story.step === 1) this.seat.end("call");
      else if (this.story.step === 2) this.search();
      else this.again();
      this.draw();
    };
    const actions = {
      next,
      other: () => (this.story.step === 1 ? this.writeSample() : this.again()),
      again: () => this.again(),
      end: (way: Way) => this.seat.end(way),
      practise: () => {
        this.options.practice.on = !this.options.practice.on;
        this.settings.write();
        this.practice.stop();
        this.again();
        find("stage", HTMLElement).scrollIntoView();
      },
      search: () => this.search(),
      forget: () => {
        this.send({ type: "forgetNote" });
        this.ram.mark([]);
        this.found.clear((texts) => texts.forgotten);
      },
      pace: () => this.setPace(),
      layOut: () => this.layOut(),
      stretch: (on: boolean) => this.glass.stretch(on),
      focusGlass: () => this.canvas.focus(),
    };
    wire(actions, this.desk, this.keys);
  }

  private async load(): Promise<void> {
    const turn = ++this.loading;
    this.failure.clear();
    this.samplePen.stop();
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
      if (turn === this.loading) this.failure.fail((texts) => `${texts.failures.missing} ${error.path}`);
    }
  }

  private take(report: Report): void {
    switch (report.type) {
      case "loaded":
        this.begin(report);
        break;
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
        if (this.booting && report.dsr) {
          this.booting = false;
          this.setPace();
        }
        this.seat.follow(report, this.status.state);
        this.practice.follow(report);
        this.nowMs = report.nowMs;
        this.samplePen.follow(report.nowMs);
        break;
      case "event":
        this.happened(report);
        break;
      case "search":
        this.answered(report);
        return;
      case "failed":
        console.error(report.message);
        this.failure.fail((texts) => texts.failures[report.code]);
        return;
    }
    this.draw();
  }

  private happened(event: Extract<Report, { type: "event" }>): void {
    if (event.name === "pen-down") this.delay.penDown(event.nowMs);
    if (event.name === "key-down" || event.name === "power-off") this.delay.cancel();
    this.log.take(event);
    this.pages.take(event);
    this.practice.take(event);
    if (event.name === "owners-clean") this.ram.mark([]);
    if (event.name === "modem" && event.detail?.includes("DCD+") && this.story.noteThere())
      this.found.clear();
    if (this.status.offLine) this.story.refreshed(event, this.wipes.last);
    if (this.wipes.take(event) && this.wipes.last !== null) {
      this.story.wiped(this.wipes.last);
      showWipe(this.wipeSteps, this.wipes.last, this.texts);
    }
  }

  private answered(report: Extract<Report, { type: "search" }>): void {
    if (this.found.take(report)) this.ram.mark(report.addresses);
    const { column } = this.found.outcome;
    if (column === "before" || this.story.step !== 3) return;
    const wait = Math.max(0, this.searchedAt + SEARCH_SHOWN_MS - performance.now());
    window.setTimeout(() => {
      const { before, after } = this.found.outcome;
      this.story.found(before, after);
      this.draw();
    }, wait);
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
    this.story.begin();
    showWipe(this.wipeSteps, null, this.texts);
    this.desk.begin();
    this.booting = true;
    this.setPace();
    this.send({ type: "plug" });
    this.practice.stop();
    if (this.options.sample || this.options.practice.on) this.prepare();
  }

  private writeSample(): void {
    this.samplePen.write(sampleNote(this.options.language, this.glass.height), this.nowMs);
  }

  // A blank pad with an open line, then the first call of the practice, or a call in which the emulated pen writes.
  private prepare(): void {
    this.samplePen.stop();
    if (this.status.noteThere) this.bench.send({ type: "line", text: "E" });
    this.seat.prepare(() => {
      if (this.options.practice.on) this.practice.begin();
      else {
        this.seat.talk();
        this.writeSample();
      }
    });
  }

  private again(): void {
    this.story.begin();
    this.found.clear();
    this.prepare();
    this.draw();
  }

  private search(): void {
    this.ram.mark([]);
    this.story.searching();
    this.searchedAt = performance.now();
    this.bench.send({ type: "search", id: this.found.ask(this.status.noteThere) });
    this.draw();
  }

  private setPace(): void {
    const asked = Number(this.pace.value);
    const speed = this.booting && asked === 1 ? BOOT_SPEED : asked;
    this.status.asked(speed);
    this.bench.send({ type: "pace", speed });
  }

  private show(): void {
    this.texts = TEXTS[this.options.language];
    fill(document, this.options.language);
    this.settings.show();
    this.status.show(this.texts);
    this.desk.show(this.texts);
    this.log.show(this.texts);
    this.found.show(this.texts);
    this.storyView.show(this.texts);
    showWipe(this.wipeSteps, this.wipes.last, this.texts);
    showShortcuts(find("shortcuts", HTMLElement), this.texts);
    this.failure.show(this.texts);
    this.draw();
  }

  private draw(): void {
    const { on } = this.options.practice;
    this.practiceView.toggle(on);
    find("practice-switch", HTMLButtonElement).textContent = on
      ? this.texts.practiceEnd
      : this.texts.practiceStart;
    if (on) {
      this.practiceView.draw(this.texts);
      return;
    }
    this.storyView.draw({
      state: this.status.state,
      wipe: this.wipes.last,
      outcome: this.found.outcome,
      early: this.samplePen.early,
    });
  }

  private layOut(): void {
    const shape = shapeOf(this.options.panel);
    const scale = this.actualSize.checked
      ? CSS_PX_PER_MM
      : fittingScale(shape, find("device", HTMLDivElement).clientWidth);
    layOut(find("pad", HTMLDivElement), shape, scale);
  }
}

new Page();
