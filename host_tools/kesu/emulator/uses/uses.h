/* uses: which registers a program reads and writes: every access of a core that is not to plain memory. */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_USES_H
#define KESU_USES_H

#include <stdint.h>

enum { USES_MOST = 4096, USES_SLOTS = 16384, USES_KEPT_MOST = 2048, USES_SPANS = 4, USES_RECENT = 64 };
#define USES_STORE 0x100u

/* One use, once however often it is made. kind: its size in bytes, USES_STORE for a store. value: of a store, as far as
 * `kept` says. */
typedef struct {
    uint32_t address, kind, value, pc;
} use_t;

/* The bits of a value that distinguish uses of a register; all of those of a register that is not listed. */
typedef struct {
    uint32_t address, bits;
} kept_t;

/* A memory: a use is that of an address with the bits of `mask`, whatever its value. size 0: none. */
typedef struct {
    uint32_t base, size, mask;
} span_t;

/* on: whether uses are noted. lost: uses that found no place. */
typedef struct {
    uint32_t on, count, lost, kept_count;
    span_t span[USES_SPANS];
    kept_t kept[USES_KEPT_MOST]; /* by ascending address */
    use_t use[USES_MOST];
    uint16_t slot[USES_SLOTS]; /* index in `use` plus one; 0: free */
    use_t recent[USES_RECENT]; /* accesses that are noted, as they were made: a loop that polls makes the same ones */
} uses_t;

void uses_note(uses_t *uses, uint32_t address, uint32_t kind, uint32_t value, uint32_t pc);

/* Whether an access is not to plain memory: SRAM, and reads of ROM and of flash through its first window. */
static inline int uses_wanted(uint32_t address, int store) {
    uint32_t top = address >> 24;
    return top != 0x20 && (store || (top != 0x00 && top != 0x10));
}

/* To be called for every load and store, before it is decided who answers it; value: what is stored. */
static inline void uses_access(uses_t *uses, uint32_t address, uint32_t size, int store, uint32_t value, uint32_t pc) {
    if (uses && uses_wanted(address, store) && uses->on) {
        uses_note(uses, address, size | (store ? USES_STORE : 0), store ? value : 0, pc);
    }
}
#endif
