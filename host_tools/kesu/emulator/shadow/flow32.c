/* flow32: where the ink goes in an instruction of 32 bits. */
/* SPDX-License-Identifier: MIT
 *
 * Encodings: Armv8-M Architecture Reference Manual (DDI 0553B) C2.3; ARMv6-M has only BL, MRS, MSR and barriers of them.
 */

#include "shadow.h"

static ink_t operand(const shadow_t *shadow, uint32_t number) {
    return number == 15 ? NO_INK : shadow->r[number];
}

static void set(shadow_t *shadow, uint32_t d, ink_t value) {
    if (d == 15) {
        shadow_branch(shadow, value);
    } else {
        shadow->r[d] = value;
    }
}

/* AND to SUB with a second operand; of a logic instruction the shifter sets C. */
static void process(shadow_t *shadow, uint32_t first, uint32_t d, ink_t other, int same) {
    uint32_t kind = first >> 5 & 15, rn = first & 15, flags = first >> 4 & 1;
    int move = (kind == 2 || kind == 3) && rn == 15; /* MOV, MVN */
    ink_t value = move ? other : both(operand(shadow, rn), other);
    if (kind == 10 || kind == 11) {
        value = both(value, shadow->c); /* ADC, SBC */
    }
    if (same && (kind == 4 || kind == 13)) {
        value = NO_INK; /* EOR, SUB of a register and itself */
    }
    if (d != 15) {
        shadow->r[d] = value;
    }
    if (flags && kind < 8) {
        shadow->nz = value;
        shadow->c = both(value, shadow->c);
    } else if (flags) {
        set_flags(shadow, value);
    }
}

static void shifted_register(shadow_t *shadow, uint32_t first, uint32_t second) {
    uint32_t imm5 = (second >> 12 & 7) << 2 | (second >> 6 & 3), type = second >> 4 & 3;
    ink_t value = operand(shadow, second & 15);
    if (type == 3 && !imm5) {
        value = both(value, shadow->c); /* RRX */
    }
    if ((first >> 5 & 15) == 6) { /* PKHBT, PKHTB */
        set(shadow, second >> 8 & 15, both(operand(shadow, first & 15), value));
        return;
    }
    process(shadow, first, second >> 8 & 15, value, (first & 15) == (second & 15) && !imm5 && !type);
}

static void plain_immediate(shadow_t *shadow, uint32_t first, uint32_t second) {
    uint32_t d = second >> 8 & 15, rn = first & 15;
    switch (first >> 4 & 31) {
        case 4: shadow->r[d] = NO_INK; break; /* MOVW */
        case 12: break; /* MOVT */
        case 22: shadow->r[d] = both(shadow->r[d], operand(shadow, rn)); break; /* BFI, BFC */
        default: set(shadow, d, operand(shadow, rn)); break; /* ADDW, SUBW, ADR, SSAT, USAT, SBFX, UBFX */
    }
}

static void branches(shadow_t *shadow, uint32_t first, uint32_t second) {
    if (second & 0x1000) { /* B, BL */
        if (second & 0x4000) {
            shadow->r[14] = NO_INK;
        }
    } else if ((first >> 6 & 15) < 14) {
        shadow->conditional = shadow->pc;
        shadow->conditional_size = 4;
        shadow_branch(shadow, condition_ink(shadow, first >> 6 & 15));
    } else if ((first & 0xffe0) == 0xf380) { /* MSR */
        ink_t value = operand(shadow, first & 15);
        if ((second & 255) < 4) {
            set_flags(shadow, value); /* APSR and what contains it */
        } else if (value.label) {
            shadow_sink(shadow, SINK_SPECIAL, second & 255, value);
        }
    } else if ((first & 0xffef) == 0xf3ef) { /* MRS */
        set(shadow, second >> 8 & 15, (second & 255) < 4 ? both(shadow->nz, both(shadow->c, shadow->v)) : NO_INK);
    }
}

/* Shifts, extensions, REV, CLZ, multiplications, divisions. */
static void by_register(shadow_t *shadow, uint32_t first, uint32_t second) {
    uint32_t rn = first & 15, d = second >> 8 & 15, a = second >> 12;
    ink_t value = both(operand(shadow, rn), operand(shadow, second & 15));
    if (first >> 7 == 0xfb80 >> 7) { /* SMULL to UMLAL; divisions: kinds 1 and 3 */
        uint32_t kind = first >> 4 & 7;
        if (kind == 1 || kind == 3) {
            shadow->r[d] = value;
            return;
        }
        value = kind & 4 ? both(value, both(shadow->r[d], shadow->r[a])) : value;
        shadow->r[a] = shadow->r[d] = value;
        return;
    }
    if (first >> 7 == 0xfb00 >> 7) {
        shadow->r[d] = both(value, operand(shadow, a));
        return;
    }
    shadow->r[d] = value;
    if (first >> 7 == 0xfa00 >> 7 && !(second & 0xf0) && first & 0x10) { /* shifts by a register, with flags */
        shadow->nz = value;
        shadow->c = both(value, shadow->c);
    }
}

static void dual(shadow_t *shadow, const uint32_t *r, uint32_t first, uint32_t second) { /* LDRD, STRD */
    uint32_t rn = first & 15, t = second >> 12, t2 = second >> 8 & 15, bytes = (second & 255) << 2;
    uint32_t base = rn == 15 ? (r[15] + 4) & ~3u : r[rn], address = base;
    ink_t where = operand(shadow, rn), one, other;
    if (first >> 8 & 1) {
        address = first >> 7 & 1 ? base + bytes : base - bytes;
    }
    if (first >> 4 & 1) {
        one = shadow_load(shadow, address, 4, where);
        other = shadow_load(shadow, address + 4, 4, where);
        shadow->r[t] = one;
        shadow->r[t2] = other;
    } else {
        shadow_store(shadow, address, 4, shadow->r[t], where);
        shadow_store(shadow, address + 4, 4, shadow->r[t2], where);
    }
}

/* LDREX, STREX and relatives, LDA, STL, TBB, TBH, TT. */
static void exclusive(shadow_t *shadow, const uint32_t *r, uint32_t first, uint32_t second) {
    uint32_t rn = first & 15, t = second >> 12, kind = second >> 4 & 15, load = first >> 4 & 1, size = 1u << (kind & 3);
    ink_t where = operand(shadow, rn);
    if (!(first & 0x80)) {
        if (!load && t == 15 && !(second & 0x3f)) { /* TT */
            shadow->r[second >> 8 & 15] = NO_INK;
            return;
        }
        if (load) {
            shadow->r[t] = shadow_load(shadow, r[rn] + ((second & 255) << 2), 4, where);
        } else {
            shadow_store(shadow, r[rn] + ((second & 255) << 2), 4, shadow->r[t], where);
            shadow->r[second >> 8 & 15] = NO_INK;
        }
        return;
    }
    if (load && kind < 2) { /* TBB, TBH */
        uint32_t base = rn == 15 ? r[15] + 4 : r[rn];
        ink_t index = both(where, operand(shadow, second & 15));
        shadow_branch(shadow, shadow_load(shadow, base + (r[second & 15] << kind), size, index));
    } else if (load) {
        shadow->r[t] = shadow_load(shadow, r[rn], size, where);
    } else {
        shadow_store(shadow, r[rn], size, shadow->r[t], where);
        if (kind & 4) {
            shadow->r[second & 15] = NO_INK;
        }
    }
}

static void single(shadow_t *shadow, const uint32_t *r, uint32_t first, uint32_t second) {
    uint32_t rn = first & 15, t = second >> 12, size = 1u << (first >> 5 & 3), load = first >> 4 & 1, bytes, address;
    ink_t where = operand(shadow, rn);
    if (load && t == 15 && size < 4) {
        return; /* PLD, PLI */
    }
    if (rn == 15) {
        bytes = second & 0xfff;
        address = ((r[15] + 4) & ~3u) + (first & 0x80 ? bytes : 0 - bytes);
    } else if (first & 0x80) {
        address = r[rn] + (second & 0xfff);
    } else if (!(second & 0x800)) {
        address = r[rn] + (r[second & 15] << (second >> 4 & 3));
        where = both(where, operand(shadow, second & 15));
    } else {
        bytes = second & 255;
        address = r[rn] + (!(second >> 10 & 1) ? 0 : second >> 9 & 1 ? bytes : 0 - bytes);
    }
    if (load) {
        set(shadow, t, shadow_load(shadow, address, size, where));
    } else {
        shadow_store(shadow, address, size, shadow->r[t], where);
    }
}

void flow32(shadow_t *shadow, const uint32_t *r, uint32_t first, uint32_t second) {
    if ((first & 0xec00) == 0xec00) {
        flow_coprocessor(shadow, r, first, second);
    } else if ((first & 0xfe40) == 0xe800) { /* LDM, STM; down: from below the base */
        uint32_t base = r[first & 15], bytes = 4 * (uint32_t)__builtin_popcount(second);
        flow_multiple(shadow, first & 15, first >> 8 & 1 ? base - bytes : base, second, (int)(first & 0x10));
    } else if ((first & 0xfe40) == 0xe840) {
        if (first & 0x0120) {
            dual(shadow, r, first, second);
        } else {
            exclusive(shadow, r, first, second);
        }
    } else if ((first & 0xfe00) == 0xf800) {
        single(shadow, r, first, second);
    } else if ((first & 0xfe00) == 0xea00) {
        shifted_register(shadow, first, second);
    } else if ((first & 0xf800) == 0xf000) {
        if (second & 0x8000) {
            branches(shadow, first, second);
        } else if (first & 0x200) {
            plain_immediate(shadow, first, second);
        } else {
            process(shadow, first, second >> 8 & 15, NO_INK, 0);
        }
    } else {
        by_register(shadow, first, second);
    }
}
