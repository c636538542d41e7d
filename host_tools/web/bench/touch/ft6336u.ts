// SPDX-License-Identifier: MIT
// ft6336u: the touch chip of the 4.2 inch pad: 256 registers at I2C 38h (FT6336 datasheet; hardware-facts C.2).

import { type Alarm, type Clock, NS_PER_MS, NS_PER_US } from "../clock.js";
import { clamp, type Place, type Pointer, type TouchChip } from "./touch.js";

const ADDRESS = 0x38;

const GESTURE = 0x01,
  TD_STATUS = 0x02,
  P1 = 0x03,
  P2 = 0x09,
  POINTS_END = 0x0f;
const CTRL = 0x86,
  TO_MONITOR_S = 0x87,
  ACTIVE_HZ = 0x88,
  MONITOR_HZ = 0x89,
  G_MODE = 0xa4,
  POWER_MODE = 0xa5;
const EVENT_DOWN = 0x00,
  EVENT_UP = 0x40,
  EVENT_CONTACT = 0x80; // flags in the high nibble of P1_XH

// Known: identity, 60 scans a second active and 25 in monitor mode. Common in the family, not confirmed here:
// threshold, filter, 10 s to monitor mode, trigger mode.
const AT_RESET: [number, number][] = [
  [0x80, 0x16],
  [0x85, 0xa0],
  [CTRL, 1],
  [TO_MONITOR_S, 10],
  [ACTIVE_HZ, 60],
  [MONITOR_HZ, 25],
  [0x9f, 0x26],
  [0xa0, 0x02],
  [0xa3, 0x64],
  [G_MODE, 1],
  [0xa6, 0x10],
  [0xa8, 0x11],
];
const WRITABLE = new Set([0x00, 0x80, 0x85, CTRL, TO_MONITOR_S, ACTIVE_HZ, MONITOR_HZ, G_MODE, POWER_MODE]);

// Assumptions shared with the Python bench: no answer for 300 ms after a reset, which drivers wait for; the width
// of a pulse is not published.
const START_NS = 300 * NS_PER_MS;
const PULSE_NS = 200 * NS_PER_US;

export class Ft6336u implements TouchChip {
  readonly registers = new Uint8Array(256);
  onInt: (level: boolean) => void = () => {};
  intLevel = true;
  // Whether a lift is reported: users report that it often is not. The real chip's behaviour is unknown.
  reportsLift: () => boolean;
  private pointer: Pointer = () => null;
  private near = false; // something is over the glass, or the last scan saw it
  private touched = false;
  private register = 0;
  private registerNext = false;
  private rst = true;
  private awake = false;
  private monitor = false;
  private beat = 0; // phase of the scans: the time of one of them
  private readonly alarms = new Map<"start" | "scan" | "pulse" | "monitor", Alarm>();

  constructor(
    private readonly clock: Clock,
    reportsLift: () => boolean,
    private readonly width: number,
    private readonly height: number,
  ) {
    this.reportsLift = reportsLift;
    this.powerLoss();
  }

  setRst(level: boolean): void {
    if (level === this.rst) return;
    this.rst = level;
    if (level) this.later("start", START_NS, () => this.started());
    else this.clear();
  }

  powerLoss(): void {
    this.clear();
    if (this.rst) this.later("start", START_NS, () => this.started());
  }

  // ---- I2C: silent in reset, in start-up and in monitor mode ------------------------------------

  start(address: number, read: boolean): boolean {
    if (address !== ADDRESS || !this.awake || this.monitor) return false;
    this.registerNext = !read;
    return true;
  }

  write(byte: number): boolean {
    if (!this.awake || this.monitor) return false;
    if (this.registerNext) {
      this.register = byte;
      this.registerNext = false;
      return true;
    }
    const at = this.register;
    this.register = (at + 1) & 0xff;
    if (!WRITABLE.has(at)) return true;
    this.registers[at] = byte;
    if (at === G_MODE && !this.touched) this.setInt(true);
    if (at === CTRL || at === TO_MONITOR_S) this.countToMonitor();
    return true;
  }

  read(): number {
    const value = this.registers[this.register]!;
    this.register = (this.register + 1) & 0xff;
    return value;
  }

  holdsPosition(): boolean {
    return this.register === GESTURE || (this.register >= P1 && this.register < POINTS_END);
  }

  stop(): void {
    this.registerNext = false;
  }

  // ---- the glass --------------------------------------------------------------------------------

  touch(pointer: Pointer): void {
    this.pointer = pointer;
    this.near = true;
    this.awaitScan();
  }

  lift(): void {
    this.pointer = () => null;
    this.awaitScan();
  }

  reported(): Place | null {
    return this.registers[TD_STATUS]! & 0xf ? this.pointAt(P1) : null;
  }

  pointsHeld(): Place[] {
    return [this.pointAt(P1), this.pointAt(P2)];
  }

  private pointAt(base: number): Place {
    const [xh, xl, yh, yl] = this.registers.subarray(base);
    return { x: ((xh! & 0xf) << 8) | xl!, y: ((yh! & 0xf) << 8) | yl! };
  }

  private clear(): void {
    for (const alarm of this.alarms.values()) alarm.cancel();
    this.alarms.clear();
    this.registers.fill(0);
    for (const [register, value] of AT_RESET) this.registers[register] = value;
    this.awake = this.monitor = this.touched = this.registerNext = false;
    this.register = 0;
    this.setInt(true);
  }

  private started(): void {
    this.awake = true;
    this.beat = this.clock.now;
    this.awaitScan();
    this.countToMonitor();
  }

  // Scans keep their phase with or without a touch; only those that can change something are run.
  private awaitScan(): void {
    if (!this.awake || !this.near || this.alarms.has("scan")) return;
    const hertz = this.registers[this.monitor ? MONITOR_HZ : ACTIVE_HZ]!;
    const period = Math.floor(1e9 / Math.min(Math.max(hertz, 1), 100));
    this.later("scan", period - ((this.clock.now - this.beat) % period), () => this.scan());
  }

  private scan(): void {
    const place = this.pointer();
    if (place) this.see(place);
    else {
      this.near = false;
      if (this.touched) this.lost();
    }
    this.awaitScan();
  }

  private see(place: Place): void {
    if (this.monitor) {
      this.monitor = false;
      this.registers[POWER_MODE] = 0;
      this.beat = this.clock.now;
    }
    this.cancel("monitor");
    const x = clamp(place.x, this.width);
    const y = clamp(place.y, this.height);
    const event = this.touched ? EVENT_CONTACT : EVENT_DOWN;
    this.touched = true;
    // One point, touch id 0; weight and area are plausible constants.
    this.registers.set([1, event | (x >> 8), x & 0xff, y >> 8, y & 0xff, 0x40, 0x10], TD_STATUS);
    this.report();
  }

  private lost(): void {
    this.touched = false;
    if (this.reportsLift()) {
      this.registers[TD_STATUS] = 0;
      this.registers[P1] = (this.registers[P1]! & 0xf) | EVENT_UP;
      this.report();
    }
    if (this.registers[G_MODE] !== 1) this.setInt(true);
    this.countToMonitor();
  }

  // Trigger mode pulses INT at every report; polling mode holds it low while something touches.
  private report(): void {
    this.setInt(false);
    if (this.registers[G_MODE] === 1) this.later("pulse", PULSE_NS, () => this.setInt(true));
  }

  private countToMonitor(): void {
    this.cancel("monitor");
    if (!this.awake || this.touched || this.registers[CTRL] === 0) return;
    this.later("monitor", this.registers[TO_MONITOR_S]! * 1_000 * NS_PER_MS, () => {
      this.monitor = true;
      this.registers[POWER_MODE] = 1;
      this.beat = this.clock.now;
    });
  }

  private setInt(level: boolean): void {
    if (level === this.intLevel) return;
    this.intLevel = level;
    this.onInt(level);
  }

  private later(name: "start" | "scan" | "pulse" | "monitor", ns: number, action: () => void): void {
    this.cancel(name);
    this.alarms.set(
      name,
      this.clock.after(ns, () => {
        this.alarms.delete(name);
        action();
      }),
    );
  }

  private cancel(name: "start" | "scan" | "pulse" | "monitor"): void {
    this.alarms.get(name)?.cancel();
    this.alarms.delete(name);
  }
}
