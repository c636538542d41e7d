/* shadow: labels of memory, branches that depend on ink, places that ink must not reach, and what was executed. */
/* SPDX-License-Identifier: MIT */

#include "shadow.h"

#define FLASH_BASE 0x10000000u
#define SRAM_BASE 0x20000000u
#define DPRAM_BASE 0x50100000u
#define DPRAM_SIZE 0x1000u

/* Offsets from the divider's first register (RP2040 datasheet 2.3.1.7): operands, then quotient and remainder. */
enum { OPERANDS = 0x10, DIVIDER = 0x18 };

uint32_t kesu_shadow_size(void) {
    return sizeof(shadow_t);
}

/* The labels from an address in memory on; 0: something else is there. */
static label_t *labels_at(const shadow_t *shadow, uint32_t address, uint32_t size) {
    if (address - SRAM_BASE <= shadow->sram_size - size) {
        return shadow->labels + (address - SRAM_BASE);
    }
    if (address - DPRAM_BASE <= DPRAM_SIZE - size) {
        return shadow->labels + shadow->sram_size + (address - DPRAM_BASE);
    }
    return 0;
}

static void mark(const shadow_t *shadow, uint8_t *flags) {
    *flags |= shadow->inked ? SEEN | SEEN_WITH_INK : SEEN;
}

/* What is executed, or fetched, next says how a conditional jump ended. */
static void settle(const shadow_t *shadow, uint8_t *flags, int passed) {
    if (shadow->inked) {
        *flags |= passed ? PASSED : TAKEN;
    }
}

static uint8_t *executed_at(const shadow_t *shadow, uint32_t pc) {
    if (pc - FLASH_BASE < shadow->covered) {
        return shadow->executed + (pc - FLASH_BASE) / 2;
    }
    return pc - SRAM_BASE < shadow->sram_size ? shadow->executed + (shadow->covered + (pc - SRAM_BASE)) / 2 : 0;
}

/* Code outside of flash and SRAM was entered. entry_count may be above ENTRIES. */
static void enter(shadow_t *shadow, uint32_t pc, uint32_t code) {
    uint32_t known = shadow->entry_count < ENTRIES ? shadow->entry_count : ENTRIES;
    for (uint32_t i = 0; i < known; i++) {
        const entry_t *entry = &shadow->entries[i];
        if (entry->pc == pc && entry->from == shadow->pc && entry->code == code) {
            return;
        }
    }
    if (shadow->entry_count++ < ENTRIES) {
        shadow->entries[shadow->entry_count - 1] = (entry_t){ pc, shadow->pc, code };
    }
}

/* A call through a register. */
void shadow_called(const shadow_t *shadow, uint32_t target) {
    uint8_t *flags = executed_at(shadow, target & ~1u);
    if (flags && shadow->watching) {
        *flags |= CALLED;
    }
}

/* The interpreter fetched a byte of bytecode. */
static void fetch(shadow_t *shadow, uint32_t address) {
    uint8_t *flags = shadow->fetched + (address - FLASH_BASE);
    uint32_t after = address - shadow->jump;
    if (shadow->jump && (after == 0 || after >= shadow->jump_size)) {
        settle(shadow, shadow->fetched + (shadow->jump - FLASH_BASE), after == shadow->jump_size);
        shadow->jump = 0;
    }
    if (*flags & (JUMP_SHORT | JUMP_LONG)) {
        shadow->jump = address;
        shadow->jump_size = *flags & JUMP_SHORT ? 2 : 3;
    }
    shadow->bytecode = address;
    mark(shadow, flags);
}

void shadow_sink(shadow_t *shadow, uint32_t kind, uint32_t address, ink_t value) {
    if (shadow->sink_count++ < SINKS) {
        sink_t *sink = &shadow->sinks[shadow->sink_count - 1];
        *sink = (sink_t){ kind, shadow->pc, shadow->bytecode, address, value.label, value.from };
    }
}

void shadow_branch(shadow_t *shadow, ink_t condition) {
    uint32_t pc = shadow->pc, bytecode = shadow->bytecode, slot;
    if (!condition.label) {
        return;
    }
    slot = (pc ^ bytecode * 2654435761u) * 2654435761u >> 20;
    for (uint32_t tried = 0; tried < BRANCHES; tried++, slot++) {
        branch_t *branch = &shadow->branches[slot % BRANCHES];
        if (!branch->count) {
            *branch = (branch_t){ pc, bytecode, condition.label, 1 };
            shadow->branch_count++;
            return;
        }
        if (branch->pc == pc && branch->bytecode == bytecode) {
            branch->label = merged(branch->label, condition.label);
            branch->count += branch->count != UINT32_MAX;
            return;
        }
    }
    shadow->branches_lost++;
}

/* An access to the divider: its results depend on both operands, or on what was written in their place. */
static void divider_store(shadow_t *shadow, uint32_t offset, ink_t value) {
    if (offset >= OPERANDS) {
        shadow->result = value;
    } else {
        *(offset & 4 ? &shadow->divisor : &shadow->dividend) = value;
        shadow->result = both(shadow->dividend, shadow->divisor);
    }
}

static ink_t divider_load(const shadow_t *shadow, uint32_t offset) {
    return offset >= OPERANDS ? shadow->result : offset & 4 ? shadow->divisor : shadow->dividend;
}

/* What a load gives. where: the ink of its address. */
ink_t shadow_load(shadow_t *shadow, uint32_t address, uint32_t size, ink_t where) {
    ink_t value = by_address(where);
    const label_t *at = labels_at(shadow, address, size);
    if (at) {
        for (uint32_t i = 0; i < size; i++) {
            if (at[i]) {
                value.label = merged(value.label, at[i]);
                value.from = address + i;
            }
        }
        return value;
    }
    if (address - FLASH_BASE < shadow->covered) {
        if (size == 1 && shadow->pc - shadow->vm_start < shadow->vm_end - shadow->vm_start) {
            fetch(shadow, address);
        }
        return value;
    }
    if (shadow->input) {
        value.label = merged(value.label, shadow->input);
        value.from = address;
        shadow->input = 0;
    }
    if (shadow->divider && address - shadow->divider < DIVIDER) {
        value = both(value, divider_load(shadow, address - shadow->divider));
    }
    if (address - shadow->alias_base < shadow->alias_end - shadow->alias_base) {
        shadow_sink(shadow, SINK_ALIAS, address, value);
    }
    return value;
}

void shadow_store(shadow_t *shadow, uint32_t address, uint32_t size, ink_t value, ink_t where) {
    label_t *at = labels_at(shadow, address, size);
    value = both(value, by_address(where));
    if (at) {
        for (uint32_t i = 0; i < size; i++) {
            if (value.label) {
                shadow->trails[at - shadow->labels + i] = (trail_t){ shadow->pc, value.from };
            }
            shadow->inked += (uint32_t)!at[i] & (uint32_t)(value.label != 0);
            shadow->inked -= (uint32_t)(at[i] != 0) & (uint32_t)!value.label;
            at[i] = value.label;
        }
        if (value.label && at >= shadow->labels + shadow->sram_size) { /* the PC reads there */
            shadow_sink(shadow, SINK_STORE, address, value);
        }
        return;
    }
    if (address == shadow->data_port) {
        shadow->sent_labels[shadow->sent++ % SENT] = value.label;
        return;
    }
    if (shadow->divider && address - shadow->divider < DIVIDER) {
        divider_store(shadow, address - shadow->divider, value);
        return;
    }
    if (address - shadow->alias_base < shadow->alias_end - shadow->alias_base) {
        shadow_sink(shadow, SINK_ALIAS, address, value);
    } else if (value.label) {
        shadow_sink(shadow, SINK_STORE, address, value);
    }
}

/* Exception entry and return: r0 to r3, r12, LR, the return address, xPSR with the flags (ARMv6-M ARM B1.5.6, Armv8-M
 * ARM B3.19). */
void shadow_push(shadow_t *shadow, uint32_t frame) {
    static const uint8_t REGISTERS[6] = { 0, 1, 2, 3, 12, 14 };
    for (uint32_t i = 0; i < 6; i++) {
        shadow_store(shadow, frame + 4 * i, 4, shadow->r[REGISTERS[i]], NO_INK);
    }
    shadow_store(shadow, frame + 24, 4, NO_INK, NO_INK);
    ink_t flags = both(shadow->nz, both(shadow->c, shadow->v));
    shadow_store(shadow, frame + 28, 4, flags, NO_INK);
    shadow->r[14] = NO_INK;
    shadow->interrupted[shadow->depth++ % NESTED] =
        (interrupted_t){ shadow->bytecode, flags.label, shadow->nz, shadow->c, shadow->v };
    shadow->bytecode = shadow->jump = shadow->conditional = 0;
    shadow->outside <<= 1;
}

void shadow_pop(shadow_t *shadow, uint32_t frame) {
    static const uint8_t REGISTERS[6] = { 0, 1, 2, 3, 12, 14 };
    for (uint32_t i = 0; i < 6; i++) {
        shadow->r[REGISTERS[i]] = shadow_load(shadow, frame + 4 * i, 4, NO_INK);
    }
    ink_t flags = shadow_load(shadow, frame + 28, 4, NO_INK);
    set_flags(shadow, flags);
    shadow->bytecode = 0;
    if (shadow->depth) {
        const interrupted_t *was = &shadow->interrupted[--shadow->depth % NESTED];
        shadow->bytecode = was->bytecode;
        if (flags.label == was->stacked) { /* the handler has left its frame as it was */
            shadow->nz = was->nz;
            shadow->c = was->c;
            shadow->v = was->v;
        }
    }
    shadow->outside >>= 1;
}

/* s0 to s15 and FPSCR in the extended frame. */
void shadow_push_floats(shadow_t *shadow, uint32_t address) {
    for (uint32_t i = 0; i < 16; i++) {
        shadow_store(shadow, address + 4 * i, 4, shadow->s[i], NO_INK);
    }
    shadow_store(shadow, address + 64, 4, shadow->fpscr, NO_INK);
}

void shadow_pop_floats(shadow_t *shadow, uint32_t address) {
    for (uint32_t i = 0; i < 16; i++) {
        shadow->s[i] = shadow_load(shadow, address + 4 * i, 4, NO_INK);
    }
    shadow->fpscr = shadow_load(shadow, address + 64, 4, NO_INK);
}

/* The core was reset: its registers, and the divider, have their reset values. Memory keeps its labels. */
void shadow_reset(shadow_t *shadow) {
    memset(shadow->r, 0, sizeof(shadow->r));
    memset(shadow->s, 0, sizeof(shadow->s));
    shadow->fpscr = shadow->dividend = shadow->divisor = shadow->result = NO_INK;
    set_flags(shadow, NO_INK);
    shadow->input = shadow->frame = shadow->depth = shadow->bytecode = shadow->jump = shadow->conditional = 0;
    shadow->outside = 0;
}

/* An instruction was executed. before: r0 to r15 before it, r15 its address; sets_flags: as outside of an IT block. */
void shadow_step(shadow_t *shadow, const uint32_t *before, uint32_t first, uint32_t second, int sets_flags) {
    uint32_t pc = before[15] & ~1u;
    uint8_t *flags = executed_at(shadow, pc);
    if (shadow->conditional) {
        uint8_t *branch = executed_at(shadow, shadow->conditional);
        if (branch) {
            settle(shadow, branch, pc == shadow->conditional + shadow->conditional_size);
        }
        shadow->conditional = 0;
    }
    if (flags) {
        mark(shadow, flags);
        *flags |= shadow->watching ? WATCHED : 0;
        shadow->outside &= ~1u;
    } else {
        if (shadow->watching && (!(shadow->outside & 1) || pc == shadow->rom_lookup)) {
            enter(shadow, pc, pc == shadow->rom_lookup ? before[1] & 0xffff : 0);
        }
        shadow->outside |= 1;
    }
    shadow->pc = pc;
    shadow->steps++;
    if (first >= 0xe800) {
        flow32(shadow, before, first, second);
    } else {
        flow16(shadow, before, first, sets_flags);
    }
    shadow->input = 0;
    if (shadow->frame) {
        shadow_pop(shadow, shadow->frame);
        if (shadow->frame_floats) {
            shadow_pop_floats(shadow, shadow->frame + 0x20);
        }
        shadow->frame = 0;
    }
}
