// SPDX-License-Identifier: MIT
// descriptors: what the host needs from a configuration descriptor (USB 2.0 §9.6).

export interface Configuration {
  value: number;
  controlInterface: number; // of the first CDC function
  notificationIn: number | null; // endpoint numbers without the direction bit
  bulkOut: number | null;
}

export const NO_CONFIGURATION: Configuration = {
  value: 0,
  controlInterface: 0,
  notificationIn: null,
  bulkOut: null,
};

const INTERFACE = 4,
  ENDPOINT = 5;
const CDC = 0x02;
const BULK = 2,
  INTERRUPT = 3;

export function configurationFrom(raw: Uint8Array): Configuration {
  const found: Configuration = { ...NO_CONFIGURATION, value: raw[5] ?? 0 };
  let control: number | null = null;
  for (let at = 0; at + 1 < raw.length; ) {
    const [length, kind] = raw.subarray(at);
    if (length! < 2) throw new Error(`descriptor element without length at byte ${at}`);
    if (kind === INTERFACE && raw[at + 5] === CDC) control ??= raw[at + 2]!;
    if (kind === ENDPOINT) {
      const address = raw[at + 2]!;
      const type = raw[at + 3]! & 3;
      if (type === INTERRUPT && address & 0x80) found.notificationIn ??= address & 0xf;
      if (type === BULK && !(address & 0x80)) found.bulkOut ??= address & 0xf;
    }
    at += length!;
  }
  found.controlInterface = control ?? 0;
  return found;
}
