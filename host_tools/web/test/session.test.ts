// SPDX-License-Identifier: MIT
// The worker's session with the sealed image: reports to the page, from power-on to a wiped note. The folder in
// KESU_PAD_FILES holds bootrom.bin, core.wasm, image.uf2, map.json (of the 4.2 inch pad) and ink.json; KESU_PAD_BOARD is
// their board.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  type Board,
  CellKind,
  type Command,
  type EventReport,
  type ImageMap,
  type Report,
} from "../bench/contract";
import { Pad } from "../bench/pad";
import { Session } from "../bench/session";

const file = (name: string) => readFileSync(`${process.env.KESU_PAD_FILES}/${name}`);
const board = process.env.KESU_PAD_BOARD as Board;
const bytes = (name: string) => new Uint8Array(file(name)).buffer as ArrayBuffer;

type Of<Kind extends Report["type"]> = Extract<Report, { type: Kind }>;

class Page {
  readonly reports: Report[] = [];
  private readonly session: Session;
  private real = 0;

  constructor() {
    // Real time is a counter, so that the run is the same on every machine.
    this.session = new Session(
      (report) => this.reports.push(report),
      () => (this.real += 2),
    );
  }

  send(command: Command): void {
    this.session.handle(command);
  }

  all<Kind extends Report["type"]>(type: Kind): Of<Kind>[] {
    return this.reports.filter((report): report is Of<Kind> => report.type === type);
  }

  last<Kind extends Report["type"]>(type: Kind): Of<Kind> {
    return this.all(type).at(-1)!;
  }

  events(name: EventReport["name"]): EventReport[] {
    return this.all("event").filter((event) => event.name === name);
  }

  until(condition: () => boolean, limitMs: number): void {
    const start = this.reports.length ? this.nowMs : 0;
    while (!condition()) {
      this.session.tick();
      assert.ok(this.nowMs - start < limitMs, `not within ${limitMs} ms`);
    }
  }

  ticks(count: number): void {
    for (let index = 0; index < count; index++) this.session.tick();
  }

  run(ms: number): void {
    const start = this.nowMs;
    while (this.nowMs - start < ms) this.session.tick();
  }

  load(change: Partial<Extract<Command, { type: "load" }>> = {}): void {
    const map = JSON.parse(file("map.json").toString()) as ImageMap;
    this.send({
      type: "load",
      board,
      panel: "4in2",
      image: bytes("image.uf2"),
      core: bytes("core.wasm"),
      bootrom: bytes("bootrom.bin"),
      map,
      ...change,
    });
    this.send({ type: "pace", speed: 1 });
  }

  get nowMs(): number {
    return this.all("state").at(-1)?.nowMs ?? 0;
  }
}

test("an invalid image and an invalid boot ROM are rejected with a message", () => {
  const page = new Page();
  page.load({ image: new ArrayBuffer(700) });
  page.load({ bootrom: new ArrayBuffer(10) });
  assert.deepEqual(
    page.all("failed").map(({ code }) => code),
    ["bad-image", "bad-bootrom"],
  );
  assert.deepEqual(page.all("loaded"), []);
  page.send({ type: "plug" }); // nothing is loaded: nothing happens
  page.load();
  assert.equal(page.last("loaded").width, 400);
});

test("a note glows in the RAM map, is found, and is gone after the wipe", () => {
  const page = new Page();
  page.load();
  page.send({ type: "plug" });
  page.until(() => page.events("enumerated").length === 1, 2_000);
  page.send({ type: "dtr", high: true });
  page.until(() => page.last("state").dsr, 6_000);
  page.run(200);
  assert.equal(page.last("ram").inkBytes, 0);
  assert.ok(page.last("ram").kind.includes(CellKind.owner));
  page.send({ type: "search", id: 1 });
  assert.equal(page.last("search").patterns, 0);

  const ink = JSON.parse(file("ink.json").toString()) as { strokes: { note: [number, number][][] } };
  let ms = 1_000_000; // the page's clock has nothing to do with the bench's
  const later = () => {
    ms += 17;
    return ms;
  };
  const samples = ink.strokes.note.flatMap((stroke) => [
    ...stroke.map(([x, y]) => ({ x: x * 0.4, y: y * 0.3, down: true, ms: later() })),
    { x: 0, y: 0, down: false, ms: later() },
  ]);
  page.send({ type: "pen", samples });
  page.until(() => page.events("pen-up").length === ink.strokes.note.length, 6_000);
  page.run(900);
  assert.ok(page.last("state").dcd);
  const ram = page.last("ram");
  assert.ok(ram.inkBytes > 500, `${ram.inkBytes}`);
  // Every stroke but the first and the last is the newest one in some cell; they may share all of theirs.
  const strokes = new Set(ram.stroke.filter((stroke) => stroke > 0));
  assert.ok(strokes.size > 1 && Math.max(...strokes) <= ink.strokes.note.length, `${[...strokes]}`);
  page.send({ type: "search", id: 2 });
  const hits = () =>
    Object.fromEntries(page.last("search").places.map((place) => [place.resource, place.hits]));
  for (const resource of ["sram", "plane-new", "plane-old", "glass", "touch"])
    assert.ok(hits()[resource]! > 0, resource);
  for (const resource of ["flash", "dpram", "usb"]) assert.equal(hits()[resource], 0, resource);
  const { addresses } = page.last("search");
  assert.ok(addresses.length > 0);
  const cellOf = (address: number) => Math.floor((address - 0x2000_0000) / page.last("loaded").ramCellBytes);
  for (const address of addresses) assert.ok(ram.ink[cellOf(address)]! > 0, address.toString(16));
  const dark = (grey: Uint8Array) => grey.reduce((sum, level) => sum + (level < 100 ? 1 : 0), 0);
  const glass = new Uint8Array(400 * 300);
  const draw = () => {
    for (const { firstRow, grey } of page.all("glass")) glass.set(grey, firstRow * 400);
  };
  draw();
  const inked = dark(glass);

  const edge = page.last("state").nowMs;
  page.send({ type: "key", key: "wipe", pressed: true });
  page.run(100);
  page.send({ type: "key", key: "wipe", pressed: false });
  page.until(() => page.last("state").dsr, 6_000);
  page.run(300);
  const [owners, planes] = [page.events("owners-clean").at(-1)!, page.events("planes-white").at(-1)!];
  assert.ok(owners.nowMs - edge < 60 && planes.nowMs >= owners.nowMs, `${owners.nowMs - edge}`);
  assert.equal(page.last("ram").inkBytes, 0);
  page.send({ type: "search", id: 3 });
  assert.ok(page.last("search").patterns > 1_000);
  assert.deepEqual(
    Object.values(hits()).filter((count) => count > 0),
    [],
  );
  draw();
  assert.ok(dark(glass) < inked - 500, `${inked} and ${dark(glass)}`);
  assert.deepEqual(page.events("bulk-in"), []);

  page.send({ type: "forgetNote" });
  page.send({ type: "search", id: 4 });
  assert.equal(page.last("search").patterns, 0);
});

test("pace 0 stops time; the cable can be pulled and put back", () => {
  const page = new Page();
  page.load();
  page.send({ type: "plug" });
  page.run(300);
  page.send({ type: "pace", speed: 0 });
  const before = page.nowMs;
  page.ticks(200);
  assert.equal(page.nowMs, before);
  page.send({ type: "pace", speed: 1 });
  page.ticks(200);
  assert.ok(page.nowMs > before);
  page.send({ type: "unplug" });
  page.run(100);
  assert.equal(page.last("state").powered, false);
  page.send({ type: "key", key: "wipe", pressed: true });
  page.send({ type: "line", text: "E" });
  page.send({ type: "plug" });
  page.run(300);
  assert.equal(page.last("state").powered, true);
  assert.deepEqual(page.events("byte-sent"), []);
  assert.equal(page.events("power-on").length, 2);
});

test("thumb.c executes most of a Pico's cycles; without it rp2040js executes all", {
  skip: board !== "pico",
}, () => {
  const shareOfRp2040js = (core: WebAssembly.Module | null) => {
    const image = { image: bytes("image.uf2"), bootrom: bytes("bootrom.bin"), map: null };
    const pad = new Pad({ board, panel: "4in2", core, ...image });
    let here = 0;
    pad.chip.onReset.push(() => {
      const { core: present } = pad.chip.mcu;
      const execute = present.executeInstruction.bind(present);
      present.executeInstruction = () => {
        const cycles = execute();
        here += cycles;
        return cycles;
      };
    });
    pad.plug();
    pad.runFor(150);
    assert.ok(pad.chip.cycles > 1_000_000);
    return here / pad.chip.cycles;
  };
  assert.equal(shareOfRp2040js(null), 1);
  const share = shareOfRp2040js(new WebAssembly.Module(bytes("core.wasm")));
  assert.ok(share > 0 && share < 0.5, `${share}`);
});
