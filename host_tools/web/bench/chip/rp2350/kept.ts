// SPDX-License-Identifier: MIT
// kept: blocks of the RP2350 without a model of their own: every register keeps what is written.

import { BasePeripheral, type RP2040 } from "rp2040js";
import { NotModelled } from "./not_modelled.js";

type Registers = Readonly<Record<number, number>>; // by offset

export class Kept extends BasePeripheral {
  protected readonly kept = new Map<number, number>();

  constructor(
    mcu: RP2040,
    name: string,
    initial: Registers = {}, // at reset, where not 0
    private readonly fixed: Readonly<Record<number, (kept: number) => number>> = {}, // what is read instead
  ) {
    super(mcu, name);
    for (const [offset, value] of Object.entries(initial)) this.kept.set(Number(offset), value);
  }

  override readUint32(offset: number): number {
    const value = this.kept.get(offset) ?? 0;
    return (this.fixed[offset]?.(value) ?? value) >>> 0;
  }

  override writeUint32(offset: number, value: number): void {
    this.kept.set(offset, value >>> 0);
  }
}

// A block of rp2040js whose registers have other offsets here. `where`: the offset there, null for a register that
// it lacks.
export class Moved extends Kept {
  constructor(
    mcu: RP2040,
    name: string,
    private readonly inner: BasePeripheral,
    private readonly where: (offset: number) => number | null,
  ) {
    super(mcu, name);
  }

  override readUint32(offset: number): number {
    const there = this.where(offset);
    return there === null ? super.readUint32(offset) : this.inner.readUint32(there) >>> 0;
  }

  override writeUint32Atomic(offset: number, value: number, kind: number): void {
    const there = this.where(offset);
    if (there === null) super.writeUint32Atomic(offset, value, kind);
    else this.inner.writeUint32Atomic(there, value, kind);
  }
}

// IO_BANK0 (9.11.1): six words for each interrupt register; the first four are those of the pins that a Pico 2 has.
export function inIoBank0(offset: number): number | null {
  if (offset < 0xf0) return offset;
  const [INTR, INTE, INTF, INTS, END] = [0x230, 0x248, 0x260, 0x278, 0x290];
  if (offset < INTR || offset >= END) return null;
  const start = [INTS, INTF, INTE, INTR].find((first) => offset >= first)!;
  const word = offset - start;
  return word < 16 ? 0xf0 + ((start - INTR) / 24) * 16 + word : null;
}

// RESETS (7.5.3): a block is ready as soon as it is released.
export class Resets extends Kept {
  constructor(mcu: RP2040) {
    const ALL = 0x1fff_ffff;
    super(mcu, "RESETS", { 0: ALL }, { 8: () => ~(this.kept.get(0) ?? 0) & ALL });
  }
}

// BOOTRAM (4.3): 1 KB of memory; two registers that only gain bits; eight locks, of which a read claims one.
export class BootRam extends Kept {
  private free = 0xff;

  constructor(mcu: RP2040) {
    super(mcu, "BOOTRAM");
  }

  override readUint32(offset: number): number {
    if (offset === 0x808) return this.free;
    if (offset < 0x80c || offset >= 0x82c) return super.readUint32(offset);
    const lock = 1 << ((offset - 0x80c) >> 2);
    const claimed = this.free & lock;
    this.free &= ~lock;
    return claimed;
  }

  override writeUint32(offset: number, value: number): void {
    if (offset === 0x808) this.free = value & 0xff;
    else if (offset === 0x800 || offset === 0x804)
      super.writeUint32(offset, value | super.readUint32(offset));
    else if (offset >= 0x80c && offset < 0x82c) this.free |= 1 << ((offset - 0x80c) >> 2);
    else super.writeUint32(offset, value);
  }
}

// POWMAN (6.4): the upper half of a write is a password, but not for SCRATCH0 to BOOT3. CHIP_RESET shows why the chip
// was reset.
export class Powman extends Kept {
  static readonly CAUSES = { "power-on": 1 << 16, run: 1 << 18, watchdog: 1 << 28 } as const;
  private cause: number = Powman.CAUSES["power-on"];

  constructor(mcu: RP2040) {
    const TIMER = 0x88;
    const [USE_XOSC, USING_XOSC, USING_LPOSC] = [1 << 9, 1 << 16, 1 << 17];
    super(
      mcu,
      "POWMAN",
      {},
      {
        44: () => this.cause,
        [TIMER]: (kept) => kept | (kept & USE_XOSC ? USING_XOSC : USING_LPOSC),
      },
    );
  }

  set resetBy(cause: keyof typeof Powman.CAUSES) {
    this.cause = Powman.CAUSES[cause];
  }

  override writeUint32(offset: number, value: number): void {
    if (offset >= 0xb0 && offset < 0xe0) super.writeUint32(offset, value);
    else if (this.rawWriteValue >>> 16 === 0x5afe) super.writeUint32(offset, value & 0xffff);
  }
}

// TRNG (12.12): always has numbers; the same ones in every run.
export class Trng extends Kept {
  private last = 1;

  constructor(mcu: RP2040) {
    super(mcu, "TRNG", {}, { 260: () => 1, 272: () => 1 });
  }

  override readUint32(offset: number): number {
    if (offset < 0x114 || offset > 0x128) return super.readUint32(offset);
    this.last = (Math.imul(this.last, 1_664_525) + 1_013_904_223) >>> 0;
    return this.last;
  }
}

// XIP_CTRL (4.4.5): counts accesses to the cached flash, and those that hit; a write clears a counter. The core counts.
export class XipControl extends Kept {
  constructor(
    mcu: RP2040,
    private readonly counters: { xipHits(): number; xipAccesses(): number; clearXip(accesses: number): void },
  ) {
    super(
      mcu,
      "XIP_CTRL",
      { 0: 0x83 },
      { 12: () => this.counters.xipHits(), 16: () => this.counters.xipAccesses() },
    );
  }

  override writeUint32(offset: number, value: number): void {
    if (offset === 0x0c || offset === 0x10) this.counters.clearXip(offset === 0x10 ? 1 : 0);
    else super.writeUint32(offset, value);
  }
}

// DMA (12.6) and PIO (11.7) do not run here, and no image of the project starts them.
export class NeverStarted extends Kept {
  constructor(
    mcu: RP2040,
    name: string,
    private readonly starts: (offset: number, value: number) => boolean,
  ) {
    super(mcu, name);
  }

  override writeUint32(offset: number, value: number): void {
    if (this.starts(offset, value)) throw new NotModelled(`${this.name} is started`);
    super.writeUint32(offset, value);
  }
}

// The last register of each alias of a channel is its trigger (12.6.10).
export function startsDma(offset: number, value: number): boolean {
  return offset < 0x400 && (offset & 0xf) === 0xc && value !== 0;
}

export function startsPio(offset: number, value: number): boolean {
  return offset === 0 && (value & 0xf) !== 0;
}
