// SPDX-License-Identifier: MIT
// bench_link: fetches the files of a pad and talks to the worker that runs it.
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
    const [uf2, bootrom, map] = await Promise.all([
      fetched(image.uf2).then((response) => response.arrayBuffer()),
      fetched("bootrom.bin").then((response) => response.arrayBuffer()),
      fetched(image.map).then((response) => response.json() as Promise<ImageMap>),
    ]);
    this.send({ type: "load", panel, image: uf2, bootrom, map }, [uf2, bootrom]);
  }

  close(): void {
    this.worker.terminate();
  }
}
