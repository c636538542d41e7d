// SPDX-License-Identifier: MIT
// pad: the whole pad on the bench: the sealed image on its chip, with panel, touch chip, contacts and a PC.

import { type Board, SRAM_BASE } from "./chip/boards.js";
import type { Chip, ResetCause } from "./chip/chip.js";
import { Rp2040Chip } from "./chip/rp2040.js";
import { Rp2350Chip } from "./chip/rp2350/chip.js";
import { type Alarm, BenchClock, NS_PER_MS } from "./clock.js";
import { Contact } from "./contact.js";
import type { EventName, ImageMap, KeyName, PanelName } from "./contract.js";
import { fit, type Module } from "./fitted.js";
import { UsbHost } from "./host/usb_host.js";
import { InkTrace } from "./ink_trace.js";
import type { Refresh } from "./panel/controller.js";
import { Pen } from "./pen.js";
import { Random } from "./random.js";
import { flashFrom } from "./uf2.js";
import { type Contacts, Wiring } from "./wiring.js";

export interface PadOptions {
  board: Board;
  panel: PanelName;
  image: ArrayBuffer;
  bootrom: ArrayBuffer; // of the RP2040; the RP2350's is the bench's own
  core: WebAssembly.Module | null; // the board's; null: rp2040js executes everything (only the RP2040)
  map: ImageMap | null;
  seed?: number;
  temperatureC?: number;
}

export interface PadEvent {
  nowMs: number;
  name: EventName;
  detail?: string;
}

// One buffer that the firmware has registered as able to hold a note. kind: 1 note, 2 frame, 3 touch ring,
// 4 driver scratch (firmware/native/native.h).
export interface Owner {
  address: number;
  length: number;
  kind: number;
}

export class Pad {
  readonly clock = new BenchClock();
  readonly chip: Chip;
  readonly module: Module;
  readonly pen: Pen;
  readonly contacts: Contacts;
  readonly host: UsbHost;
  onEvent: (event: PadEvent) => void = () => {};
  private readonly wiring: Wiring;
  private readonly trace: InkTrace;
  private readonly random: Random;
  private readonly map: ImageMap | null;
  private holdUp: Alarm | null = null;

  constructor(options: PadOptions) {
    this.random = new Random(options.seed ?? 1);
    this.map = options.map;
    this.chip = this.chipOf(options);
    this.module = fit(options.panel, this.clock, this.random, options.temperatureC ?? 25);
    this.pen = new Pen(this.clock, this.module.touch);
    this.host = new UsbHost(this.clock);
    const contact = () => new Contact(this.clock, this.random);
    this.contacts = { wipe: contact(), away: contact(), mode: contact(), hook: contact() };
    this.trace = new InkTrace(this.chip, this.module.touch);
    this.wiring = new Wiring(this.clock, this.module, this.contacts);
    this.chip.onReset.push((cause) => this.chipChanged(cause));
    this.listen();
  }

  // ---- time -------------------------------------------------------------------------------------

  get nowMs(): number {
    return this.clock.now / NS_PER_MS;
  }

  runFor(ms: number): void {
    this.chip.runUntil(this.clock.now + ms * NS_PER_MS);
  }

  // Check a condition every millisecond; false if it is not met within `limitMs`.
  runUntil(condition: () => boolean, limitMs: number): boolean {
    const end = this.clock.now + limitMs * NS_PER_MS;
    while (!condition()) {
      if (this.clock.now >= end) return false;
      this.runFor(1);
    }
    return true;
  }

  // ---- inputs -----------------------------------------------------------------------------------

  // Connect power and data lines. A pad that has lost power starts with noise in its RAM; one that still has
  // power only sees VBUS return.
  plug(): void {
    this.holdUp?.cancel();
    this.holdUp = null;
    this.wiring.vbus = true;
    if (!this.chip.powered) {
      this.noise();
      this.chip.coldStart();
    }
    this.host.attach();
  }

  unplug(holdUpMs: number): void {
    this.wiring.vbus = false;
    this.tell("vbus-lost");
    if (this.host.attached) this.tell("detached");
    this.host.detach();
    if (holdUpMs > 0) this.holdUp = this.clock.after(holdUpMs * NS_PER_MS, () => this.powerOff());
    else this.powerOff();
  }

  reset(kind: "run" | "watchdog"): void {
    if (!this.chip.powered) return;
    if (kind === "watchdog") this.chip.watchdogReset();
    else {
      if (!this.chip.keepsSram) {
        this.random.fill(this.chip.sram);
        this.chip.labels?.forget();
      }
      this.chip.runReset();
    }
  }

  key(name: KeyName, pressed: boolean, bounceMs?: number): void {
    this.contacts[name].move(pressed, bounceMs);
    this.tell(pressed ? "key-down" : "key-up", name);
  }

  hook(closed: boolean, bounceMs?: number): void {
    this.contacts.hook.move(closed, bounceMs);
    this.tell(closed ? "hook-closed" : "hook-open");
  }

  setDtr(high: boolean): void {
    this.host.setDtr(high);
    this.tell(high ? "dtr-high" : "dtr-low");
  }

  send(text: string): void {
    if (this.host.send([...text].map((letter) => letter.charCodeAt(0)))) this.tell("byte-sent", text);
  }

  sleepPc(asleep: boolean): void {
    if (asleep) this.host.sleep();
    else this.host.wake();
    this.tell(asleep ? "suspended" : "resumed");
  }

  // ---- what can be seen -------------------------------------------------------------------------

  get vbus(): boolean {
    return this.wiring.vbus;
  }

  get led(): boolean {
    return this.chip.powered && this.wiring.led;
  }

  // The firmware's own list, read from its RAM; empty before the firmware has created it, and without an image map.
  owners(): Owner[] {
    if (!this.map || !this.chip.powered) return [];
    const { sram } = this.chip;
    const view = new DataView(sram.buffer, sram.byteOffset, sram.length);
    const count = view.getUint32(this.map.ownerCount - SRAM_BASE, true);
    if (count > 64) return []; // noise: the firmware has not started yet
    const rows = Array.from({ length: count }, (_, index) => {
      const at = this.map!.ownerTable - SRAM_BASE + 12 * index;
      return {
        address: view.getUint32(at, true),
        length: view.getUint32(at + 4, true),
        kind: view.getUint32(at + 8, true),
      };
    });
    const inside = ({ address, length }: Owner) =>
      address >= SRAM_BASE && address + length <= SRAM_BASE + this.chip.sram.length;
    return rows.every(inside) ? rows : [];
  }

  bytesOf(owner: Owner): Uint8Array {
    return this.chip.sram.subarray(owner.address - SRAM_BASE, owner.address - SRAM_BASE + owner.length);
  }

  // -----------------------------------------------------------------------------------------------

  private chipOf({ board, image, bootrom, core }: PadOptions): Chip {
    const flash = flashFrom(image, board);
    if (board === "pico") return Rp2040Chip.create(this.clock, bootrom, flash, core);
    if (!core) throw new Error("the RP2350 has no other core than the one in C");
    return Rp2350Chip.create(this.clock, flash, core);
  }

  private powerOff(): void {
    this.holdUp = null;
    this.chip.powerOff();
    this.module.panel.powerLoss();
    this.module.touch.powerLoss();
    this.noise();
    this.tell("power-off");
  }

  // What the memories hold when power comes.
  private noise(): void {
    this.random.fill(this.chip.sram);
    this.random.fill(this.chip.dpram);
    this.chip.labels?.forget();
  }

  private chipChanged(cause: ResetCause | null): void {
    if (cause === null) {
      this.host.vanished();
      return;
    }
    this.wiring.connect(this.chip);
    this.trace.connect();
    this.host.connect(this.chip.usb);
    if (cause === "power-on") this.tell("power-on");
    else this.tell("reset", cause);
  }

  private listen(): void {
    this.host.onEnumerated = () => this.tell("enumerated");
    this.host.onBulkIn = () => this.tell("bulk-in");
    this.host.onBits = (now, before) => {
      const changed = (["dsr", "dcd", "ri"] as const).filter((bit) => now[bit] !== before[bit]);
      this.tell("modem", changed.map((bit) => bit.toUpperCase() + (now[bit] ? "+" : "-")).join(" "));
    };
    this.pen.onChange = (down) => {
      if (down) this.trace.penDown();
      this.tell(down ? "pen-down" : "pen-up");
    };
    this.module.panel.onRefresh = (refresh) => this.refreshed(refresh);
  }

  private refreshed(refresh: Refresh): void {
    if (refresh.waveform === null) {
      if (refresh.control & 0x04 && this.clock.now === refresh.startNs)
        this.tell("refresh-skipped", refresh.reason);
    } else if (this.clock.now === refresh.startNs && !refresh.aborted)
      this.tell("refresh-start", refresh.waveform);
    else this.tell("refresh-end", `${Math.round((refresh.endNs - refresh.startNs) / NS_PER_MS)}`);
  }

  private tell(name: EventName, detail?: string): void {
    this.onEvent(detail === undefined ? { nowMs: this.nowMs, name } : { nowMs: this.nowMs, name, detail });
  }
}
