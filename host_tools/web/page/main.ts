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
import { Pace } from "./pace";
import { PadKeys } from "./pad_keys";
import { PadLayout } from "./pad_shape";
import { type PenDown, PointerPen } from "./pen";
import { Practice } from "./practice";
import { PracticeView } from "./practice_view";
import { RamView } from "./ram_view";
import { sampleNote } from "./sample_note";
import { SamplePen } from "./sample_pen";
import { Search } from "./search";
import { Seat, type Way } from "./seat";
import { Settings } from "./settings";
import { showShortcuts } from "./shortcuts";
import { PageWatch } from "./shown_page";
import { StatusView } from "./status_view";
import { mayEnd, Story } from "./story";
import { StoryView } from "./story_view";
import { fill, TEXTS, type Texts } from "./strings";
import { WipeWatch } from "./wipe_watch";

class Page {
  private readonly options = readOptions(location.search, navigator.languages);
  private texts: Texts = TEXTS[this.options.language];
  private loading = 0; // counts loads, to ignore answers to an older one
  private readonly failure = new FailureView(this.texts);
  private nowMs = 0; // emulated

  private readonly canvas = find("glass", HTMLCanvasElement);
  private readonly wipeSteps = find("wipe-steps", HTMLOListElement);
  private readonly inkBytes = find("ink-bytes", HTMLOutputElement);

  private readonly glass = new GlassView(this.canvas);
  private readonly ram = new RamView(find("ram", HTMLCanvasElement));
  private readonly status = new StatusView(this.texts);
  private readonly log = new EventLog(find("log", HTMLOListElement), this.texts);
  private readonly story = new Story();
  private readonly storyView = new StoryView(this.story, this.texts);
  private readonly delay = new DelayMeter();
  private readonly layout = new PadLayout();
  private readonly pace = new Pace(
    (command) => this.bench.send(command),
    (speed) => this.status.asked(speed),
  );
  private wipes = new WipeWatch();
  private pages = new PageWatch();

  private readonly search = new Search(
    (command) => this.bench.send(command),
    this.ram,
    this.story,
    () => this.draw(),
    this.texts,
  );
  // What may end a note is preceded by a search for it.
  private readonly send = (command: Command) => {
    if (mayEnd(command)) {
      this.samplePen.stop();
      if (this.status.noteThere && !this.options.practice.on) this.search.ahead();
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
      else if (this.story.step === 2) this.search.begin(this.status.noteThere);
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
      search: () => {
        this.search.begin(this.status.noteThere);
        this.draw();
      },
      forget: () => this.search.forget(),
      stretch: (on: boolean) => this.glass.stretch(on),
      focusGlass: () => this.canvas.focus(),
    };
    wire(actions, this.desk, this.keys, this.pace);
  }

  private async load(): Promise<void> {
    const turn = ++this.loading;
    this.failure.clear();
    this.samplePen.stop();
    this.status.begin();
    this.keys.releaseAll();
    this.layout.show(this.options.panel);
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
        this.pace.follow(report.dsr);
        this.seat.follow(report, this.status.state);
        this.practice.follow(report);
        this.nowMs = report.nowMs;
        this.samplePen.follow(report.nowMs);
        break;
      case "event":
        this.happened(report);
        break;
      case "search":
        this.search.take(report);
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
      this.search.clear();
    if (this.status.offLine) this.story.refreshed(event, this.wipes.last);
    if (this.wipes.take(event) && this.wipes.last !== null) {
      this.story.wiped(this.wipes.last);
      showWipe(this.wipeSteps, this.wipes.last, this.texts);
    }
  }

  private begin(loaded: LoadedReport): void {
    this.glass.resize(loaded.width, loaded.height);
    this.ram.begin(loaded.ramCells, loaded.ramCellBytes);
    this.keyboardPen.centre();
    this.log.clear();
    this.search.clear();
    this.delay.reset();
    this.wipes = new WipeWatch();
    this.pages = new PageWatch();
    this.story.begin();
    showWipe(this.wipeSteps, null, this.texts);
    this.desk.begin();
    this.pace.begin();
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
    this.search.clear();
    this.prepare();
    this.draw();
  }

  private show(): void {
    this.texts = TEXTS[this.options.language];
    fill(document, this.options.language);
    this.settings.show();
    this.status.show(this.texts);
    this.desk.show(this.texts);
    this.log.show(this.texts);
    this.search.show(this.texts);
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
      outcome: this.search.outcome,
      early: this.samplePen.early,
    });
  }
}

new Page();
