/* flow16: where the ink goes in an instruction of 16 bits. */
/* SPDX-License-Identifier: MIT
 *
 * Encodings: ARMv6-M Architecture Reference Manual (DDI 0419) A5.2; CBZ, CBNZ and IT: Armv8-M (DDI 0553B) C2.4.
 */

#include "shadow.h"

static void data_processing(shadow_t *shadow, uint32_t op, int sets_flags) {
    uint32_t d = op & 7, m = op >> 3 & 7, kind = op >> 6 & 15;
    ink_t value = both(shadow->r[d], shadow->r[m]);
    switch (kind) {
        case 1: value = d == m ? NO_INK : value; break;  /* EORS: of a register with itself it is 0 */
        case 5:
        case 6: value = both(value, shadow->c); break;   /* ADCS, SBCS */
        case 9:
        case 15: value = shadow->r[m]; break;            /* RSBS, MVNS */
        default: break;
    }
    if (kind != 8 && kind != 10 && kind != 11) { /* not TST, CMP, CMN */
        shadow->r[d] = value;
    } else {
        sets_flags = 1;
    }
    if (!sets_flags) {
        return;
    }
    switch (kind) {
        case 2:
        case 3:
        case 4:
        case 7: /* shifts: a count of 0 leaves C */
            shadow->nz = value;
            shadow->c = both(value, shadow->c);
            break;
        case 5:
        case 6:
        case 9:
        case 10:
        case 11: set_flags(shadow, value); break;
        default: shadow->nz = value; break;
    }
}

static void high_registers(shadow_t *shadow, const uint32_t *r, uint32_t op) {
    uint32_t m = op >> 3 & 15, d = (op >> 4 & 8) | (op & 7);
    ink_t value = m == 15 ? NO_INK : shadow->r[m], was = d == 15 ? NO_INK : shadow->r[d];
    switch (op >> 8 & 3) {
        case 0: value = both(value, was); break; /* ADD */
        case 1: set_flags(shadow, both(value, was)); return; /* CMP */
        case 2: break; /* MOV */
        default: /* BX, BLX */
            shadow_branch(shadow, value);
            if (op & 0x80) {
                shadow_called(shadow, r[m]);
                shadow->r[14] = NO_INK;
            }
            return;
    }
    if (d == 15) {
        shadow_branch(shadow, value);
    } else {
        shadow->r[d] = value;
    }
}

/* Registers of `list` to or from memory, the lowest first. */
void flow_multiple(shadow_t *shadow, uint32_t base, uint32_t address, uint32_t list, int load) {
    ink_t where = shadow->r[base];
    for (uint32_t i = 0; i < 16; i++) {
        if (!(list >> i & 1)) {
            continue;
        }
        if (load) {
            ink_t value = shadow_load(shadow, address, 4, where);
            if (i == 15) {
                shadow_branch(shadow, value);
            } else {
                shadow->r[i] = value;
            }
        } else {
            shadow_store(shadow, address, 4, shadow->r[i], where);
        }
        address += 4;
    }
}

static void miscellaneous(shadow_t *shadow, const uint32_t *r, uint32_t op) {
    uint32_t d = op & 7, list, bytes;
    if ((op & 0x0500) == 0x0100) { /* CBZ, CBNZ */
        shadow->conditional = shadow->pc;
        shadow->conditional_size = 2;
        shadow_branch(shadow, shadow->r[d]);
        return;
    }
    if ((op & 0x0e00) == 0x0400) { /* PUSH */
        list = (op & 255) | (op >> 8 & 1) << 14;
        bytes = 4 * (uint32_t)__builtin_popcount(list);
        flow_multiple(shadow, 13, r[13] - bytes, list, 0);
        return;
    }
    if ((op & 0x0e00) == 0x0c00) { /* POP */
        flow_multiple(shadow, 13, r[13], (op & 255) | (op >> 8 & 1) << 15, 1);
        return;
    }
    if ((op & 0x0f00) == 0x0200 || (op & 0x0f00) == 0x0a00) { /* SXTH to UXTB, REV to REVSH */
        shadow->r[d] = shadow->r[op >> 3 & 7];
    } else if (op >> 8 == 0xbf && op & 15) { /* IT */
        shadow_branch(shadow, condition_ink(shadow, op >> 4 & 15));
    }
}

static void load_or_store(shadow_t *shadow, uint32_t address, uint32_t t, uint32_t size, int store, ink_t where) {
    if (store) {
        shadow_store(shadow, address, size, shadow->r[t], where);
    } else {
        shadow->r[t] = shadow_load(shadow, address, size, where);
    }
}

static void memory(shadow_t *shadow, const uint32_t *r, uint32_t op) {
    static const struct {
        uint8_t size, store;
    } BY_REGISTER[8] = { { 4, 1 }, { 2, 1 }, { 1, 1 }, { 1, 0 }, { 4, 0 }, { 2, 0 }, { 1, 0 }, { 2, 0 } };
    uint32_t n = op >> 3 & 7, m = op >> 6 & 7, imm5 = op >> 6 & 31, t = op & 7, kind = op >> 9 & 7;
    ink_t base = shadow->r[n];
    switch (op >> 11) {
        case 0x09: /* LDR literal */
            shadow->r[op >> 8 & 7] = shadow_load(shadow, ((r[15] + 4) & ~3u) + ((op & 255) << 2), 4, NO_INK);
            break;
        case 0x0a:
        case 0x0b:
            load_or_store(shadow, r[n] + r[m], t, BY_REGISTER[kind].size, BY_REGISTER[kind].store,
                          both(base, shadow->r[m]));
            break;
        case 0x0c:
        case 0x0d: load_or_store(shadow, r[n] + (imm5 << 2), t, 4, !(op & 0x800), base); break;
        case 0x0e:
        case 0x0f: load_or_store(shadow, r[n] + imm5, t, 1, !(op & 0x800), base); break;
        case 0x10:
        case 0x11: load_or_store(shadow, r[n] + (imm5 << 1), t, 2, !(op & 0x800), base); break;
        default: /* relative to SP */
            load_or_store(shadow, r[13] + ((op & 255) << 2), op >> 8 & 7, 4, !(op & 0x800), shadow->r[13]);
            break;
    }
}

void flow16(shadow_t *shadow, const uint32_t *r, uint32_t op, int sets_flags) {
    uint32_t d = op & 7, s = op >> 3 & 7, d8 = op >> 8 & 7, list = op & 255;
    ink_t value;
    switch (op >> 11) {
        case 0x00:
        case 0x01:
        case 0x02: /* LSL, LSR, ASR; LSL by 0 leaves C */
            value = shadow->r[d] = shadow->r[s];
            if (sets_flags) {
                shadow->nz = value;
                shadow->c = op >> 6 ? value : shadow->c;
            }
            break;
        case 0x03: /* ADD, SUB: register or 3-bit immediate; SUB of a register from itself is 0 */
            value = op & 0x400 ? shadow->r[s] : both(shadow->r[s], shadow->r[op >> 6 & 7]);
            value = (op & 0x600) == 0x200 && s == (op >> 6 & 7) ? NO_INK : value;
            shadow->r[d] = value;
            if (sets_flags) {
                set_flags(shadow, value);
            }
            break;
        case 0x04: /* MOV leaves C and V */
            shadow->r[d8] = NO_INK;
            if (sets_flags) {
                shadow->nz = NO_INK;
            }
            break;
        case 0x05: set_flags(shadow, shadow->r[d8]); break; /* CMP */
        case 0x06:
        case 0x07: /* ADD, SUB */
            if (sets_flags) {
                set_flags(shadow, shadow->r[d8]);
            }
            break;
        case 0x08:
            if (op & 0x400) {
                high_registers(shadow, r, op);
            } else {
                data_processing(shadow, op, sets_flags);
            }
            break;
        case 0x14: shadow->r[d8] = NO_INK; break; /* ADR */
        case 0x15: shadow->r[d8] = shadow->r[13]; break; /* ADD SP */
        case 0x16:
        case 0x17: miscellaneous(shadow, r, op); break;
        case 0x18:
        case 0x19: flow_multiple(shadow, d8, r[d8], list, (int)(op & 0x800)); break;
        case 0x1a:
        case 0x1b: /* B with a condition */
            if ((op >> 9 & 7) != 7) {
                shadow->conditional = shadow->pc;
                shadow->conditional_size = 2;
                shadow_branch(shadow, condition_ink(shadow, op >> 8 & 15));
            }
            break;
        case 0x1c: break; /* B */
        default: memory(shadow, r, op); break;
    }
}
