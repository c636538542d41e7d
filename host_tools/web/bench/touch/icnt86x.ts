// SPDX-License-Identifier: MIT
// icnt86x: the touch chip of the 2.9 inch pad: 16-bit registers at I2C 48h (hardware-facts C.1).
//
// Addresses come high byte first; numbers in a point low byte first. INT is low from a report until 0 is
// written to 1001h, and until then there is no other report.

import { type Alarm, type Clock, NS_PER_MS } from "../clock.js";
import { clamp, type Place, type Pointer, type TouchChip } from "./touch.js";

const ADDRESS = 0x48;

const IDENTITY = 0x000a;
const IDENTITY_VALUE = [0x86, 0x00, 0x01, 0x00]; // the real one is not published
const COUNT = 0x1001,
  POINTS = 0x1002;
const POINT_BYTES = 7,
  MOST_POINTS = 5;
const SPACE = 0x1100;
const FIRM = 0x40;

// Assumptions shared with the Python bench: 100 reports a second, 300 ms to start, five zero-pressure reports
// after a lift (the vendor's demo sees "one point" repeated; how often is not known).
const PERIOD_NS = 10 * NS_PER_MS;
const START_NS = 300 * NS_PER_MS;
const LIFT_REPORTS = 5;

export class Icnt86x implements TouchChip {
  readonly registers = new Uint8Array(SPACE);
  onInt: (level: boolean) => void = () => {};
  intLevel = true;
  private pointer: Pointer | null = null;
  private liftsLeft = 0;
  private addressBytes = 0;
  private address = 0;
  private rst = true;
  private awake = false;
  private beat = 0;
  private starting: Alarm | null = null;
  private scanning: Alarm | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly width: number,
    private readonly height: number,
  ) {
    this.powerLoss();
  }

  setRst(level: boolean): void {
    if (level === this.rst) return;
    this.rst = level;
    if (level) this.startUp();
    else this.clear();
  }

  powerLoss(): void {
    this.clear();
    if (this.rst) this.startUp();
  }

  start(address: number, read: boolean): boolean {
    if (address !== ADDRESS || !this.awake) return false;
    this.addressBytes = read ? 0 : 2;
    return true;
  }

  write(byte: number): boolean {
    if (!this.awake) return false;
    if (this.addressBytes > 0) {
      this.addressBytes--;
      this.address = ((this.address << 8) | byte) & 0xffff;
      return true;
    }
    if (this.address === COUNT && byte === 0) {
      this.registers[COUNT] = 0;
      this.setInt(true);
    }
    this.address = (this.address + 1) & 0xffff;
    return true;
  }

  read(): number {
    const value = this.address < SPACE ? this.registers[this.address]! : 0xff;
    this.address = (this.address + 1) & 0xffff;
    return value;
  }

  holdsPosition(): boolean {
    return this.address >= POINTS && this.address < POINTS + MOST_POINTS * POINT_BYTES;
  }

  stop(): void {
    this.addressBytes = 0;
  }

  touch(pointer: Pointer): void {
    this.pointer = pointer;
    this.liftsLeft = LIFT_REPORTS;
    this.awaitScan();
  }

  lift(): void {
    this.pointer = null;
    this.awaitScan();
  }

  reported(): Place | null {
    const pressure = this.registers[POINTS + 5]!;
    return this.registers[COUNT] && pressure ? this.pointsHeld()[0]! : null;
  }

  pointsHeld(): Place[] {
    return Array.from({ length: MOST_POINTS }, (_, index) => {
      const [, xl, xh, yl, yh] = this.registers.subarray(POINTS + POINT_BYTES * index);
      return { x: xl! | (xh! << 8), y: yl! | (yh! << 8) };
    });
  }

  private clear(): void {
    this.starting?.cancel();
    this.scanning?.cancel();
    this.starting = this.scanning = null;
    this.registers.fill(0);
    this.registers.set(IDENTITY_VALUE, IDENTITY);
    this.awake = false;
    this.liftsLeft = this.addressBytes = this.address = 0;
    this.setInt(true);
  }

  private startUp(): void {
    this.starting = this.clock.after(START_NS, () => {
      this.awake = true;
      this.beat = this.clock.now;
      if (this.pointer) this.liftsLeft = LIFT_REPORTS;
      this.awaitScan();
    });
  }

  private awaitScan(): void {
    if (!this.awake || this.scanning || !(this.pointer || this.liftsLeft)) return;
    const wait = PERIOD_NS - ((this.clock.now - this.beat) % PERIOD_NS);
    this.scanning = this.clock.after(wait, () => {
      this.scanning = null;
      this.scan();
      this.awaitScan();
    });
  }

  private scan(): void {
    if (!this.intLevel) return; // the last report has not been acknowledged
    const place = this.pointer?.();
    if (place) {
      const x = clamp(place.x, this.width);
      const y = clamp(place.y, this.height);
      this.report([0, x & 0xff, x >> 8, y & 0xff, y >> 8, FIRM, 0]);
    } else if (this.liftsLeft > 0) {
      this.liftsLeft--;
      this.report([...this.registers.subarray(POINTS, POINTS + 5), 0, 0]);
    }
  }

  private report(point: number[]): void {
    this.registers[COUNT] = 1;
    this.registers.set(point, POINTS);
    this.setInt(false);
  }

  private setInt(level: boolean): void {
    if (level === this.intLevel) return;
    this.intLevel = level;
    this.onInt(level);
  }
}
