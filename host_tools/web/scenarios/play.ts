// SPDX-License-Identifier: MIT
// play: one scenario on this bench. kesu_dev.crosscheck.play does the same on the other; they share no code.

import { NS_PER_MS } from "../bench/clock.js";
import type { Board, ImageMap, PanelName } from "../bench/contract.js";
import { NoteWatch } from "../bench/note_watch.js";
import { Pad } from "../bench/pad.js";
import { MODEM_BITS } from "../bench/spec.gen.js";
import { Ft6336u } from "../bench/touch/ft6336u.js";
import type { Act, Answer, Awaited, Ink, Scenario, Step } from "./scenario.js";

const READY_WITHIN_MS = 12_000;
const MOMENTS_WITHIN_MS = 300; // limit of the first two moments of a wipe
const FRAME = 2;

export interface Image {
  board: Board;
  core: WebAssembly.Module | null; // null: rp2040js executes everything
  panel: PanelName;
  uf2: ArrayBuffer;
  bootrom: ArrayBuffer;
  map: ImageMap;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

export class StepFailed extends Error {}

export class Player {
  private readonly pad: Pad;
  private readonly note: NoteWatch;
  private readonly answer: Answer;
  private noted = false;

  constructor(
    image: Image,
    private readonly scenario: Scenario,
    private readonly ink: Ink,
    seed: number,
  ) {
    const { board, core, panel, uf2, bootrom, map } = image;
    const temperatureC = scenario.temperature_c ?? 25;
    this.pad = new Pad({ board, core, panel, image: uf2, bootrom, map, seed, temperatureC });
    const { touch } = this.pad.module;
    if (touch instanceof Ft6336u) touch.reportsLift = () => scenario.lift_reported ?? true;
    this.note = new NoteWatch(this.pad);
    this.answer = {
      modem: [],
      refreshes: [],
      waits: [],
      wipes: [],
      checks: [],
      bulk_in: 0,
      panel_errors: [],
      emulated_ms: 0,
      real_ms: 0,
      cycles: 0,
    };
    this.pad.onEvent = ({ name, detail }) => {
      if (name === "modem" && detail?.includes("DSR+")) this.note.ready();
    };
  }

  run(): Answer {
    const start = performance.now();
    const { pad, answer } = this;
    if (this.scenario.from === "ready") {
      pad.plug();
      this.wait("enumerated", READY_WITHIN_MS);
      pad.setDtr(true);
      this.wait("ready", READY_WITHIN_MS);
    }
    for (const step of this.scenario.steps) this.step(step);
    answer.modem = pad.host.notifications.map(({ ns, bits }) => ({ ms: ns / NS_PER_MS, bits: named(bits) }));
    answer.refreshes = pad.module.panel.refreshes.map(({ startNs, endNs, waveform, aborted }) => ({
      ms: startNs / NS_PER_MS,
      busy_ms: (Math.min(endNs, pad.clock.now) - startNs) / NS_PER_MS,
      waveform,
      aborted,
    }));
    answer.bulk_in = pad.host.bulkIn;
    answer.panel_errors = pad.module.panel.errors;
    answer.emulated_ms = pad.nowMs;
    answer.real_ms = performance.now() - start;
    answer.cycles = pad.chip.cycles;
    return answer;
  }

  private step(step: Step): void {
    switch (step.do) {
      case "run":
        this.pad.runFor(step.ms);
        return;
      case "wait":
        this.wait(step.for, step.within_ms);
        return;
      case "write":
        this.write(step.ink);
        return;
      case "wipe":
        this.wipe(step.by, step.delay_ms ?? 0, step.within_ms);
        return;
      case "check":
        this.check(step.name);
        return;
      default:
        this.act(step);
        return;
    }
  }

  private act(act: Act): void {
    const { pad } = this;
    switch (act.do) {
      case "plug":
        pad.plug();
        return;
      case "unplug":
        pad.unplug(act.hold_up_ms);
        return;
      case "reset":
        pad.reset(act.kind);
        return;
      case "suspend":
        pad.sleepPc(true);
        return;
      case "resume":
        pad.sleepPc(false);
        return;
      case "dtr":
        pad.setDtr(act.high);
        return;
      case "send":
        pad.send(act.text);
        return;
      case "hook":
        pad.hook(act.closed, 0);
        return;
      case "key":
        pad.key(act.key, true, 0);
        pad.clock.after(act.hold_ms * NS_PER_MS, () => pad.key(act.key, false, 0));
        return;
      case "note":
        this.note.refreshed();
        this.note.complete = true;
        this.noted = true;
    }
  }

  private wait(what: Awaited, withinMs: number): void {
    const { host, module } = this.pad;
    const holds: Record<Awaited, () => boolean> = {
      enumerated: () => host.enumerated,
      ready: () => host.bits.dsr,
      "not ready": () => !host.bits.dsr,
      note: () => host.bits.dcd,
      fault: () => host.bits.ri,
      refresh: () => module.glass.moving,
      still: () => !module.panel.busy,
    };
    if (!this.pad.runUntil(holds[what], withinMs)) throw new StepFailed(`no "${what}" within ${withinMs} ms`);
    this.answer.waits.push({ for: what, ms: this.pad.nowMs });
  }

  private write(name: string): void {
    const { pad, ink } = this;
    const { width, height } = pad.module.glass;
    for (const stroke of ink.strokes[name]!) {
      for (const [x, y] of stroke) {
        pad.pen.put({ x: Math.floor((x * width) / 1000), y: Math.floor((y * height) / 1000) });
        pad.runFor(ink.dwell_ms);
      }
      pad.pen.lift();
      pad.runFor(ink.gap_ms);
    }
  }

  // The event, then each of its moments: owners clean, planes without a picture, READY.
  private wipe(by: Act, delayMs: number, withinMs: number): void {
    const { pad } = this;
    this.act(by);
    if (delayMs) pad.runFor(delayMs);
    const edge = pad.nowMs;
    const seen = {
      owners_ms: null as number | null,
      planes_ms: null as number | null,
      ready_ms: null as number | null,
    };
    while (pad.nowMs - edge < MOMENTS_WITHIN_MS && (seen.owners_ms === null || seen.planes_ms === null)) {
      pad.runFor(1);
      if (seen.owners_ms === null && this.ownersClean()) seen.owners_ms = pad.nowMs - edge;
      const { bw, red } = pad.module.panel.planes;
      if (seen.planes_ms === null && plain(bw) && plain(red)) seen.planes_ms = pad.nowMs - edge;
    }
    if (pad.runUntil(() => pad.host.bits.dsr, withinMs)) seen.ready_ms = pad.nowMs - edge;
    else if (by.do !== "suspend") throw new StepFailed(`not ready within ${withinMs} ms of the wipe event`);
    this.answer.wipes.push(seen);
  }

  private ownersClean(): boolean {
    const owners = this.pad.owners();
    return (
      owners.length > 0 &&
      owners.every((owner) => {
        const bytes = this.pad.bytesOf(owner);
        return owner.kind === FRAME ? plain(bytes) : bytes.every((byte) => byte === 0);
      })
    );
  }

  private check(name: string): void {
    const { pad, note } = this;
    const { planes } = pad.module.panel;
    const { bits } = pad.host;
    const { places } = this.noted ? note.search() : { places: [] };
    this.answer.checks.push({
      name,
      ms: pad.nowMs,
      bits: named((bits.dsr ? 2 : 0) | (bits.dcd ? 1 : 0) | (bits.ri ? 8 : 0)),
      led: pad.led,
      powered: pad.chip.powered,
      bw: base64(planes.bw),
      red: base64(planes.red),
      grey: base64(pad.module.glass.grey()),
      found: this.noted
        ? Object.fromEntries(
            places
              .filter(({ resource }) => resource !== "usb")
              .map(({ resource, hits }) => [resource, hits > 0]),
          )
        : null,
      inked: pad.chip.labels?.count() ?? null,
    });
  }
}

function named(bits: number): string {
  return Object.entries(MODEM_BITS)
    .filter(([, mask]) => bits & mask)
    .map(([name]) => name)
    .join(" ");
}

function plain(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === bytes[0]);
}
