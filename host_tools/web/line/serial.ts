// SPDX-License-Identifier: MIT
// serial: the part of the Web Serial API that is used (WICG serial, sections 3 and 4). TypeScript's DOM library lacks it.

/** Bits from the pad: a note is present (DCD), blank (DSR), fault (RI). */
export interface Bits {
  readonly note: boolean;
  readonly blank: boolean;
  readonly fault: boolean;
}

export interface PortLike {
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
  getInfo(): { usbVendorId?: number; usbProductId?: number };
  open(options: { baudRate: number }): Promise<void>;
  close(): Promise<void>;
  setSignals(signals: { dataTerminalReady?: boolean; requestToSend?: boolean }): Promise<void>;
  getSignals(): Promise<{ dataCarrierDetect: boolean; dataSetReady: boolean; ringIndicator: boolean }>;
}

export interface PortFilter {
  usbVendorId: number;
  usbProductId: number;
}

export interface SerialLike {
  getPorts(): Promise<PortLike[]>;
  requestPort?(options: { filters: PortFilter[] }): Promise<PortLike>;
}

/** `LockManager.request` of the Web Locks API. */
export interface LocksLike {
  request(name: string, options: { signal?: AbortSignal }, held: () => Promise<unknown>): Promise<unknown>;
}
