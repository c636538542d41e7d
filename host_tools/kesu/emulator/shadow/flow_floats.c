/* flow_floats: where the ink goes in an instruction for a coprocessor: the FPU, pins, doubles. */
/* SPDX-License-Identifier: MIT
 *
 * Encodings: Armv8-M Architecture Reference Manual (DDI 0553B) C2.3.8, C2.4. An arithmetic instruction is taken to depend on
 * all registers that its fields name, and on the one that it changes.
 */

#include "shadow.h"

/* VLDR, VSTR, VLDM, VSTM, VPUSH, VPOP; `first_s`: the first register. */
static void transfer(shadow_t *shadow, const uint32_t *r, uint32_t first, uint32_t second, uint32_t first_s) {
    uint32_t rn = first & 15, wide = second >> 8 & 1, count = second & 255, bytes = count << 2;
    uint32_t base = rn == 15 ? (r[15] + 4) & ~3u : r[rn], up = first >> 7 & 1, load = first >> 4 & 1, address;
    ink_t where = rn == 15 ? NO_INK : shadow->r[rn];
    if ((first & 0x0120) == 0x0100) { /* one register, with an offset */
        address = up ? base + bytes : base - bytes;
        count = wide ? 2 : 1;
    } else {
        address = up ? base : base - bytes;
    }
    if (wide) {
        first_s = (first_s >> 1 | (first >> 6 & 1) << 4) * 2;
    }
    for (uint32_t i = 0; i < count && first_s + i < 32; i++) {
        if (load) {
            shadow->s[first_s + i] = shadow_load(shadow, address + 4 * i, 4, where);
        } else {
            shadow_store(shadow, address + 4 * i, 4, shadow->s[first_s + i], where);
        }
    }
}

static void move_two(shadow_t *shadow, uint32_t first, uint32_t second, uint32_t m) {
    uint32_t t = second >> 12 & 15, t2 = first & 15;
    if (second & 0x100) {
        m = ((second >> 5 & 1) << 4 | (second & 15)) * 2;
    }
    if (m == 31) {
        return;
    }
    if (first & 0x10) {
        shadow->r[t] = shadow->s[m];
        shadow->r[t2] = shadow->s[m + 1];
    } else {
        shadow->s[m] = shadow->r[t];
        shadow->s[m + 1] = shadow->r[t2];
    }
}

static void move_one(shadow_t *shadow, uint32_t first, uint32_t second, uint32_t n) { /* VMOV, VMRS, VMSR */
    uint32_t t = second >> 12 & 15, to_core = first >> 4 & 1;
    if ((first & 0xe0) == 0xe0) {
        if (!to_core) {
            shadow->fpscr = shadow->r[t];
        } else if (t == 15) {
            set_flags(shadow, shadow->fpscr);
        } else {
            shadow->r[t] = shadow->fpscr;
        }
        return;
    }
    if (second & 0x100) {
        n = ((second >> 7 & 1) << 4 | (first & 15)) * 2 + (first >> 5 & 1);
    }
    if (to_core) {
        shadow->r[t] = shadow->s[n];
    } else {
        shadow->s[n] = shadow->r[t];
    }
}

static void arithmetic(shadow_t *shadow, uint32_t first, uint32_t second, uint32_t d, uint32_t n, uint32_t m) {
    uint32_t kind = (first >> 7 & 1) << 3 | (first >> 4 & 3) << 1 | (second >> 6 & 1);
    ink_t value = both(shadow->s[n], shadow->s[m]);
    if (first >> 8 == 0xfe) { /* VSEL depends on flags; VMAXNM, VRINTA and others do not */
        value = (first & 0x80) == 0 ? both(value, both(shadow->nz, both(shadow->c, shadow->v))) : value;
    } else if (kind == 15 && ((first & 15) == 4 || (first & 15) == 5)) { /* VCMP */
        shadow->fpscr = (first & 15) == 4 ? both(shadow->s[d], shadow->s[m]) : shadow->s[d];
        return;
    } else if (kind == 15 && (first & 10) == 10) { /* VCVT, between fixed and float, in place */
        value = shadow->s[d];
    } else if (kind == 15) {
        value = shadow->s[m];
    } else if (kind == 14) {
        value = NO_INK; /* VMOV of an immediate */
    } else if (kind < 4 || kind > 8) {
        value = both(value, shadow->s[d]); /* VMLA and relatives */
    }
    shadow->s[d] = value;
}

static void floats(shadow_t *shadow, const uint32_t *r, uint32_t first, uint32_t second) {
    uint32_t d = (second >> 12 & 15) << 1 | (first >> 6 & 1), n = (first & 15) << 1 | (second >> 7 & 1);
    uint32_t m = (second & 15) << 1 | (second >> 5 & 1);
    if ((first & 0xfe00) == 0xec00) {
        if ((first & 0x01e0) == 0x0040) {
            move_two(shadow, first, second, m);
        } else {
            transfer(shadow, r, first, second, d);
        }
    } else if ((first & 0xff00) == 0xee00 && second & 0x10) {
        move_one(shadow, first, second, n);
    } else {
        arithmetic(shadow, first, second, d, n, m);
    }
}

void flow_coprocessor(shadow_t *shadow, const uint32_t *r, uint32_t first, uint32_t second) {
    uint32_t number = second >> 8 & 15, t = second >> 12;
    ink_t value = t == 15 ? NO_INK : shadow->r[t];
    if (number == 10 || number == 11) {
        floats(shadow, r, first, second);
    } else if ((first & 0xffe0) == 0xec40) { /* MCRR, MRRC */
        if (first & 0x10) {
            shadow->r[t] = shadow->r[first & 15] = NO_INK;
        } else if (value.label || shadow->r[first & 15].label) {
            shadow_sink(shadow, SINK_COPROCESSOR, number, both(value, shadow->r[first & 15]));
        }
    } else if ((first & 0xff10) == 0xee10 && second & 0x10) { /* MRC */
        if (t == 15) {
            set_flags(shadow, NO_INK);
        } else {
            shadow->r[t] = NO_INK;
        }
    } else if (value.label) {
        shadow_sink(shadow, SINK_COPROCESSOR, number, value);
    }
}
