// SPDX-License-Identifier: MIT
// page: in the page's own world, for systems that are an object of the page: Amazon Connect Streams. Content scripts do
// not see such objects, so the reports go to content.ts as messages of the page to itself.
import type { Report } from "../line/calls";
import { type AmazonConnect, amazonConnect } from "../line/sources/amazon_connect";

const AGAIN_MS = 1000;
const HEARTBEAT_MS = 10_000;

function begin(): void {
  const { connect } = window as unknown as { connect?: AmazonConnect & { contact?: unknown } };
  if (!connect?.agent || !connect.contact) {
    setTimeout(begin, AGAIN_MS); // Streams is not loaded yet
    return;
  }
  let isProven = false;
  let heardAt = 0;
  const { bounds, start } = amazonConnect(connect);
  const post = (report: Report) => window.postMessage({ kesu: report }, location.origin);
  start((report) => {
    isProven = report.word !== "lost";
    heardAt = performance.now();
    post(report);
  });
  // Streams repeats its proof within 30 s, and content.ts waits 90 s for a word: this keeps the two bounds apart.
  setInterval(() => {
    if (isProven && performance.now() - heardAt < bounds.idleS * 1000 - HEARTBEAT_MS) post({ word: "alive" });
  }, HEARTBEAT_MS);
}

begin();
