// SPDX-License-Identifier: MIT
// Story and practice of the page, run by node's own test runner on the bundle of this file.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventName, EventReport, StateReport } from "../bench/contract";
import { Practice } from "../page/practice";
import { endOf, mayEnd, Story } from "../page/story";
import { documentOf } from "../page/strings";
import type { Wipe } from "../page/wipe_watch";

function event(nowMs: number, name: EventName, detail?: string): EventReport {
  return { type: "event", nowMs, name, ...(detail === undefined ? {} : { detail }) };
}

function wipe(steps: Wipe["steps"], cause: EventReport | null = event(0, "byte-sent", "E")): Wipe {
  return { cause, startMs: 0, steps };
}

test("the story follows what happens: note, wipe, search, nothing left", () => {
  const story = new Story();
  assert.equal(story.step, 1);
  story.searching(); // with the note there it stays where it is
  assert.equal(story.step, 1);
  story.wiped(wipe({ memory: 2 }));
  assert.deepEqual([story.step, story.gone, story.end], [2, false, "call"]);
  story.wiped(wipe({ memory: 2, planes: 18 }));
  assert.equal(story.gone, false, "the glass still shows the note");
  story.wiped(wipe({ memory: 2, planes: 18, ready: 1_800 }));
  assert.equal(story.gone, true);
  story.searching();
  assert.equal(story.step, 3);
  story.found(5, 0);
  assert.deepEqual([story.step, story.ending], [4, "gone"]);
  assert.equal(story.noteThere(), true);
  assert.deepEqual([story.step, story.gone, story.ending], [1, false, "none"]);
});

test("nothing is called gone that was not found before, or that is still there", () => {
  for (const [before, after, ending] of [
    [5, 0, "gone"],
    [null, 0, "unproven"],
    [0, 0, "unproven"],
    [5, 1, "left"],
    [null, 2, "left"],
    [null, null, "none"],
  ] as const) {
    const story = new Story();
    story.wiped(wipe({ memory: 2 }));
    story.searching();
    story.found(before, after);
    assert.equal(story.ending, ending, `${before} ${after}`);
  }
});

test("a pad without a PC is clean after the refresh that follows the planes", () => {
  const story = new Story();
  story.wiped(wipe({ memory: 2 }, event(0, "vbus-lost")));
  const planes = wipe({ memory: 2, planes: 18 });
  const refresh = (waveform: string, seen: Wipe) => {
    story.refreshed(event(0, "refresh-start", waveform), seen);
    story.refreshed(event(0, "refresh-end", "400"), seen);
  };
  refresh("fast", wipe({ memory: 2 }));
  refresh("partial", planes);
  assert.equal(story.gone, false);
  refresh("fast", planes);
  assert.deepEqual([story.gone, story.end], [true, "plug"]);
});

test("each cause has its words", () => {
  assert.equal(endOf(null), "time");
  assert.equal(endOf(event(0, "key-down", "wipe")), "wipe");
  assert.equal(endOf(event(0, "key-down", "away")), "away");
  assert.equal(endOf(event(0, "byte-sent", "K")), "lock");
  assert.equal(endOf(event(0, "byte-sent", "R")), "next");
  assert.equal(endOf(event(0, "suspended")), "sleep");
  assert.equal(endOf(event(0, "dtr-low")), "line");
});

test("only what may end a note is preceded by a search", () => {
  const ends = [
    { type: "key", key: "wipe", pressed: true },
    { type: "key", key: "away", pressed: true },
    { type: "line", text: "E" },
    { type: "dtr", high: false },
    { type: "hook", closed: false },
    { type: "lock", locked: true },
    { type: "suspend", asleep: true },
    { type: "unplug" },
    { type: "reset", kind: "run" },
  ] as const;
  const stays = [
    { type: "key", key: "wipe", pressed: false },
    { type: "key", key: "mode", pressed: true },
    { type: "line", text: "T" },
    { type: "line", text: "M" },
    { type: "dtr", high: true },
    { type: "hook", closed: true },
    { type: "lock", locked: false },
    { type: "suspend", asleep: false },
    { type: "pace", speed: 0 },
  ] as const;
  for (const command of ends) assert.equal(mayEnd(command), true, JSON.stringify(command));
  for (const command of stays) assert.equal(mayEnd(command), false, JSON.stringify(command));
});

test("documents are found in their language", () => {
  assert.equal(documentOf("{ja/}faq.html", "ja"), "ja/faq.html");
  assert.equal(documentOf("{ja/}faq.html", "en"), "faq.html");
  assert.equal(documentOf("card/operator-card-{lang}.html", "ja"), "card/operator-card-ja.html");
});

// A pad that has a note after "T" and loses it with "E" or "R".
class Seat {
  readonly sent: string[] = [];
  readonly practice: Practice;
  private nowMs = 0;
  private note = false;
  writes = true;

  constructor(calls: number) {
    const options = { on: true, calls, wrapUpS: 30, gapS: 6, sound: false };
    this.practice = new Practice(options, (byte) => {
      this.sent.push(byte);
      if (byte === "T") this.note = this.writes;
      if (byte === "E" || byte === "R") this.note = false;
    });
  }

  wait(seconds: number): void {
    for (let tenth = 0; tenth < seconds * 10; tenth++) {
      this.nowMs += 100;
      this.practice.follow({
        ...({ type: "state", ratio: 1, cyclesPerSecond: 1, powered: true, vbus: true } as StateReport),
        ...{ nowMs: this.nowMs, dcd: this.note, dsr: !this.note },
      });
    }
  }
}

test("a practised call: ring, talk, hold, hang up, after-call work, next ring, end", () => {
  const seat = new Seat(2);
  const { practice } = seat;
  practice.begin();
  assert.equal(practice.phase, "ring");
  for (const phase of ["talk", "hold", "back", "work"] as const) {
    seat.wait(2);
    practice.go();
    assert.equal(practice.phase, phase);
  }
  seat.wait(10);
  assert.equal(practice.leftS, 20);
  seat.wait(21); // the PC ends after-call work by itself
  assert.equal(practice.phase, "between");
  assert.deepEqual([...practice.done].sort(), ["gone", "held", "worked", "written"]);
  seat.wait(7);
  assert.deepEqual([practice.phase, practice.call, practice.done.size], ["ring", 1, 0]);
  for (let press = 0; press < 5; press++) {
    seat.wait(1);
    practice.go(); // the last ends after-call work by hand
  }
  assert.equal(practice.phase, "between");
  seat.wait(7);
  assert.equal(practice.phase, "over");
  assert.equal(seat.sent.join(""), "RTHTWERTHTWE");
  practice.go();
  assert.deepEqual([practice.phase, practice.call], ["ring", 0]);
});

test("a task is ticked off only when it was done", () => {
  const seat = new Seat(1);
  seat.writes = false;
  seat.practice.begin();
  for (let press = 0; press < 5; press++) {
    seat.wait(1);
    seat.practice.go();
  }
  seat.wait(3);
  assert.deepEqual([...seat.practice.done], ["worked"]);
});
