// SPDX-License-Identifier: MIT
// Tests the panel models against docs/hardware-facts.md, on a clock that the test drives; no firmware.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BenchClock, NS_PER_MS } from "../bench/clock";
import { activation, SUPPLIES_AT_RESET } from "../bench/panel/activation";
import { Controller } from "../bench/panel/controller";
import { Glass } from "../bench/panel/glass";
import { Planes } from "../bench/panel/planes";
import { GDEY029T94, GDEY042T81, SSD1680, SSD1683, WAVESHARE_V2 } from "../bench/panel/silicon";
import { Random } from "../bench/random";

class Bus {
  readonly clock = new BenchClock();
  readonly glass: Glass;
  readonly panel: Controller;

  constructor(silicon = SSD1683, film = GDEY042T81, temperatureC = 25) {
    this.glass = new Glass(silicon.glass.width, silicon.glass.height);
    this.panel = new Controller(this.clock, this.glass, silicon, film, new Random(1), temperatureC);
    this.panel.setCs(false);
  }

  send(op: number, ...data: number[]): number[] {
    this.panel.setDc(false);
    this.panel.transfer(op);
    this.panel.setDc(true);
    return data.map((byte) => this.panel.transfer(byte));
  }

  ms(ms: number): void {
    this.clock.advance(ms * NS_PER_MS);
  }

  // Writes one value to both planes and runs an activation with `control`.
  fill(bw: number, red: number): void {
    this.panel.planes.bw.fill(bw);
    this.panel.planes.red.fill(red);
  }

  refresh(control: number): number {
    this.send(0x18, 0x80);
    this.send(0x22, control);
    this.send(0x20);
    const start = this.clock.now;
    while (this.panel.busy) this.ms(1);
    return (this.clock.now - start) / NS_PER_MS;
  }
}

test("a differential refresh takes 358 ms of BUSY once the supplies are on, and moves only what differs", () => {
  const bus = new Bus();
  bus.refresh(0xe0);
  bus.fill(0x0f, 0xff);
  const busy = bus.refresh(0xfc);
  assert.ok(Math.abs(busy - 358) <= 1, `${busy}`);
  const grey = bus.glass.grey();
  assert.ok(grey[0]! < 80 && grey[4]! > 200, `${grey[0]} ${grey[4]}`);
});

test("a differential refresh leaves a ghost, and a flashing one removes it", () => {
  const bus = new Bus();
  bus.fill(0x00, 0xff);
  bus.refresh(0xfc);
  const black = bus.glass.now()[0]!;
  assert.ok(black > 0.015 && black < 0.03, `${black}`);
  bus.fill(0xff, 0x00);
  bus.refresh(0xfc);
  const ghost = 1 - bus.glass.now()[0]!;
  assert.ok(ghost > 0.015, `${ghost}`);
  bus.fill(0xff, 0xff);
  bus.send(0x21, 0x40, 0x00);
  bus.refresh(0xf7);
  assert.ok(1 - bus.glass.now()[0]! < ghost / 50);
});

test("mode 1 superimposes both planes unless 21h bypasses the old one", () => {
  for (const [option, white] of [
    [0x00, false],
    [0x40, true],
  ] as const) {
    const bus = new Bus();
    bus.fill(0xff, 0x00);
    bus.send(0x21, option, 0x00);
    bus.refresh(0xf7);
    assert.equal(bus.glass.now()[0]! > 0.5, white);
  }
});

test("a temperature that no waveform covers paints nothing, without an error, and fast", () => {
  const bus = new Bus(SSD1683, GDEY042T81, -5);
  bus.fill(0x00, 0xff);
  const busy = bus.refresh(0xfc);
  assert.ok(busy < 200, `${busy}`); // a partial waveform takes 358
  assert.ok(bus.glass.now().every((tone) => tone === 1));
  assert.deepEqual(
    bus.panel.refreshes.map(({ waveform, reason }) => [waveform, reason]),
    [[null, "no waveform for -5 degrees"]],
  );
  assert.deepEqual(bus.panel.errors, []);
});

test("1Ah chooses the fast waveform: one byte on the SSD1683, twelve bits on the SSD1680", () => {
  const reference = new Bus();
  reference.refresh(0xe0);
  reference.send(0x1a, 0x6e);
  assert.ok(Math.abs(reference.refresh(0xd7) - 1_140 - 268) <= 2);
  const starter = new Bus(SSD1680, GDEY029T94);
  starter.refresh(0xe0);
  starter.send(0x1a, 0x64, 0x00);
  assert.ok(Math.abs(starter.refresh(0xd7) - 1_715 - 140) <= 2);
  assert.equal(SSD1680.degreesOf(Uint8Array.of(0xfb, 0x00)), -5);
  assert.equal(SSD1683.degreesOf(Uint8Array.of(0xfb)), -5);
});

test("the Waveshare film has no partial waveform in its OTP", () => {
  const at = { ...SUPPLIES_AT_RESET, clock: true, analog: true };
  assert.equal(activation(0xfc, at, 25, WAVESHARE_V2, null).waveform, null);
  assert.equal(activation(0xfc, at, 25, GDEY029T94, null).waveform, "partial");
  assert.equal(activation(0xf7, at, 25, WAVESHARE_V2, null).waveform, "full");
});

test("without 21h B7 the picture of the 2.9 inch glass is 8 pixels off", () => {
  for (const [option, row] of [
    [0x80, 127],
    [0x00, 135],
  ] as const) {
    const bus = new Bus(SSD1680, GDEY029T94);
    bus.fill(0xff, 0xff);
    bus.panel.planes.bw[0] = 0x7f; // source 0 of gate 0: black
    bus.send(0x21, 0x40, option);
    const page = bus.panel.page();
    const found = page.indexOf(0);
    assert.equal(found, row < 128 ? row * 296 : -1);
  }
});

test("waveforms in the registers have the length that their frames and rate give", () => {
  const lut = new Uint8Array(153);
  lut[12] = 0x80; // LUT1, group 0, phase A: VSL
  lut[24] = 0x40; // LUT2: VSH1
  lut[60] = 11; // frames
  lut[144] = 0x20; // 50 Hz
  assert.deepEqual(SSD1680.decoded(lut), [{ ns: 220 * NS_PER_MS, codes: [0, 2, 1, 0], com: 0 }]);
  lut[144] = 0; // no rate
  assert.equal(SSD1680.decoded(lut), null);
  const other = new Uint8Array(227);
  other.set([2, 5, 0, 0, 0, 3, 0]); // LUTC: RP 2, SR 3, counts as written
  other.set([1, 0x40 | 5, 0x80 | 1, 0, 0, 1, 0], 42); // white that stays white
  other[224] = 2;
  const steps = SSD1683.decoded(other)!;
  assert.equal(
    steps.reduce((sum, step) => sum + step.ns, 0),
    (30 * 1e9) / 50,
  );
  assert.deepEqual(
    steps.slice(0, 3).map(({ codes }) => codes),
    [
      [0, 0, 0, 1],
      [0, 0, 0, 2],
      [0, 0, 0, 0],
    ],
  );
});

test("a register waveform moves pixels by its voltages, also the wrong way, and adds up", () => {
  for (const [code, white] of [
    [0x40, false],
    [0x80, true],
  ] as const) {
    const bus = new Bus();
    bus.fill(0x00, 0xff); // white to black everywhere
    bus.refresh(0xf8);
    const lut = new Uint8Array(227);
    for (let table = 0; table < 5; table++)
      lut.set([1, 6 | (table === 2 ? code : 0), 0, 0, 0, 1, 1], 42 * table);
    lut[224] = 5;
    bus.send(0x32, ...lut);
    const busy = bus.refresh(0x0c);
    assert.ok(Math.abs(busy - 54) <= 1, `${busy}`);
    const first = bus.glass.now()[0]!;
    bus.refresh(0x0c);
    const second = bus.glass.now()[0]!;
    assert.ok(
      white ? first === 1 && second === 1 : first < 0.8 && second < first - 0.1,
      `${first} ${second}`,
    );
  }
});

test("RST aborts a waveform, keeps the planes, and resets the registers", () => {
  const bus = new Bus();
  bus.fill(0x00, 0xff);
  bus.send(0x18, 0x80);
  bus.send(0x22, 0xfc);
  bus.send(0x20);
  bus.ms(96 + 86 + 135); // half way
  bus.panel.setRst(false);
  assert.equal(bus.panel.busy, false);
  bus.panel.setRst(true);
  bus.ms(500);
  const tone = bus.glass.now()[0]!;
  assert.ok(tone > 0.4 && tone < 0.6, `${tone}`);
  assert.equal(bus.panel.planes.bw[0], 0x00);
  assert.equal(bus.panel.refreshes[0]!.aborted, true);
});

test("deep sleep 1 keeps the RAM, 2 loses it; only RST wakes", () => {
  for (const [mode, kept] of [
    [1, true],
    [3, false],
  ] as const) {
    const bus = new Bus();
    bus.fill(0xa5, 0xa5);
    bus.send(0x10, mode);
    assert.equal(bus.panel.busy, true);
    bus.send(0x22, 0xf7);
    assert.equal(bus.panel.errors.length, 1);
    bus.panel.setRst(false);
    bus.panel.setRst(true);
    bus.ms(3);
    assert.equal(bus.panel.busy, false);
    assert.equal(
      bus.panel.planes.bw.every((byte) => byte === 0xa5),
      kept,
    );
  }
});

test("ping-pong makes the new picture the old one, in display mode 2 alone", () => {
  for (const [control, red] of [
    [0xfc, 0x0f],
    [0xf7, 0xff],
  ] as const) {
    const bus = new Bus();
    bus.fill(0x0f, 0xff);
    bus.send(0x37, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0);
    bus.refresh(control);
    assert.equal(bus.panel.planes.red[0], red);
  }
});

test("commands during BUSY and a bus that is too fast are noted; 20h during BUSY does nothing", () => {
  const bus = new Bus();
  bus.panel.busHz = 25e6;
  bus.send(0x22, 0xf7);
  bus.panel.busHz = 15e6;
  bus.send(0x20);
  bus.send(0x20);
  assert.deepEqual(bus.panel.errors, ["22h: bus clock too fast", "20h: command while BUSY"]);
  assert.equal(bus.panel.refreshes.length, 1);
});

test("the status register shows the chip and BUSY; RAM reads back after a dummy", () => {
  const bus = new Bus();
  bus.fill(0x12, 0x34);
  assert.deepEqual(bus.send(0x2f, 0), [0x01]);
  assert.deepEqual(bus.send(0x27, 0, 0), [0xff, 0x12]);
  bus.send(0x41, 1);
  assert.deepEqual(bus.send(0x27, 0, 0), [0xff, 0x34]);
});

test("window and counters walk as the data entry mode says", () => {
  const walk = (mode: number, x: number, y: number) => {
    const planes = new Planes(400, 300);
    planes.bw.fill(0);
    planes.setEntry(mode);
    planes.setColumns(x, x + (mode & 1 ? 1 : -1));
    planes.setRows(y, y + (mode & 2 ? 1 : -1));
    planes.setX(x);
    planes.setY(y);
    for (let value = 1; value <= 5; value++) planes.write(planes.bw, value);
    return (dx: number, dy: number) => planes.bw[(y + dy) * 50 + x + dx];
  };
  const right = walk(3, 10, 20); // the fifth byte comes round to the first place
  assert.deepEqual([right(0, 0), right(1, 0), right(0, 1), right(1, 1)], [5, 2, 3, 4]);
  const up = walk(0, 10, 20);
  assert.deepEqual([up(0, 0), up(-1, 0), up(0, -1), up(-1, -1)], [5, 2, 3, 4]);
  const columns = walk(7, 10, 20);
  assert.deepEqual([columns(0, 0), columns(0, 1), columns(1, 0), columns(1, 1)], [5, 2, 3, 4]);
});

test("bytes outside the RAM are dropped", () => {
  const planes = new Planes(176, 296);
  planes.setColumns(20, 30);
  planes.setX(20);
  for (let index = 0; index < 4; index++) planes.write(planes.bw, 0xee);
  assert.equal(planes.outside, 2);
  assert.deepEqual([...planes.bw.subarray(20, 24)], [0xee, 0xee, 0, 0]);
});

test("auto-fill: F7 is all ones, 00 alternates in blocks of 8", () => {
  const planes = new Planes(400, 300);
  planes.fill(planes.bw, 0xf7);
  assert.ok(planes.bw.every((byte) => byte === 0xff));
  planes.fill(planes.bw, 0x00);
  assert.deepEqual([planes.bw[0], planes.bw[1], planes.bw[50 * 8]], [0x00, 0xff, 0xff]);
});
