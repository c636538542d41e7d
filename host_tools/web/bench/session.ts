// SPDX-License-Identifier: MIT
// session: one loaded pad: takes commands, sends reports, runs in slices of time. It needs no Worker, so that
// tests can drive it.

import { BOOTROM_BYTES } from "./chip/rp2040.js";
import { NS_PER_MS } from "./clock.js";
import type { Command, EventReport, KeyName, Report, StateReport } from "./contract.js";
import { NoteWatch } from "./note_watch.js";
import { Pad } from "./pad.js";
import { CELL_BYTES, RamMap } from "./ram_map.js";
import { BYTE_OF } from "./spec.gen.js";
import { BadImage } from "./uf2.js";

const STATE_EVERY_MS = 50; // real
const GLASS_EVERY_MS = 33;
const RAM_EVERY_MS = 100;
const RATIO_OVER_MS = 500;
const BEHIND_MOST_MS = 100; // a slow bench does not catch up with more than this
const SLICE_REAL_MS = 12;
const BEHIND_USER_MS = 25; // more than a scan of the touch chip: the user waits, so run faster
const STEP_MS = 1; // emulated: resolution of the two steps of a wipe

type Loaded = {
  pad: Pad;
  ram: RamMap;
  note: NoteWatch;
  inkSeen: boolean;
  planesInked: boolean;
  grey: Uint8Array | null;
  glassChanges: number;
};

export class Session {
  private loaded: Loaded | null = null;
  private speed = 1;
  private owedMs = 0; // emulated time that is due
  private lastTick: number | null = null;
  private lastInputMs = 0; // emulated: when the last input that is not pen input takes effect
  private readonly pressed = new Map<KeyName, { real: number; due: number }>();
  private lastState = -Infinity;
  private lastGlass = -Infinity;
  private lastRam = -Infinity;
  private history: { real: number; emulated: number; cycles: number }[] = [];

  constructor(
    private readonly post: (report: Report) => void,
    private readonly realNow: () => number,
  ) {}

  handle(command: Command): void {
    if (command.type === "load") this.load(command);
    else if (command.type === "pace") this.speed = Math.max(0, command.speed);
    else if (this.loaded) this.act(command, this.loaded);
  }

  // Run the pad for a slice of real time; returns the real ms to wait until the next.
  tick(): number {
    const now = this.realNow();
    const passed = this.lastTick === null ? 0 : now - this.lastTick;
    this.lastTick = now;
    const { loaded } = this;
    if (!loaded || this.speed === 0) {
      this.owedMs = 0;
      if (loaded) this.tell(loaded, now);
      return 50;
    }
    this.owedMs = Math.min(this.owedMs + passed * this.speed, BEHIND_MOST_MS * Math.max(1, this.speed));
    while (this.due(loaded) && this.realNow() - now < SLICE_REAL_MS) {
      loaded.pad.runFor(STEP_MS);
      this.owedMs = Math.max(0, this.owedMs - STEP_MS);
      this.watch(loaded);
    }
    this.tell(loaded, this.realNow());
    return this.due(loaded) ? 0 : 4;
  }

  // Emulated time is due as real time passes, and at once while already written strokes are pending.
  private due({ pad }: Loaded): boolean {
    return this.owedMs >= STEP_MS || (this.speed === 1 && pad.pen.pendingMs > BEHIND_USER_MS);
  }

  // An input takes effect after earlier strokes and inputs: on a slow machine a key must not overtake
  // the pen. At a reduced pace, inputs take effect at once, so that a wipe can be started and watched.
  private inTurn({ pad }: Loaded, action: () => void, notBeforeMs = 0): number {
    const turn = Math.max(pad.nowMs + pad.pen.pendingMs, this.lastInputMs, notBeforeMs);
    const due = this.speed === 1 ? turn : pad.nowMs;
    this.lastInputMs = due;
    if (due <= pad.nowMs) action();
    else pad.clock.after(Math.ceil((due - pad.nowMs) * NS_PER_MS) + 1, action); // after the pen, not with it
    return due;
  }

  // A key is held for the same time on the pad's clock as in real time.
  private key(loaded: Loaded, key: KeyName, pressed: boolean, real: number): void {
    const press = this.pressed.get(key);
    const held = !pressed && press !== undefined ? press.due + (real - press.real) : 0;
    const due = this.inTurn(loaded, () => loaded.pad.key(key, pressed), held);
    if (pressed) this.pressed.set(key, { real, due });
    else this.pressed.delete(key);
  }

  private load(command: Extract<Command, { type: "load" }>): void {
    this.loaded = null;
    this.owedMs = this.lastInputMs = 0;
    this.pressed.clear();
    this.history = [];
    if (command.bootrom.byteLength !== BOOTROM_BYTES) {
      this.post({ type: "failed", code: "bad-bootrom", message: `a boot ROM has ${BOOTROM_BYTES} bytes` });
      return;
    }
    let pad: Pad;
    try {
      pad = new Pad({ ...command, core: new WebAssembly.Module(command.core) });
    } catch (error) {
      if (!(error instanceof BadImage)) throw error;
      this.post({ type: "failed", code: "bad-image", message: error.message });
      return;
    }
    const loaded: Loaded = {
      pad,
      ram: new RamMap(pad, command.map),
      note: new NoteWatch(pad),
      inkSeen: false,
      planesInked: false,
      grey: null,
      glassChanges: -1,
    };
    this.loaded = loaded;
    pad.onEvent = (event) => this.happened(loaded, { type: "event", ...event });
    const { glass, widthMm, heightMm } = pad.module;
    this.post({
      type: "loaded",
      board: command.board,
      panel: command.panel,
      width: glass.width,
      height: glass.height,
      widthMm,
      heightMm,
      ramCells: loaded.ram.cells,
      ramCellBytes: CELL_BYTES,
    });
    this.lastGlass = this.lastRam = this.lastState = -Infinity;
  }

  private act(command: Exclude<Command, { type: "load" | "pace" }>, loaded: Loaded): void {
    const { pad, note } = loaded;
    const inTurn = (action: () => void) => void this.inTurn(loaded, action);
    switch (command.type) {
      case "plug":
        inTurn(() => pad.plug());
        return;
      case "unplug":
        inTurn(() => pad.unplug(command.holdUpMs ?? 0));
        return;
      case "reset":
        inTurn(() => pad.reset(command.kind));
        return;
      case "pen":
        pad.pen.feed(command.samples);
        return;
      case "key":
        this.key(loaded, command.key, command.pressed, command.ms ?? this.realNow());
        return;
      case "hook":
        inTurn(() => pad.hook(command.closed));
        return;
      case "dtr":
        inTurn(() => pad.setDtr(command.high));
        return;
      case "line":
        inTurn(() => pad.send(command.text));
        return;
      case "lock":
        if (command.locked) inTurn(() => pad.send(BYTE_OF.locked)); // as the agent does
        return;
      case "suspend":
        inTurn(() => pad.sleepPc(command.asleep));
        return;
      case "forgetNote":
        note.forget();
        return;
      case "search": {
        const start = this.realNow();
        const found = note.search();
        this.post({
          type: "search",
          id: command.id,
          nowMs: pad.nowMs,
          patterns: note.patterns,
          ...found,
          realMs: this.realNow() - start,
        });
      }
    }
  }

  private happened(loaded: Loaded, event: EventReport): void {
    const { note, ram } = loaded;
    if (event.name === "modem" && event.detail?.includes("DSR+")) {
      note.ready();
    }
    if (event.name === "refresh-start") {
      // Only while there is ink: the pages that a wipe shows are none of the note, though they lie where the pen was.
      if (ram.hasInk()) note.refreshed();
      if (loaded.pad.host.bits.dcd) loaded.planesInked = true;
    }
    this.post(event);
  }

  // The two steps of a wipe that no signal shows: owners clean, planes white.
  private watch(loaded: Loaded): void {
    const { pad, ram } = loaded;
    if (!loaded.inkSeen && !loaded.planesInked && !pad.host.bits.dcd) return;
    const ink = ram.hasInk();
    if (ink) loaded.inkSeen = true;
    else if (loaded.inkSeen) {
      loaded.inkSeen = false;
      this.post({ type: "event", name: "owners-clean", nowMs: pad.nowMs });
    }
    const { bw, red } = pad.module.panel.planes;
    if (loaded.planesInked && !ink && constant(bw) && constant(red)) {
      loaded.planesInked = false;
      this.post({ type: "event", name: "planes-white", nowMs: pad.nowMs });
    }
  }

  private tell(loaded: Loaded, now: number): void {
    const { pad, ram } = loaded;
    if (now - this.lastGlass >= GLASS_EVERY_MS) {
      this.lastGlass = now;
      this.tellGlass(loaded);
    }
    if (now - this.lastRam >= RAM_EVERY_MS) {
      this.lastRam = now;
      this.post(ram.report());
    }
    if (now - this.lastState >= STATE_EVERY_MS) {
      this.lastState = now;
      this.history.push({ real: now, emulated: pad.nowMs, cycles: pad.chip.cycles });
      while (this.history.length > 2 && now - this.history[0]!.real > RATIO_OVER_MS) this.history.shift();
      this.post(this.state(pad));
    }
  }

  private tellGlass(loaded: Loaded): void {
    const { glass } = loaded.pad.module;
    if (loaded.grey && !glass.moving && glass.changes === loaded.glassChanges) return;
    loaded.glassChanges = glass.changes;
    const grey = glass.grey();
    const { width } = glass;
    const last = loaded.grey;
    let first = 0;
    let end = grey.length;
    if (last) {
      while (first < end && grey[first] === last[first]) first++;
      while (end > first && grey[end - 1] === last[end - 1]) end--;
      if (first === end) return;
    }
    loaded.grey = grey;
    const firstRow = Math.floor(first / width);
    const rows = Math.ceil(end / width) - firstRow;
    const part = grey.slice(firstRow * width, (firstRow + rows) * width);
    this.post({ type: "glass", firstRow, rows, grey: part, nowMs: loaded.pad.nowMs });
  }

  private state(pad: Pad): StateReport {
    const [first, last] = [this.history[0]!, this.history[this.history.length - 1]!];
    const real = Math.max(1, last.real - first.real);
    const { host, chip } = pad;
    return {
      type: "state",
      nowMs: pad.nowMs,
      ratio: (last.emulated - first.emulated) / real,
      cyclesPerSecond: ((last.cycles - first.cycles) / real) * 1000,
      powered: chip.powered,
      vbus: pad.vbus,
      enumerated: host.enumerated,
      dtr: host.dtr,
      suspended: host.suspended,
      ...host.bits,
      led: pad.led,
      refreshing: pad.module.panel.busy,
      penDown: pad.pen.down,
    };
  }
}

function constant(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === bytes[0]);
}
