// SPDX-License-Identifier: MIT
// worker: the dedicated worker that holds the port (`kesu-line-worker.js`).
import type { LocksLike, SerialLike } from "./serial";
import { type Scope, serve } from "./serve";

const { serial, locks } = navigator as unknown as { serial?: SerialLike; locks?: LocksLike };
// Without Web Serial (another browser, no secure page, forbidden by policy) no pad is ever found, and the page says so.
void serve(self as unknown as Scope, serial ?? { getPorts: async () => [] }, locks);
