// SPDX-License-Identifier: MIT
// serve: joins a keeper to the messages of a worker.
import { Keeper, type Times } from "./keeper";
import type { FromWorker, ToWorker } from "./messages";
import type { LocksLike, SerialLike } from "./serial";

/** The part of a dedicated worker's global scope that is used. */
export interface Scope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  close(): void;
}

/** Run a keeper on `serial` for the page at the other end of `scope`; the worker ends with it. */
export async function serve(
  scope: Scope,
  serial: SerialLike,
  locks?: LocksLike,
  times?: Times,
): Promise<void> {
  const keeper = new Keeper(serial, locks, (message) => scope.postMessage(message), times);
  scope.onmessage = ({ data }) => keeper.hear(data);
  await keeper.run();
  scope.close();
}
