// SPDX-License-Identifier: MIT
// ink_labels: where the ink is, as a core in C traces it: a label for each byte of memory (core/trace.h).

const STROKE_BITS = 15; // of shadow.h: bits 0 to 14 the first stroke, 15 to 29 the last
const STROKE_MASK = 0x7fff;
const MOST_STROKES = STROKE_MASK - 1;

// core/trace.h
export interface TraceExports {
  memory: WebAssembly.Memory;
  traceBegin(): void;
  traced(): number;
  traceInput(stroke: number): void;
  inked(mayEnd: number): number;
  labels(): number;
  traceForget(): void;
}

export class InkLabels {
  readonly sram: Uint32Array<ArrayBuffer>;

  constructor(
    private readonly wasm: TraceExports,
    sramBytes: number,
  ) {
    const { buffer } = wasm.memory as { buffer: ArrayBuffer };
    this.sram = new Uint32Array(buffer, wasm.labels(), sramBytes);
  }

  // The newest stroke, from 1 on, that a label stands for.
  static newestStroke(label: number): number {
    return (label >>> STROKE_BITS) & STROKE_MASK;
  }

  // The touch chip gives a position: trace from the next instruction on.
  begin(): void {
    this.wasm.traceBegin();
  }

  // What the instruction under way loads from a peripheral is ink of that stroke, from 1 on; 0: no ink.
  load(stroke: number): void {
    this.wasm.traceInput(stroke && 1 + ((stroke - 1) % MOST_STROKES));
  }

  // Bytes of SRAM and of the RAM of USB with ink. Between two instructions; ends the trace when no ink is left.
  count(): number {
    return this.wasm.inked(1);
  }

  // The memories lost their power.
  forget(): void {
    this.wasm.traceForget();
  }
}
