// SPDX-License-Identifier: MIT
// line_pad: a serial port with a pad behind it, for tests of the keeper. Of a port: the Linux driver raises DTR when a
// port is opened, and drops it when it is closed (cdc-acm, HUPCL); an opened port cannot be opened again; a lost device
// ends its streams (WICG serial, 4.4). Of a pad: a byte that wipes and a falling DTR wipe, and DSR is high when blank.
import type { PortFilter, PortLike, SerialLike } from "../line/serial";
import { PRODUCT, VENDOR, WIPING } from "../line/tables.gen";

export class FakePort implements PortLike {
  readable: ReadableStream<Uint8Array> | null = null;
  writable: WritableStream<Uint8Array> | null = null;
  readonly log: string[] = [];
  dtr = false;
  note = false;
  blank = true;
  fault = false;
  wipes = true; // false: a pad that does not confirm
  hangs = false; // true: writing and signals never end
  #reading: ReadableStreamDefaultController<Uint8Array> | undefined;
  #opened = false;
  readonly #ids: [number, number];

  constructor(ids: [number, number] = [VENDOR, PRODUCT]) {
    this.#ids = ids;
  }

  getInfo() {
    return { usbVendorId: this.#ids[0], usbProductId: this.#ids[1] };
  }

  async open() {
    if (this.#opened) throw new DOMException("Failed to open serial port.", "NetworkError");
    this.#opened = true;
    this.log.push("open");
    this.#set(true);
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#reading = controller;
      },
    });
    this.writable = new WritableStream({
      write: (bytes) => (this.hangs ? new Promise(() => undefined) : this.#take(bytes)),
    });
  }

  async close() {
    if (this.readable?.locked || this.writable?.locked) throw new TypeError("a stream is locked");
    this.#closed();
  }

  async setSignals({ dataTerminalReady }: { dataTerminalReady?: boolean }) {
    if (this.hangs) return new Promise<void>(() => undefined);
    if (!this.#opened) throw new DOMException("The port is closed.", "InvalidStateError");
    if (dataTerminalReady !== undefined) this.#set(dataTerminalReady);
  }

  async getSignals() {
    if (!this.#opened) throw new DOMException("The port is closed.", "InvalidStateError");
    return { dataCarrierDetect: this.note, dataSetReady: this.blank, ringIndicator: this.fault };
  }

  /** The pad is unplugged, or the permission is withdrawn: streams fail, and DTR is gone. */
  lose() {
    this.#reading?.error(new DOMException("The device has been lost.", "NetworkError"));
    this.#closed();
  }

  /** The pad sends bytes, which a sealed one never does. */
  speak(text: string) {
    this.#reading?.enqueue(new TextEncoder().encode(text));
  }

  ink() {
    this.note = true;
    this.blank = false;
  }

  #closed() {
    if (this.#opened) this.log.push("close");
    this.#opened = false;
    this.#set(false);
  }

  #set(level: boolean) {
    if (level === this.dtr) return;
    this.dtr = level;
    this.log.push(level ? "DTR on" : "DTR off");
    if (!level) this.#wipe();
  }

  #take(bytes: Uint8Array) {
    for (const byte of new TextDecoder().decode(bytes)) {
      this.log.push(byte);
      if (WIPING.includes(byte)) this.#wipe();
    }
  }

  #wipe() {
    if (this.wipes) [this.note, this.blank] = [false, true];
  }
}

export class FakeSerial implements SerialLike {
  ports: FakePort[];
  constructor(...ports: FakePort[]) {
    this.ports = ports;
  }
  async getPorts() {
    return this.ports;
  }
  async requestPort(_options: { filters: PortFilter[] }): Promise<PortLike> {
    throw new DOMException("No port selected by the user.", "NotFoundError");
  }
}
