/* trace: exports of the trace of ink (shadow.h); included after `core`, its memories, EXPORT and the chip's lay_out. */
/* SPDX-License-Identifier: MIT
 *
 * While nothing anywhere has a label, instructions cannot give any, so the core runs without the trace until the bench
 * says that a register of the touch chip is read.
 */

#define MEMORY_BYTES (SRAM_SIZE + DPRAM_SIZE)

static label_t labels[MEMORY_BYTES];
static trail_t trails[MEMORY_BYTES];
static uint8_t executed[SRAM_SIZE / 2];
static shadow_t shadow;

/* The core was reset: memory keeps its labels. traced: whether it was traced before. */
static void reset_trace(int traced) {
    shadow.labels = labels;
    shadow.trails = trails;
    shadow.executed = executed;
    shadow.sram_size = SRAM_SIZE;
    lay_out(&shadow);
    shadow_reset(&shadow);
    core.shadow = traced ? &shadow : 0;
}

static uint32_t registers_with_ink(void) {
    const ink_t *single[] = { &shadow.fpscr,    &shadow.nz,      &shadow.c,     &shadow.v,
                              &shadow.dividend, &shadow.divisor, &shadow.result };
    uint32_t found = 0;
    for (uint32_t i = 0; i < sizeof single / sizeof *single; i++) {
        found += single[i]->label != 0;
    }
    for (uint32_t i = 0; i < 16; i++) {
        found += shadow.r[i].label != 0;
    }
    for (uint32_t i = 0; i < 32; i++) {
        found += shadow.s[i].label != 0;
    }
    return found;
}

/* Trace from the next instruction on. */
EXPORT(traceBegin) void trace_begin(void) {
    core.shadow = &shadow;
}

EXPORT(traced) uint32_t traced(void) {
    return core.shadow != 0;
}

/* What the instruction under way loads from a peripheral is the ink of that stroke, from 1 on; 0: no ink. */
EXPORT(traceInput) void trace_input(uint32_t stroke) {
    shadow.input = stroke ? stroke | stroke << REPORT_BITS : 0;
}

/* Number of bytes of memory with ink. `may_end`: end the trace if there is no ink, in registers neither. */
EXPORT(inked) uint32_t inked(uint32_t may_end) {
    if (may_end && !shadow.inked && !registers_with_ink()) {
        core.shadow = 0;
    }
    return shadow.inked;
}

/* Labels of SRAM, then of the RAM of USB. */
EXPORT(labels) label_t *labels_address(void) {
    return labels;
}

/* Memory lost its power. */
EXPORT(traceForget) void trace_forget(void) {
    memset(labels, 0, sizeof labels);
    shadow.inked = 0;
    reset_trace(0);
}
