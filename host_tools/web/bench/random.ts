// SPDX-License-Identifier: MIT
// random: seeded numbers (xorshift32), so that noise is the same in every run.

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (Math.imul(seed, 0x9e37_79b1) ^ 0x5bd1_e995) >>> 0 || 1;
  }

  next(): number {
    let { state } = this;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.state = state >>> 0;
    return this.state / 2 ** 32;
  }

  fill(memory: Uint8Array): void {
    for (let index = 0; index < memory.length; index++) memory[index] = this.next() * 256;
  }
}
