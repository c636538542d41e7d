// SPDX-License-Identifier: MIT
// line_stand_in: the worker of @kesu/line with a stand-in for Web Serial, for tests in a browser without a pad. The
// port is tests/support/serial_bridge.py, and a virtual pad is behind it. Only the API's shape is the real one's.
import type { PortLike, SerialLike } from "../line/serial";
import { type Scope, serve } from "../line/serve";
import { BLANK_WITHIN_S, PRODUCT, STALLED_S, VENDOR } from "../line/tables.gen";

async function post(path: string, body = ""): Promise<void> {
  const answer = await fetch(`/port/${path}`, { method: "POST", body });
  if (!answer.ok) throw new DOMException("The device has been lost.", "NetworkError");
}

class BridgedPort implements PortLike {
  readable: ReadableStream<Uint8Array> | null = null;
  writable: WritableStream<Uint8Array> | null = null;
  #bits = [false, false, false];
  #request: AbortController | undefined;

  getInfo() {
    return { usbVendorId: VENDOR, usbProductId: PRODUCT };
  }

  async open() {
    const request = new AbortController();
    const answer = await fetch("/port/open", { method: "POST", signal: request.signal });
    if (!answer.ok || !answer.body) throw new DOMException("Failed to open serial port.", "NetworkError");
    this.#request = request;
    this.readable = new ReadableStream({ start: (controller) => void this.#hear(answer.body!, controller) });
    this.writable = new WritableStream({ write: (bytes) => post("write", new TextDecoder().decode(bytes)) });
  }

  async close() {
    this.#request?.abort();
    this.#request = undefined;
  }

  async setSignals({ dataTerminalReady }: { dataTerminalReady?: boolean }) {
    await post("dtr", dataTerminalReady ? "1" : "0");
  }

  async getSignals() {
    if (!this.#request) throw new DOMException("The port is closed.", "InvalidStateError");
    const [dataCarrierDetect, dataSetReady, ringIndicator] = this.#bits as [boolean, boolean, boolean];
    return { dataCarrierDetect, dataSetReady, ringIndicator };
  }

  async #hear(body: ReadableStream<Uint8Array>, controller: ReadableStreamDefaultController<Uint8Array>) {
    let text = "";
    try {
      for (const reader = body.getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        text += new TextDecoder().decode(value);
        const lines = text.split("\n");
        text = lines.pop()!;
        for (const line of lines) this.#bits = JSON.parse(line);
      }
    } catch {
      // the connection is gone
    }
    this.#request = undefined;
    try {
      controller.error(new DOMException("The device has been lost.", "NetworkError"));
    } catch {
      // it was cancelled
    }
  }
}

const serial: SerialLike = {
  getPorts: async () => ((await (await fetch("/port/list")).json()) ? [new BridgedPort()] : []),
};
// A busy machine may keep a page from answering in time: tests that are not about that set a longer bound.
const stalledS = Number(new URLSearchParams(location.search).get("stalled") ?? STALLED_S);
void serve(self as unknown as Scope, serial, navigator.locks, {
  stalledS,
  blankWithinS: 10 * BLANK_WITHIN_S,
  replyS: 60,
});
