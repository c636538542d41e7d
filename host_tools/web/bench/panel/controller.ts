// SPDX-License-Identifier: MIT
// controller: an SSD16xx on its four-wire bus: bytes in, planes and BUSY out (hardware-facts A.1 to A.6).

import { type Alarm, type Clock, NS_PER_MS } from "../clock.js";
import type { Random } from "../random.js";
import {
  type Activation,
  activation,
  type Film,
  SUPPLIES_AT_RESET,
  type Supplies,
  type Waveform,
} from "./activation.js";
import { Drive } from "./drive.js";
import type { Glass, Picture } from "./glass.js";
import { Planes, pixelsOf } from "./planes.js";
import type { Silicon } from "./silicon.js";

const WRITE_BW = 0x24,
  WRITE_RED = 0x26,
  READ_RAM = 0x27,
  READ_TEMPERATURE = 0x1b,
  READ_STATUS = 0x2f;
const READS = new Set([READ_RAM, READ_TEMPERATURE, READ_STATUS]);
const SWRESET = 0x12,
  ACTIVATE = 0x20,
  LUT = 0x32,
  NOP = 0x7f;
const WRITE_HZ = 20e6,
  READ_HZ = 2.5e6;

// SWRESET took 2 ms on a sister chip; also assumed for a hardware reset. Auto-fill has no published time.
const RESET_NS = 2 * NS_PER_MS;
const FILL_NS = 3 * NS_PER_MS;

export interface Refresh {
  startNs: number;
  endNs: number;
  control: number; // 22h
  waveform: Waveform | null;
  reason: string;
  aborted: boolean;
}

export class Controller {
  readonly planes: Planes;
  readonly refreshes: Refresh[] = [];
  errors: string[] = []; // violations of the datasheet, for tests
  busHz = 0;
  busy = false;
  asleep: 0 | 1 | 2 = 0;
  onBusy: (level: boolean) => void = () => {};
  onRefresh: (refresh: Refresh) => void = () => {}; // at its start, and again at its end
  private readonly registers = new Map<number, Uint8Array>();
  private readonly drive: Drive;
  private supplies: Supplies = { ...SUPPLIES_AT_RESET };
  private running: Activation | null = null;
  private alarms: Alarm[] = [];
  private selected = false;
  private data = false;
  private resetLevel = true;
  private op = NOP;
  private got = 0;

  constructor(
    private readonly clock: Clock,
    readonly glass: Glass,
    readonly silicon: Silicon,
    readonly film: Film,
    private readonly random: Random,
    public temperatureC = 25,
  ) {
    this.planes = new Planes(silicon.sources, silicon.gates);
    this.drive = new Drive(clock, glass, silicon, this.registers);
    this.scramble();
    this.defaults();
  }

  // ---- pins -------------------------------------------------------------------------------------

  setCs(level: boolean): void {
    this.selected = !level;
  }

  setDc(level: boolean): void {
    this.data = level;
  }

  // Only a low level ends deep sleep. Both planes are kept; a running waveform is aborted.
  setRst(level: boolean): void {
    if (level === this.resetLevel) return;
    this.resetLevel = level;
    if (level) {
      this.busyFor(RESET_NS);
      return;
    }
    this.breakOff();
    const before = new Map([...this.silicon.keptByRst.keys()].map((op) => [op, this.registers.get(op)!]));
    this.defaults();
    for (const [op, mask] of this.silicon.keptByRst)
      this.registers.set(
        op,
        before.get(op)!.map((byte, index) => byte & mask[index]!),
      );
    this.asleep = 0;
    this.setBusy(false);
  }

  powerLoss(): void {
    this.breakOff();
    this.defaults();
    this.asleep = 0;
    this.scramble();
    this.setBusy(false);
  }

  // Whether the controller drives the data wire at the next clocks: a command that is read.
  get answers(): boolean {
    return this.selected && this.resetLevel && !this.asleep && this.data && READS.has(this.op);
  }

  // Transfer one byte on the bus; returns the byte read on SDA.
  transfer(byte: number): number {
    if (!this.selected || !this.resetLevel) return 0;
    if (this.asleep) {
      if (!this.data) this.complain("command in deep sleep", byte);
      return 0;
    }
    if (!this.data) {
      this.command(byte);
      return 0;
    }
    if (READS.has(this.op)) return this.answer();
    if (this.op === WRITE_BW) this.planes.write(this.planes.bw, byte);
    else if (this.op === WRITE_RED) this.planes.write(this.planes.red, byte);
    else this.parameter(byte);
    return 0;
  }

  // ---- what can be seen -------------------------------------------------------------------------

  // The new picture as the glass would show it, 1 white.
  page(): Picture {
    return this.drive.mounted(pixelsOf(this.planes.bw));
  }

  // A plane as stored in RAM; for a rotated glass, a second copy in page order: a line of writing
  // crosses few bytes of a gate, but many of a row.
  contents(plane: Uint8Array): Uint8Array {
    if (!this.silicon.turned) return plane.slice();
    const pixels = this.drive.mounted(pixelsOf(plane));
    const both = new Uint8Array(plane.length + pixels.length / 8);
    both.set(plane);
    for (let index = 0; index < pixels.length; index++) {
      both[plane.length + (index >> 3)]! |= pixels[index]! << (7 - (index & 7));
    }
    return both;
  }

  // ---- commands ---------------------------------------------------------------------------------

  private command(op: number): void {
    this.endCommand();
    this.op = op;
    this.got = 0;
    if (this.busHz > (READS.has(op) ? READ_HZ : WRITE_HZ)) this.complain("bus clock too fast");
    // The chip's behaviour on commands during a waveform is unknown. They are executed, the choice that can leak.
    if (this.busy && op !== NOP && op !== READ_STATUS) this.complain("command while BUSY");
    if (op === ACTIVATE) {
      if (!this.busy) this.activate();
    } else if (op === SWRESET) {
      this.breakOff();
      const sleep = this.registers.get(0x10)!;
      this.defaults();
      this.registers.set(0x10, sleep); // "except R10h"
      this.busyFor(RESET_NS);
    } else if (!this.silicon.commands.has(op) && !READS.has(op) && op !== WRITE_BW && op !== WRITE_RED) {
      this.complain("command not in this model");
    }
  }

  private parameter(byte: number): void {
    const spec = this.silicon.commands.get(this.op);
    if (!spec) return;
    if (this.got >= spec.at.length) {
      this.complain("too many parameters");
      return;
    }
    const register = this.registers.get(this.op)!;
    register[this.got++] = byte;
    if (this.op === LUT) {
      // A custom waveform may be shorter; the rest of the register is kept.
      this.supplies.lut = "custom";
    } else if (this.got >= (spec.least ?? spec.at.length)) this.act(this.op, register);
  }

  private act(op: number, p: Uint8Array): void {
    const { planes } = this;
    switch (op) {
      case 0x10:
        if (p[0]! & 3) this.sleep(p[0]! & 2 ? 2 : 1);
        break;
      case 0x11:
        planes.setEntry(p[0]!);
        break;
      case 0x1a:
        this.supplies.degrees = this.silicon.degreesOf(p);
        break;
      case 0x44:
        planes.setColumns(p[0]!, p[1]!);
        break;
      case 0x45:
        planes.setRows(p[0]! | (p[1]! << 8), p[2]! | (p[3]! << 8));
        break;
      case 0x46:
      case 0x47:
        planes.fill(op === 0x46 ? planes.red : planes.bw, p[0]!);
        this.busyFor(FILL_NS);
        break;
      case 0x4e:
        planes.setX(p[0]!);
        break;
      case 0x4f:
        planes.setY(p[0]! | (p[1]! << 8));
        break;
    }
  }

  private answer(): number {
    const index = this.got++;
    if (this.op === READ_STATUS) return 0x01 | (this.busy ? 0x04 : 0);
    if (this.op === READ_TEMPERATURE) {
      const sensed = this.silicon.sensedAs(this.supplies.degrees);
      return sensed[index % sensed.length]!;
    }
    if (index === 0) return 0xff; // a dummy comes first
    return this.planes.read(this.registers.get(0x41)![0]! & 1 ? this.planes.red : this.planes.bw);
  }

  private endCommand(): void {
    const spec = this.silicon.commands.get(this.op);
    if (spec && this.got < (spec.least ?? spec.at.length) && this.op !== NOP)
      this.complain("too few parameters");
  }

  private complain(reason: string, op = this.op): void {
    this.errors.push(`${op.toString(16).padStart(2, "0")}h: ${reason}`);
  }

  private defaults(): void {
    for (const [op, { at }] of this.silicon.commands) this.registers.set(op, Uint8Array.from(at));
    this.planes.reset();
    this.supplies = { ...SUPPLIES_AT_RESET };
    this.op = NOP;
    this.got = 0;
  }

  private scramble(): void {
    this.random.fill(this.planes.bw);
    this.random.fill(this.planes.red);
  }

  // Mode 1 keeps the RAM, mode 2 loses it; BUSY is high during sleep.
  private sleep(mode: 1 | 2): void {
    this.breakOff();
    this.asleep = mode;
    if (mode === 2) this.scramble();
    this.supplies = { ...SUPPLIES_AT_RESET };
    this.setBusy(true);
  }

  // ---- BUSY and the glass -----------------------------------------------------------------------

  private setBusy(level: boolean): void {
    for (const alarm of this.alarms) alarm.cancel();
    this.alarms = [];
    if (level === this.busy) return;
    this.busy = level;
    this.onBusy(level);
  }

  private busyFor(ns: number): void {
    if (this.running) return;
    this.setBusy(true);
    this.alarms = [this.clock.after(ns, () => this.setBusy(false))];
  }

  private activate(): void {
    // 18h = 80h asks the chip's own sensor; the module has no other.
    const sensor = this.registers.get(0x18)![0] === 0x80 ? Math.round(this.temperatureC) : null;
    const custom = this.supplies.lut === "custom" ? this.silicon.decoded(this.registers.get(LUT)!) : null;
    const work = activation(this.registers.get(0x22)![0]!, this.supplies, sensor, this.film, custom);
    const total = work.beforeNs + work.driveNs + work.afterNs;
    this.running = work;
    this.supplies = work.supplies;
    const refresh: Refresh = {
      startNs: this.clock.now,
      endNs: this.clock.now + total,
      control: this.registers.get(0x22)![0]!,
      waveform: work.waveform,
      reason: work.reason,
      aborted: false,
    };
    this.refreshes.push(refresh);
    this.setBusy(true);
    // RAM ping-pong (37h F6, mode 2 only): the new picture becomes the old one.
    const pingPong = work.waveform && work.mode2 && this.registers.get(0x37)![5]! & 0x40;
    const nextOld = pingPong ? this.planes.bw.slice() : null;
    if (work.waveform) {
      const drive = this.drive.of(work, custom, this.planes);
      this.alarms.push(this.clock.after(work.beforeNs, drive));
      this.alarms.push(this.clock.after(work.beforeNs + work.driveNs, () => this.glass.finish()));
    }
    this.alarms.push(
      this.clock.after(total, () => {
        this.running = null;
        if (nextOld) this.planes.red.set(nextOld);
        this.setBusy(false);
        this.onRefresh(refresh);
      }),
    );
    this.onRefresh(refresh);
  }

  private breakOff(): void {
    if (!this.running) return;
    this.running = null;
    this.glass.freeze();
    this.setBusy(false);
    const refresh = this.refreshes[this.refreshes.length - 1]!;
    refresh.endNs = this.clock.now;
    refresh.aborted = true;
    this.onRefresh(refresh);
  }
}
