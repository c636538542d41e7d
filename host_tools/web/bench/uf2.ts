// SPDX-License-Identifier: MIT
// uf2: reads a complete UF2 image for a board, or rejects it with a reason (github.com/microsoft/uf2; RP2040 datasheet
// 2.8.4.2, RP2350 datasheet 5.5.2).

import { BOARDS, type Board, FLASH_BASE } from "./chip/boards.js";

const BLOCK = 512;
const PAYLOAD = 256;
const HAS_FAMILY = 0x2000;
// Erratum E10 of the RP2350: an image may begin with a block that the boot ROM ignores.
const ABSOLUTE_FAMILY = 0xe48b_ff57,
  ABSOLUTE_ADDRESS = 0x10ff_ff00;

export class BadImage extends Error {}

// The flash of the board with the image; erased (FF) elsewhere.
export function flashFrom(uf2: ArrayBuffer, board: Board): Uint8Array<ArrayBuffer> {
  const { flashBytes, family, chip, title } = BOARDS[board];
  const view = new DataView(uf2);
  if (uf2.byteLength === 0 || uf2.byteLength % BLOCK)
    throw new BadImage("not a whole number of 512-byte blocks");
  const flash = new Uint8Array(flashBytes).fill(0xff);
  const blocks = uf2.byteLength / BLOCK;
  const first = blocks > 1 && isIgnored(view, 0) ? 1 : 0;
  const total = blocks - first;
  const seen = new Set<number>();
  for (let number = 0; number < total; number++) {
    const word = (index: number) => wordOf(view, first + number, index);
    if (word(0) !== 0x0a32_4655 || word(1) !== 0x9e5d_5157 || word(127) !== 0x0ab1_6f30) {
      throw new BadImage(`block ${number} has wrong magic numbers`);
    }
    if (!(word(2) & HAS_FAMILY) || word(7) !== family) throw new BadImage(`not an image for the ${chip}`);
    if (word(5) !== number || word(6) !== total)
      throw new BadImage(`blocks are not numbered 0 to ${total - 1}`);
    const offset = word(3) - FLASH_BASE;
    if (word(4) !== PAYLOAD || offset < 0 || offset % PAYLOAD || offset + PAYLOAD > flashBytes) {
      throw new BadImage(`block ${number} does not fit the flash of a ${title}`);
    }
    if (seen.has(offset)) throw new BadImage(`two blocks write to flash offset ${offset}`);
    seen.add(offset);
    flash.set(new Uint8Array(uf2, (first + number) * BLOCK + 32, PAYLOAD), offset);
  }
  return flash;
}

function wordOf(view: DataView, block: number, index: number): number {
  return view.getUint32(block * BLOCK + 4 * index, true);
}

function isIgnored(view: DataView, block: number): boolean {
  return wordOf(view, block, 7) === ABSOLUTE_FAMILY && wordOf(view, block, 3) === ABSOLUTE_ADDRESS;
}
