// SPDX-License-Identifier: MIT
// The page's parts that need no document, run by node's own test runner on the bundle of this file.
import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  Board,
  EventName,
  EventReport,
  ImageEntry,
  Language,
  PanelName,
  StateReport,
} from "../bench/contract";
import { PANELS } from "../bench/spec.gen";
import { apply } from "../page/bench_link";
import { DelayMeter } from "../page/delay_meter";
import { eventText } from "../page/event_log";
import { FILM_BLACK, FILM_WHITE, tint } from "../page/glass_view";
import { imageFor, PRACTICE_LIMITS, readOptions, writeOptions } from "../page/options";
import { fittingScale } from "../page/pad_shape";
import { onGlass } from "../page/pen";
import { GLOWS, glowOf, shadeOf } from "../page/ram_view";
import { sampleNote } from "../page/sample_note";
import { samplesOf } from "../page/sample_pen";
import { PageWatch } from "../page/shown_page";
import { padState } from "../page/status_view";
import { TEXTS } from "../page/strings";
import { WipeWatch } from "../page/wipe_watch";

function event(nowMs: number, name: EventName, detail?: string): EventReport {
  return { type: "event", nowMs, name, ...(detail === undefined ? {} : { detail }) };
}

function state(change: Partial<StateReport>): StateReport {
  return {
    type: "state",
    nowMs: 0,
    ratio: 1,
    cyclesPerSecond: 1,
    powered: true,
    vbus: true,
    enumerated: true,
    dtr: false,
    suspended: false,
    dsr: false,
    dcd: false,
    ri: false,
    led: false,
    refreshing: false,
    penDown: false,
    ...change,
  };
}

test("a wipe is shown with its cause and each step in milliseconds after it", () => {
  const watch = new WipeWatch();
  for (const each of [
    event(1_000, "byte-sent", "R"),
    event(5_000, "key-down", "wipe"),
    event(5_001.5, "owners-clean"),
  ]) {
    watch.take(each);
  }
  watch.take(event(5_014, "planes-white"));
  watch.take(event(6_800, "modem", "DSR+ DCD-"));
  watch.take(event(9_000, "planes-white")); // from a later refresh, not from this wipe
  assert.equal(watch.last?.cause?.detail, "wipe");
  assert.deepEqual(watch.last?.steps, { memory: 1.5, planes: 14, ready: 1_800 });
});

test("MODE and M end no note; a wipe without an input has no cause", () => {
  const watch = new WipeWatch();
  watch.take(event(4_999, "key-down", "mode"));
  watch.take(event(4_999, "byte-sent", "M"));
  assert.equal(watch.take(event(5_000, "owners-clean")), true);
  assert.equal(watch.last?.cause, null);
  assert.equal(watch.last?.startMs, 5_000);
});

test("an input long before a wipe is not its cause", () => {
  const watch = new WipeWatch();
  watch.take(event(1_000, "dtr-low"));
  watch.take(event(60_000, "owners-clean"));
  assert.equal(watch.last?.cause, null);
});

test("the delay runs from the pen to the first pixel that darkens near it", () => {
  const film = { width: 100, height: 40, grey: new Uint8Array(4_000).fill(237) };
  const meter = new DelayMeter();
  film.grey[20 * 100 + 50] = 90; // old ink, under the pen
  meter.pointerDown(1_000, 50, 20, film);
  film.grey[20 * 100 + 51] = 100;
  assert.equal(meter.glass(film, 90, 900), false); // the emulated pen has not come down yet
  film.grey[20 * 100 + 51] = 237;
  meter.penDown(100);
  film.grey[38 * 100 + 95] = 80; // elsewhere: the strip
  film.grey[20 * 100 + 50] = 240; // fading
  assert.equal(meter.glass(film, 150, 1_060), false);
  film.grey[21 * 100 + 49] = 215;
  assert.equal(meter.glass(film, 180, 1_095), true);
  assert.deepEqual(meter.last, { emulatedMs: 80, realMs: 95 });
});

test("options come from the address, and only known ones", () => {
  const all = readOptions(
    "?board=pico2&panel=2in9-v2&lang=en&theme=dark&bench=1&sample=0&practice=1&calls=5&wrapup=60&gap=10&sound=1",
    ["ja"],
  );
  assert.deepEqual(all, {
    ...{ board: "pico2", panel: "2in9-v2", language: "en", theme: "dark", bench: true, sample: false },
    practice: { on: true, calls: 5, wrapUpS: 60, gapS: 10, sound: true },
  });
  assert.deepEqual(readOptions(writeOptions(all), []), all);
  const plain = readOptions("?board=pico3&panel=9in9&lang=xx&calls=-2&wrapup=1e9&gap=99999&sound=yes", [
    "de-DE",
  ]);
  assert.deepEqual(plain, {
    ...{ board: "pico", panel: "4in2", language: "en", theme: "auto", bench: false, sample: true },
    practice: { on: false, calls: 3, wrapUpS: 30, gapS: 6, sound: false },
  });
  assert.equal(readOptions("?calls=0&wrapup=9999", []).practice.calls, PRACTICE_LIMITS.calls.least);
  assert.equal(readOptions("?calls=0&wrapup=9999", []).practice.wrapUpS, PRACTICE_LIMITS.wrapup.most);
  assert.equal(readOptions("", ["ja-JP", "en"]).language, "ja");
  assert.equal(writeOptions(plain), "?board=pico&panel=4in2&lang=en");
});

test("both films of the 2.9 inch pad run its image; a missing image is not replaced by another one", () => {
  const image: ImageEntry = {
    ...{ name: "n", board: "pico", panel: "2in9", lang: "ja" },
    ...{ uf2: "", changes: [], map: "", sha256: "" },
  };
  const found = (board: Board, panel: PanelName, language: Language) =>
    imageFor({ images: [image] }, { board, panel, language });
  assert.equal(found("pico", "2in9-v2", "ja"), image);
  assert.equal(found("pico2", "2in9", "ja"), undefined);
  assert.equal(found("pico", "4in2", "ja"), undefined);
  assert.equal(found("pico", "2in9", "en"), undefined);
});

test("a language changes its bytes of the image, and no others", () => {
  const file = Uint8Array.of(0, 1, 2, 3, 4, 5).buffer as ArrayBuffer;
  apply(
    [
      [1, "ff0a"],
      [5, "80"],
    ],
    file,
  );
  assert.deepEqual([...new Uint8Array(file)], [0, 0xff, 0x0a, 3, 4, 0x80]);
  apply([], file);
  assert.deepEqual([...new Uint8Array(file)], [0, 0xff, 0x0a, 3, 4, 0x80]);
});

test("points of the window become pixels of the glass, kept on it", () => {
  const box = { left: 100, top: 50, width: 800, height: 600 };
  assert.deepEqual(onGlass(500, 350, box, 400, 300), { x: 200, y: 150 });
  assert.deepEqual(onGlass(0, 5_000, box, 400, 300), { x: 0, y: 300 });
});

test("stretching makes a ghost of one level visible and keeps ink and paper", () => {
  const difference = (stretched: boolean) =>
    tint(FILM_WHITE, stretched)[0] - tint(FILM_WHITE - 1, stretched)[0];
  assert.ok(difference(false) <= 2);
  assert.ok(difference(true) >= 8);
  for (const grey of [FILM_BLACK, FILM_WHITE]) assert.deepEqual(tint(grey, true), tint(grey, false));
});

test("ink glows from the first byte, more with more of it, in another shade for each stroke", () => {
  assert.equal(glowOf(0), 0);
  assert.ok(glowOf(4) > 0.4);
  assert.ok(glowOf(255) > glowOf(4));
  assert.equal(glowOf(255), 1);
  assert.notDeepEqual(shadeOf(1), shadeOf(2));
  assert.deepEqual(shadeOf(1), shadeOf(1 + GLOWS.length));
  for (const [red, green, blue] of GLOWS) assert.ok(red > green && green > blue, "orange");
});

test("the state follows from power and the three bits", () => {
  assert.equal(padState(null, false), "loading");
  assert.equal(padState(state({ powered: false, dcd: true }), true), "off");
  assert.equal(padState(state({}), false), "starting");
  assert.equal(padState(state({ dsr: true }), true), "ready");
  assert.equal(padState(state({ dcd: true }), true), "note");
  assert.equal(padState(state({}), true), "wiping");
  assert.equal(padState(state({ ri: true, dsr: true }), true), "fault");
});

test("a blank pad is not called ready while it shows AWAY or PAYMENT", () => {
  assert.equal(padState(state({ dsr: true }), true, "away"), "away");
  assert.equal(padState(state({ dsr: true }), true, "payment"), "payment");
  assert.equal(padState(state({ dcd: true }), true, "away"), "note");
});

test("the page that a wipe ends with follows from keys and bytes", () => {
  const blank = event(2_000, "modem", "DSR+");
  const wiping = event(1_000, "modem", "DSR-");
  const away = event(0, "key-down", "away");
  const byte = (letter: string) => event(0, "byte-sent", letter);
  const cases: [EventReport[], string][] = [
    [[blank], "ready"],
    [[blank, away, wiping, blank], "away"],
    [[blank, away, wiping, away, blank], "away"],
    [[blank, away, wiping, blank, away, wiping, blank], "ready"],
    [[blank, away, wiping, blank, byte("K")], "away"],
    [[blank, away, wiping, blank, event(0, "dtr-low")], "away"],
    [[blank, byte("A"), wiping, blank, byte("E")], "ready"],
    [[blank, byte("A"), wiping, blank, byte("P")], "payment"],
    [[blank, byte("P"), wiping, blank, byte("M")], "payment"],
    [[blank, byte("P"), wiping, blank, byte("p")], "ready"],
    [[blank, byte("P"), wiping, blank, event(0, "key-down", "wipe")], "ready"],
    [[blank, byte("P"), wiping, blank, event(0, "dtr-low")], "ready"],
    [[blank, byte("P"), wiping, blank, away, wiping, blank], "away"],
    [[blank, byte("A"), wiping, event(0, "reset", "run")], "ready"],
  ];
  for (const [events, shown] of cases) {
    const watch = new PageWatch();
    for (const each of events) watch.take(each);
    assert.equal(watch.shown, shown, JSON.stringify(events.map((each) => each.detail)));
  }
});

test("an event is a whole phrase in both languages", () => {
  assert.equal(eventText(event(0, "key-down", "wipe"), TEXTS.ja), "WIPEキーを押した");
  assert.equal(eventText(event(0, "refresh-start", "partial"), TEXTS.ja), "書き換え開始（部分）");
  assert.equal(eventText(event(0, "key-up", "away"), TEXTS.en), "AWAY key released");
  assert.equal(eventText(event(0, "byte-sent", "E"), TEXTS.en), "PC sent E");
  assert.equal(eventText(event(0, "pen-up"), TEXTS.ja), "ペンを上げた");
});

test("a pad fills the width it has and keeps its proportions", () => {
  const { shape } = PANELS["2in9"];
  assert.equal(fittingScale(shape, 820), 10);
  assert.equal(fittingScale(shape, 410), 5);
  assert.equal(fittingScale(shape, 8_200), 11);
  assert.ok(Math.abs(shape.glassWidth / shape.glassHeight / (296 / 128) - 1) < 0.01);
});

test("the sample lies on the glass, above the strip, and each stroke begins and ends", () => {
  for (const language of ["ja", "en"] as const) {
    for (const [width, height, strip] of [
      [400, 300, 32],
      [296, 128, 32],
    ] as const) {
      const strokes = sampleNote(language, height);
      assert.ok(strokes.length > 20);
      for (const { x, y } of strokes.flat()) assert.ok(x > 0 && x < width && y > 0 && y < height - strip);
      const samples = samplesOf(strokes, 1_000);
      assert.equal(samples.filter(({ down }) => !down).length, strokes.length);
      assert.equal(samples.at(-1)!.down, false);
      samples.reduce((before, after) => {
        assert.ok(after.ms > before.ms, "in the order of time");
        return after;
      });
      assert.ok(samples.at(-1)!.ms < 16_000);
    }
  }
});
