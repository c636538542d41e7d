// SPDX-License-Identifier: MIT
// worker: runs a Session in a Web Worker: receives commands, posts reports.

import type { Command, Report } from "./contract.js";
import { Session } from "./session.js";

// The worker's global scope, which the DOM's types do not declare here.
const scope = self as unknown as {
  postMessage(report: Report, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<Command>) => void) | null;
};

function post(report: Report): void {
  const transfer: Transferable[] = [];
  if (report.type === "glass") transfer.push(report.grey.buffer);
  if (report.type === "ram") {
    const { kind, ink, stroke, busy } = report;
    transfer.push(kind.buffer, ink.buffer, stroke.buffer, busy.buffer);
  }
  scope.postMessage(report, transfer);
}

const session = new Session(post, () => performance.now());

function guarded(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    // Only the type of the error: its text could contain emulated data.
    const kind = error instanceof Error ? error.name : "fault";
    post({ type: "failed", code: "crashed", message: `the emulator stopped (${kind})` });
    return false;
  }
}

scope.onmessage = (event) => {
  guarded(() => session.handle(event.data));
};

// Unlike timers, a channel's messages are not throttled when the page is hidden or busy.
const channel = new MessageChannel();
channel.port1.onmessage = loop;
const again = () => channel.port2.postMessage(null);

function loop(): void {
  let wait = 50;
  if (!guarded(() => (wait = session.tick()))) return;
  if (wait > 0) setTimeout(again, wait);
  else again();
}

again();
