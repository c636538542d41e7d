// SPDX-License-Identifier: MIT
// main: `node suite.js JOB`: a file with {bootrom, ink, seed, runs: [{scenario, board, panel, core, uf2, map}]}, paths
// but for board and panel; a core of null: rp2040js executes everything. One line of JSON on standard output for each run:
// its answer, or {failed: message}.

import { readFileSync } from "node:fs";
import type { Board, PanelName } from "../bench/contract.js";
import { Player, StepFailed } from "./play.js";
import type { Ink, Scenario } from "./scenario.js";

interface Job {
  bootrom: string;
  ink: string;
  seed: number;
  runs: {
    scenario: string;
    board: Board;
    panel: PanelName;
    core: string | null;
    uf2: string;
    map: string;
  }[];
}

const bytes = (path: string) => new Uint8Array(readFileSync(path)).buffer;
const json = <T>(path: string) => JSON.parse(readFileSync(path, "utf8")) as T;

const job = json<Job>(process.argv[2]!);
const ink = json<Ink>(job.ink);
const bootrom = bytes(job.bootrom);
for (const { scenario, board, panel, core, uf2, map } of job.runs) {
  const module = core === null ? null : new WebAssembly.Module(bytes(core));
  const image = { board, core: module, panel, uf2: bytes(uf2), bootrom, map: json<never>(map) };
  let line: unknown;
  try {
    line = new Player(image, json<Scenario>(scenario), ink, job.seed).run();
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    line = { failed: error.message };
  }
  // An answer is larger than a pipe's buffer: without the wait it would be sent only after the last run.
  await new Promise((written) => process.stdout.write(`${JSON.stringify(line)}\n`, written));
}
