// SPDX-License-Identifier: MIT
// Clock, touch chips, contacts, UF2, USB descriptors and the search, on their own; no firmware.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BenchClock, ChipClock, NS_PER_MS } from "../bench/clock";
import { configurationFrom } from "../bench/host/descriptors";
import { Needles } from "../bench/search";
import { Ft6336u } from "../bench/touch/ft6336u";
import { Icnt86x } from "../bench/touch/icnt86x";
import { BadImage, flashFrom } from "../bench/uf2";

test("alarms run at their own time, simultaneous ones in order of creation, cancelled ones never", () => {
  const clock = new BenchClock();
  const log: string[] = [];
  const say = (what: string) => () => log.push(`${what}@${clock.now}`);
  clock.after(20, say("late"));
  clock.after(10, say("first"));
  clock.after(10, say("second"));
  const never = clock.after(15, say("never"));
  clock.after(5, () => never.cancel());
  clock.advance(30);
  assert.deepEqual(log, ["first@10", "second@10", "late@20"]);
  assert.equal(clock.now, 30);
  assert.throws(() => clock.after(-1, () => {}), RangeError);
});

test("a chip's clock starts at zero, and its alarms die with it", () => {
  const clock = new BenchClock();
  clock.advance(1_000);
  const chip = new ChipClock(clock);
  let ran = 0;
  const alarm = chip.createAlarm(() => ran++);
  assert.equal(chip.nanos, 0);
  alarm.schedule(50);
  alarm.schedule(10); // takes the place of the first
  clock.advance(100);
  assert.equal(ran, 1);
  alarm.schedule(10);
  chip.stop();
  alarm.schedule(10);
  clock.advance(100);
  assert.equal(ran, 1);
});

function ft6336u(lift = true) {
  const clock = new BenchClock();
  const chip = new Ft6336u(clock, () => lift, 400, 300);
  const falls: number[] = [];
  chip.onInt = (level) => {
    if (!level) falls.push(clock.now / NS_PER_MS);
  };
  const read = (register: number, count: number) => {
    chip.start(0x38, false);
    chip.write(register);
    chip.stop();
    chip.start(0x38, true);
    return Array.from({ length: count }, () => chip.read());
  };
  return { clock, chip, falls, read };
}

test("FT6336U: no answer for 300 ms, then sixty scans a second, point and flags as in the datasheet", () => {
  const { clock, chip, falls, read } = ft6336u();
  assert.equal(chip.start(0x38, false), false);
  clock.advance(300 * NS_PER_MS);
  assert.equal(chip.start(0x38, false), true);
  assert.equal(chip.start(0x39, false), false);
  chip.touch(() => ({ x: 299.6, y: 17 }));
  clock.advance(100 * NS_PER_MS);
  assert.equal(falls.length, 6);
  assert.deepEqual(read(0x02, 5), [1, 0x80 | (300 >> 8), 300 & 0xff, 0, 17]);
  assert.deepEqual(chip.reported(), { x: 300, y: 17 });
});

test("FT6336U: a lift is reported or not; coordinates stay until RST", () => {
  for (const lift of [true, false]) {
    const { clock, chip, falls } = ft6336u(lift);
    clock.advance(300 * NS_PER_MS);
    chip.touch(() => ({ x: 30, y: 40 }));
    clock.advance(40 * NS_PER_MS);
    const before = falls.length;
    chip.lift();
    clock.advance(100 * NS_PER_MS);
    assert.equal(falls.length - before, lift ? 1 : 0);
    assert.deepEqual(chip.pointsHeld()[0], { x: 30, y: 40 });
    chip.setRst(false);
    assert.deepEqual(chip.pointsHeld()[0], { x: 0, y: 0 });
  }
});

test("FT6336U: without touches it enters monitor mode and stops answering, unless 86h is 0", () => {
  for (const [ctrl, open] of [
    [1, false],
    [0, true],
  ] as const) {
    const { clock, chip } = ft6336u();
    clock.advance(300 * NS_PER_MS);
    chip.start(0x38, false);
    chip.write(0x86);
    chip.write(ctrl);
    chip.stop();
    clock.advance(11_000 * NS_PER_MS);
    assert.equal(chip.start(0x38, false), open);
  }
});

test("ICNT86X: INT stays low until 0 is written to 1001h; low byte first; zero pressure after a lift", () => {
  const clock = new BenchClock();
  const chip = new Icnt86x(clock, 296, 128);
  let falls = 0;
  chip.onInt = (level) => {
    if (!level) falls++;
  };
  const acknowledge = () => {
    chip.start(0x48, false);
    for (const byte of [0x10, 0x01, 0x00]) chip.write(byte);
    chip.stop();
  };
  clock.advance(300 * NS_PER_MS);
  chip.touch(() => ({ x: 290, y: 5 }));
  clock.advance(50 * NS_PER_MS);
  assert.equal(falls, 1);
  assert.equal(chip.intLevel, false);
  chip.start(0x48, false);
  chip.write(0x10);
  chip.write(0x01);
  chip.start(0x48, true);
  assert.deepEqual(
    Array.from({ length: 7 }, () => chip.read()),
    [1, 0, 290 & 0xff, 290 >> 8, 5, 0, 0x40],
  );
  acknowledge();
  assert.equal(chip.intLevel, true);
  chip.lift();
  for (let index = 0; index < 10; index++) {
    clock.advance(10 * NS_PER_MS);
    acknowledge();
  }
  assert.equal(falls, 1 + 5);
  assert.equal(chip.reported(), null);
});

function uf2(change: (block: DataView) => void = () => {}): ArrayBuffer {
  const block = new DataView(new ArrayBuffer(512));
  const words = [0x0a324655, 0x9e5d5157, 0x2000, 0x10000000, 256, 0, 1, 0xe48bff56];
  words.forEach((word, index) => {
    block.setUint32(4 * index, word, true);
  });
  block.setUint32(508, 0x0ab16f30, true);
  block.setUint8(32, 0x77);
  change(block);
  return block.buffer as ArrayBuffer;
}

test("a UF2 becomes the flash of its board; anything else is refused", () => {
  const flash = flashFrom(uf2(), "pico");
  assert.deepEqual([flash.length, flash[0], flash[256]], [2 * 1024 * 1024, 0x77, 0xff]);
  const wrong: ((block: DataView) => void)[] = [
    (block) => block.setUint32(0, 0, true),
    (block) => block.setUint32(508, 0, true),
    (block) => block.setUint32(28, 0xe48bff59, true), // RP2350
    (block) => block.setUint32(20, 1, true),
    (block) => block.setUint32(12, 0x20000000, true),
    (block) => block.setUint32(16, 128, true),
  ];
  for (const change of wrong) assert.throws(() => flashFrom(uf2(change), "pico"), BadImage);
  assert.throws(() => flashFrom(uf2().slice(0, 500), "pico"), BadImage);
  assert.throws(() => flashFrom(new ArrayBuffer(0), "pico"), BadImage);

  const family = (number: number) => uf2((block) => block.setUint32(28, number, true));
  assert.throws(() => flashFrom(uf2(), "pico2"), BadImage);
  assert.equal(flashFrom(family(0xe48bff59), "pico2").length, 4 * 1024 * 1024);
});

test("the block of erratum E10 before an image for the RP2350 is ignored, and only there", () => {
  const image = uf2((block) => block.setUint32(28, 0xe48bff59, true));
  const ignored = uf2((block) => {
    block.setUint32(28, 0xe48bff57, true);
    block.setUint32(12, 0x10ffff00, true);
  });
  const joined = (...parts: ArrayBuffer[]) =>
    Uint8Array.from(parts.flatMap((part) => [...new Uint8Array(part)])).buffer as ArrayBuffer;
  assert.equal(flashFrom(joined(ignored, image), "pico2")[0], 0x77);
  assert.throws(() => flashFrom(joined(image, ignored), "pico2"), BadImage);
  assert.throws(() => flashFrom(ignored, "pico2"), BadImage);
});

test("the host finds the endpoints of a CDC function", () => {
  const raw = Uint8Array.of(
    9,
    2,
    39,
    0,
    2,
    3,
    0,
    0x80,
    50,
    9,
    4,
    1,
    0,
    1,
    2,
    2,
    0,
    0,
    7,
    5,
    0x81,
    3,
    16,
    0,
    16,
    7,
    5,
    0x02,
    2,
    64,
    0,
    0,
    7,
    5,
    0x82,
    2,
    64,
    0,
    0,
  );
  assert.deepEqual(configurationFrom(raw), { value: 3, controlInterface: 1, notificationIn: 1, bulkOut: 2 });
  assert.throws(() => configurationFrom(Uint8Array.of(9, 2, 11, 0, 0, 1, 0, 0, 0, 0, 0)));
});

// A page of 400 x 60 with wild ink in rows 20 to 39, and the points of one stroke.
function note() {
  const [width, height] = [400, 60];
  const picture = new Uint8Array(width * height).fill(1);
  const ink = new Uint8Array(width * height);
  let state = 7;
  for (let y = 20; y < 40; y++) {
    for (let x = 100; x < 300; x++) {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      if (state % 3) continue;
      picture[y * width + x] = 0;
      ink[y * width + x] = 1;
    }
  }
  const points = Array.from({ length: 20 }, (_, index) => ({ x: 100 + 7 * index, y: 300 - 5 * index }));
  return { width, height, picture, ink, points };
}

function rows({ width, picture }: ReturnType<typeof note>, shift: number): Uint8Array {
  const bytes = new Uint8Array(picture.length / 8 + 1);
  picture.forEach((white, index) => {
    const at = index + shift;
    bytes[at >> 3]! |= white << (7 - (at & 7));
  });
  return bytes.subarray(0, (width * 60) / 8);
}

test("the search finds a note in every form it knows, and nothing where there is none", () => {
  const written = note();
  const needles = new Needles(written);
  const reversed = (byte: number) => parseInt([...byte.toString(2).padStart(8, "0")].reverse().join(""), 2);
  const forms: Record<string, Uint8Array> = {
    plain: rows(written, 0),
    "three bits on": rows(written, 3),
    inverted: rows(written, 0).map((byte) => byte ^ 0xff),
    "bit-reversed": rows(written, 0).map(reversed),
    "points, packed": new Uint8Array(Uint16Array.from(written.points.flatMap(({ x, y }) => [x, y])).buffer),
    "points, words": new Uint8Array(Uint32Array.from(written.points.flatMap(({ x, y }) => [y, x])).buffer),
    "points, small integers": new Uint8Array(
      Uint32Array.from(written.points.flatMap(({ x, y }) => [2 * x + 1, 2 * y + 1])).buffer,
    ),
  };
  for (const [name, memory] of Object.entries(forms)) assert.ok(needles.find(memory).length > 5, name);
  const noise = new Uint8Array(200_000);
  let state = 1;
  for (let index = 0; index < noise.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    noise[index] = state >>> 24;
  }
  assert.deepEqual(needles.find(noise), []);
  assert.deepEqual(needles.find(new Uint8Array(50_000)), []);
  assert.equal(
    needles.pointsIn([
      { x: 107, y: 295 },
      { x: 1, y: 1 },
    ]),
    1,
  );
});

test("a lone slanted stroke is found by its columns", () => {
  const written = note();
  written.picture.fill(1);
  written.ink.fill(0);
  for (let y = 10; y < 50; y++) {
    for (const x of [200 + Math.floor(y / 2), 201 + Math.floor(y / 2)]) {
      written.picture[y * 400 + x] = 0;
      written.ink[y * 400 + x] = 1;
    }
  }
  const needles = new Needles({ ...written, points: [] });
  assert.ok(needles.find(rows(written, 0)).length > 0);
  assert.ok(needles.find(rows(written, 0).map((byte) => byte ^ 0xff)).length > 0);
});

test("patterns in memory before the note are no evidence", () => {
  const written = note();
  const needles = new Needles(written);
  assert.ok(needles.find(rows(written, 0)).length > 5);
  needles.forget(rows(written, 0));
  assert.deepEqual(needles.find(rows(written, 0)), []);
});
