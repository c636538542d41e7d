// SPDX-License-Identifier: MIT
// uf2: reads a complete UF2 image for the RP2040, or rejects it with a reason (github.com/microsoft/uf2; RP2040 datasheet 2.8.4.2).

export const FLASH_BASE = 0x1000_0000;
export const FLASH_BYTES = 2 * 1024 * 1024; // a Pico's
const BLOCK = 512;
const PAYLOAD = 256;
const RP2040_FAMILY = 0xe48b_ff56;

export class BadImage extends Error {}

// The flash of a Pico with the image; erased (FF) elsewhere.
export function flashFrom(uf2: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const view = new DataView(uf2);
  if (uf2.byteLength === 0 || uf2.byteLength % BLOCK)
    throw new BadImage("not a whole number of 512-byte blocks");
  const flash = new Uint8Array(FLASH_BYTES).fill(0xff);
  const total = uf2.byteLength / BLOCK;
  const seen = new Set<number>();
  for (let number = 0; number < total; number++) {
    const word = (index: number) => view.getUint32(number * BLOCK + 4 * index, true);
    if (word(0) !== 0x0a32_4655 || word(1) !== 0x9e5d_5157 || word(127) !== 0x0ab1_6f30) {
      throw new BadImage(`block ${number} has wrong magic numbers`);
    }
    if (!(word(2) & 0x2000) || word(7) !== RP2040_FAMILY) throw new BadImage("not an image for the RP2040");
    if (word(5) !== number || word(6) !== total)
      throw new BadImage(`blocks are not numbered 0 to ${total - 1}`);
    const offset = word(3) - FLASH_BASE;
    if (word(4) !== PAYLOAD || offset < 0 || offset % PAYLOAD || offset + PAYLOAD > FLASH_BYTES) {
      throw new BadImage(`block ${number} does not fit the flash of a Pico`);
    }
    if (seen.has(offset)) throw new BadImage(`two blocks write to flash offset ${offset}`);
    seen.add(offset);
    flash.set(new Uint8Array(uf2, number * BLOCK + 32, PAYLOAD), offset);
  }
  return flash;
}
