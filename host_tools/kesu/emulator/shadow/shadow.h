/* shadow: where the ink is: a label for each byte of memory and each register, and how it came there. */
/* SPDX-License-Identifier: MIT
 *
 * Dynamic taint (TaintBochs: Chow et al., "Understanding data lifetime via whole system simulation", 2004). Labels follow
 * data, and addresses that depend on ink; they do not follow branches, which are listed instead. The chips' cores call
 * shadow_step after each instruction that was executed; nothing here changes what they do.
 */
#ifndef KESU_SHADOW_H
#define KESU_SHADOW_H

#include <stdint.h>
#include <string.h>

/* 0: no ink. Bits 0 to 14: the first touch report it came from, 15 to 29: the last, 30: also by an address. */
typedef uint32_t label_t;
#define REPORT_BITS 15u
#define REPORT_MASK 0x7fffu
#define BY_ADDRESS (1u << 30)

/* The label of a value, and the address that it was loaded from. */
typedef struct {
    label_t label;
    uint32_t from;
} ink_t;

/* The last instruction that stored ink in a byte of memory, and where it had loaded it from. */
typedef struct {
    uint32_t pc, from;
} trail_t;

/* A branch that depends on ink, at `pc`, while the interpreter executed the bytecode at `bytecode` (0: none). */
typedef struct {
    uint32_t pc, bytecode;
    label_t label;
    uint32_t count;
} branch_t;

/* Ink that went to a place that is not traced. */
enum { SINK_STORE = 1, SINK_SPECIAL, SINK_COPROCESSOR, SINK_ALIAS };
typedef struct {
    uint32_t kind, pc, bytecode, address;
    label_t label;
    uint32_t from;
} sink_t;

/* Code that was entered and is neither in flash nor in SRAM: at `pc`, from the instruction at `from`. code: what the boot
 * ROM's table was asked for. */
typedef struct {
    uint32_t pc, from, code;
} entry_t;

/* What an exception interrupted: the bytecode, and the ink of each flag. stacked: the label of the flags in its frame, where
 * they are bits of one byte. */
typedef struct {
    uint32_t bytecode;
    label_t stacked;
    ink_t nz, c, v;
} interrupted_t;

#define BRANCHES 4096u
#define ENTRIES 256u
#define SINKS 64u
#define SENT 4096u
#define NESTED 16u

/* What was executed or loaded: by itself, and while a byte of memory had a label; a conditional jump with ink: taken, and
 * passed. JUMP_SHORT and JUMP_LONG are set beforehand at the opcodes of conditional jumps, of 2 and 3 bytes. CALLED: the
 * target of a call through a register. WATCHED: it ran while `watching`. */
enum {
    SEEN = 1,
    SEEN_WITH_INK = 2,
    TAKEN = 4,
    PASSED = 8,
    JUMP_SHORT = 16,
    JUMP_LONG = 32,
    CALLED = 64,
    WATCHED = 128
};

typedef struct {
    /* Memory: SRAM first, then the RAM of USB. */
    label_t *labels;
    trail_t *trails;
    /* One byte of SEEN flags for each halfword that can be executed (flash, then SRAM), and for each byte of the flash
     * that the interpreter fetched. */
    uint8_t *executed, *fetched;
    uint32_t sram_size, covered;    /* covered: bytes of flash with flags */
    uint32_t data_port;             /* the register from which bytes go to the panel */
    uint32_t divider;               /* of the RP2040's SIO, with operands and results; 0: none */
    uint32_t alias_base, alias_end; /* a second view of SRAM, in which nothing can be traced */
    uint32_t vm_start, vm_end;      /* code that executes bytecode */
    uint32_t rom_lookup;            /* the boot ROM's function that looks up another; 0: none */
    label_t input;                  /* of what the next load from a peripheral gives; then cleared */

    ink_t r[16], s[32], fpscr;
    ink_t nz, c, v; /* the flags */
    ink_t dividend, divisor, result;
    uint32_t pc, bytecode;
    uint32_t depth;
    interrupted_t interrupted[NESTED]; /* by each exception */
    uint32_t conditional, conditional_size; /* a conditional branch that was executed last, 0: none */
    uint32_t jump, jump_size;       /* the opcode of a conditional jump that was fetched last, 0: none */
    uint32_t frame, frame_floats;   /* an exception frame that this instruction pops at its end; 0: none */
    uint32_t inked;                 /* bytes of memory with a label */
    uint32_t sent;                  /* bytes stored in data_port; their labels, the last SENT of them */
    label_t sent_labels[SENT];
    uint32_t branch_count, branches_lost, sink_count; /* sink_count may be above SINKS */
    uint32_t watching;              /* whether calls, and what runs, are recorded: from READY on until a reset */
    uint32_t outside, entry_count;  /* outside: a bit for each exception level, the present one last */
    branch_t branches[BRANCHES];
    sink_t sinks[SINKS];
    entry_t entries[ENTRIES];
    uint64_t steps;
} shadow_t;

/* shadow.c */
void shadow_step(shadow_t *shadow, const uint32_t *before, uint32_t first, uint32_t second, int sets_flags);
void shadow_push(shadow_t *shadow, uint32_t frame);
void shadow_pop(shadow_t *shadow, uint32_t frame);
void shadow_push_floats(shadow_t *shadow, uint32_t address);
void shadow_pop_floats(shadow_t *shadow, uint32_t address);
void shadow_reset(shadow_t *shadow);
ink_t shadow_load(shadow_t *shadow, uint32_t address, uint32_t size, ink_t where);
void shadow_store(shadow_t *shadow, uint32_t address, uint32_t size, ink_t value, ink_t where);
void shadow_branch(shadow_t *shadow, ink_t condition);
void shadow_called(const shadow_t *shadow, uint32_t target);
void shadow_sink(shadow_t *shadow, uint32_t kind, uint32_t address, ink_t value);

/* flow16.c, flow32.c, flow_floats.c: where the ink goes in one instruction; r: the registers before it. */
void flow16(shadow_t *shadow, const uint32_t *r, uint32_t op, int sets_flags);
void flow32(shadow_t *shadow, const uint32_t *r, uint32_t first, uint32_t second);
void flow_coprocessor(shadow_t *shadow, const uint32_t *r, uint32_t first, uint32_t second);
void flow_multiple(shadow_t *shadow, uint32_t base, uint32_t address, uint32_t list, int load);

static const ink_t NO_INK = { 0, 0 };

static inline label_t merged(label_t one, label_t other) {
    uint32_t first, last;
    if (!one || !other) {
        return one | other;
    }
    first = (one & REPORT_MASK) < (other & REPORT_MASK) ? one & REPORT_MASK : other & REPORT_MASK;
    last = one >> REPORT_BITS & REPORT_MASK;
    last = (other >> REPORT_BITS & REPORT_MASK) > last ? other >> REPORT_BITS & REPORT_MASK : last;
    return first | last << REPORT_BITS | ((one | other) & BY_ADDRESS);
}

/* The ink of a result that depends on both. */
static inline ink_t both(ink_t one, ink_t other) {
    ink_t result = one.label ? one : other;
    result.label = merged(one.label, other.label);
    return result;
}

/* The ink of what is found at an address that depends on it. */
static inline ink_t by_address(ink_t where) {
    where.label |= where.label ? BY_ADDRESS : 0;
    return where;
}

/* An addition or subtraction sets all flags. */
static inline void set_flags(shadow_t *shadow, ink_t value) {
    shadow->nz = shadow->c = shadow->v = value;
}

/* The ink of a condition (ARMv6-M ARM A6.3). */
static inline ink_t condition_ink(const shadow_t *shadow, uint32_t condition) {
    switch (condition >> 1) {
        case 0:
        case 2: return shadow->nz; /* EQ, NE, MI, PL */
        case 1: return shadow->c; /* CS, CC */
        case 3: return shadow->v; /* VS, VC */
        case 4: return both(shadow->c, shadow->nz); /* HI, LS */
        case 5:
        case 6: return both(shadow->nz, shadow->v); /* GE, LT, GT, LE */
        default: return NO_INK; /* AL */
    }
}
#endif
