// SPDX-License-Identifier: MIT
// bench_link: fetches the files of a pad and talks to the worker that runs it.
import { BOARDS } from "../bench/chip/boards";
import type { Command, ImageEntry, ImageList, ImageMap, PanelName, Report } from "../bench/contract";

// A file of the static folder is missing; `path` is relative to the page.
export class MissingFile extends Error {
  constructor(readonly path: string) {
    super(path);
  }
}

async function fetched(path: string): Promise<Response> {
  const response = await fetch(path, { credentials: "omit" }).catch(() => null);
  if (response === null || !response.ok) throw new MissingFile(path);
  return response;
}

export async function imageList(): Promise<ImageList> {
  return (await fetched("images/index.json")).json() as Promise<ImageList>;
}

// The bytes of a language, in the file that all languages share.
export function apply(changes: ImageEntry["changes"], file: ArrayBuffer): void {
  const bytes = new Uint8Array(file);
  for (const [at, hex] of changes) {
    const content = hex.match(/../g) ?? [];
    bytes.set(
      content.map((byte) => Number.parseInt(byte, 16)),
      at,
    );
  }
}

export class BenchLink {
  private readonly worker: Worker;

  constructor(onReport: (report: Report) => void, onError: () => void) {
    this.worker = new Worker("bench.js", { type: "module" });
    this.worker.onmessage = (event: MessageEvent<Report>) => onReport(event.data);
    this.worker.onerror = onError;
  }

  send(command: Command, transfer: Transferable[] = []): void {
    this.worker.postMessage(command, transfer);
  }

  // Loads an image into the bench; `loaded` or `failed` follows. Raises MissingFile.
  async load(panel: PanelName, image: ImageEntry): Promise<void> {
    const { board } = image;
    const [uf2, bootrom, core, map] = await Promise.all([
      fetched(image.uf2).then((response) => response.arrayBuffer()),
      fetched("bootrom.bin").then((response) => response.arrayBuffer()),
      fetched(BOARDS[board].core).then((response) => response.arrayBuffer()),
      fetched(image.map).then((response) => response.json() as Promise<ImageMap>),
    ]);
    apply(image.changes, uf2);
    this.send({ type: "load", board, panel, image: uf2, bootrom, core, map }, [uf2, bootrom, core]);
  }
}
