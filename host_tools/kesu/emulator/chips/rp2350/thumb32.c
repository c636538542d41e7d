/* thumb32: the 32-bit instructions of T32 that are not loads, stores or for a coprocessor. */
/* SPDX-License-Identifier: MIT */

#include "m33.h"

/* T32ExpandImm_C (E2.1.412). */
static uint32_t expand(uint32_t imm12, uint32_t carry, uint32_t *carry_out) {
    uint32_t byte = imm12 & 255;
    *carry_out = carry;
    if (!(imm12 >> 10)) {
        switch (imm12 >> 8 & 3) {
            case 0: return byte;
            case 1: return byte | byte << 16;
            case 2: return byte << 8 | byte << 24;
            default: return byte * 0x01010101u;
        }
    }
    uint32_t turn = imm12 >> 7, value = 0x80 | (imm12 & 0x7f);
    value = value >> turn | value << (32 - turn);
    *carry_out = value >> 31;
    return value;
}

/* Data processing with a shifted register or an immediate as second operand. */
static int process(core_t *core, uint32_t kind, int flags, uint32_t rn, uint32_t d, uint32_t second, uint32_t carry) {
    uint32_t one = operand(core, rn), result;
    int logic = kind < 8, only_flags = d == 15;
    switch (kind) {
        case 0: result = one & second; break;                     /* AND, TST */
        case 1: result = one & ~second; break;                    /* BIC */
        case 2: result = rn == 15 ? second : one | second; break; /* ORR, MOV */
        case 3: result = rn == 15 ? ~second : one | ~second; break; /* ORN, MVN */
        case 4: result = one ^ second; break;                     /* EOR, TEQ */
        case 8: result = add_with_carry(core, one, second, 0, flags); break; /* ADD, CMN */
        case 10: result = add_with_carry(core, one, second, core->c, flags); break;
        case 11: result = add_with_carry(core, one, ~second, core->c, flags); break;
        case 13: result = add_with_carry(core, one, ~second, 1, flags); break; /* SUB, CMP */
        case 14: result = add_with_carry(core, ~one, second, 1, flags); break;
        default: return unsupported(core);
    }
    if (logic && flags) {
        set_nz(core, result);
        core->c = carry;
    }
    if (only_flags) {
        return flags ? 1 : unsupported(core);
    }
    if (d == 13) {
        return set_sp(core, result);
    }
    core->r[d] = result;
    return 1;
}

static int shifted_register(core_t *core, uint32_t first, uint32_t second) {
    uint32_t rn = first & 15, d = second >> 8 & 15, m = operand(core, second & 15), type = second >> 4 & 3, carry;
    uint32_t imm5 = (second >> 12 & 7) << 2 | (second >> 6 & 3), kind = first >> 5 & 15;
    uint32_t value = shift_by_immediate(m, type, imm5, core->c, &carry);
    if (kind == 6) { /* PKHBT, PKHTB */
        core->r[d] = type & 2 ? (operand(core, rn) & 0xffff0000u) | (value & 0xffff)
                              : (operand(core, rn) & 0xffff) | (value & 0xffff0000u);
        return 1;
    }
    return process(core, kind, (int)(first >> 4 & 1), rn, d, value, carry);
}

static int saturate(core_t *core, uint32_t first, uint32_t second) { /* SSAT, USAT */
    uint32_t imm5 = (second >> 12 & 7) << 2 | (second >> 6 & 3), width = second & 31, d = second >> 8 & 15, carry;
    uint32_t right = first >> 5 & 1, is_unsigned = first >> 7 & 1;
    if (right && !imm5) {
        return unsupported(core); /* SSAT16, USAT16 */
    }
    int64_t value = (int32_t)shift_by_immediate(core->r[first & 15], right ? 2 : 0, imm5, 0, &carry);
    int64_t most = ((int64_t)1 << width) - 1, least = is_unsigned ? 0 : -((int64_t)1 << width);
    int64_t result = value > most ? most : value < least ? least : value;
    core->q |= result != value;
    core->r[d] = (uint32_t)result;
    return 1;
}

static int plain_immediate(core_t *core, uint32_t first, uint32_t second) {
    uint32_t rn = first & 15, d = second >> 8 & 15, width = second & 31, mask;
    uint32_t imm12 = (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | (second & 255);
    uint32_t lsb = (second >> 12 & 7) << 2 | (second >> 6 & 3);
    uint32_t base = rn == 15 ? (core->r[15] + 4) & ~3u : core->r[rn];
    switch (first >> 4 & 31) {
        case 0: /* ADDW, ADR */
            if (d == 13) {
                return set_sp(core, base + imm12);
            }
            core->r[d] = base + imm12;
            return 1;
        case 10: /* SUBW, ADR */
            if (d == 13) {
                return set_sp(core, base - imm12);
            }
            core->r[d] = base - imm12;
            return 1;
        case 4: core->r[d] = rn << 12 | imm12; return 1;                                   /* MOVW */
        case 12: core->r[d] = (core->r[d] & 0xffff) | (rn << 12 | imm12) << 16; return 1;  /* MOVT */
        case 20:                                                                           /* SBFX */
            core->r[d] = (uint32_t)((int32_t)(core->r[rn] << (31 - lsb - width)) >> (31 - width));
            return 1;
        case 28: core->r[d] = core->r[rn] << (31 - lsb - width) >> (31 - width); return 1; /* UBFX */
        case 22:                                                                           /* BFI, BFC */
            if (width < lsb) {
                return unsupported(core);
            }
            mask = (uint32_t)((2ull << (width - lsb)) - 1) << lsb;
            core->r[d] = (core->r[d] & ~mask) | (rn == 15 ? 0 : core->r[rn] << lsb & mask);
            return 1;
        case 16:
        case 18:
        case 24:
        case 26: return saturate(core, first, second);
        default: return unsupported(core);
    }
}

/* Branches, MSR, MRS, barriers, hints. */
static int branches(core_t *core, uint32_t first, uint32_t second) {
    uint32_t sign = first >> 10 & 1, j1 = second >> 13 & 1, j2 = second >> 11 & 1, low = (second & 0x7ff) << 1, value;
    if (second & 0x1000) { /* B, BL */
        uint32_t bits = (uint32_t)!(j1 ^ sign) << 23 | (uint32_t)!(j2 ^ sign) << 22 | (first & 0x3ff) << 12 | low;
        if (second & 0x4000) {
            core->r[14] = core->next_pc | 1;
        }
        return jump(core, core->r[15] + 4 + (bits | (sign ? 0xff000000u : 0)));
    }
    if (second & 0x4000) {
        return unsupported(core);
    }
    if ((first >> 6 & 15) < 14) {
        uint32_t offset = (sign ? 0xfff00000u : 0) | j2 << 19 | j1 << 18 | (first & 63) << 12 | low;
        return condition_holds(core, first >> 6 & 15) ? jump(core, core->r[15] + 4 + offset) : 1;
    }
    if ((first & 0xffe0) == 0xf380) {
        return special_write(core, second & 255, second >> 10 & 3, core->r[first & 15]);
    }
    if ((first & 0xffef) == 0xf3ef) {
        if (!special_read(core, second & 255, &value)) {
            return 0;
        }
        core->r[second >> 8 & 15] = value;
        return 1;
    }
    if (first == 0xf3bf) { /* CLREX, DSB, DMB, ISB */
        if ((second >> 4 & 15) == 2) {
            core->exclusive = 0;
        }
        return 1;
    }
    if (first == 0xf3af && !(second & 255)) {
        return 1; /* NOP.W */
    }
    if ((first & 0xfff0) == 0xf7f0) {
        return raise_fault(core, USAGE_FAULT, CFSR_UNDEFINSTR); /* UDF.W */
    }
    return unsupported(core);
}

static int by_register(core_t *core, uint32_t first, uint32_t second) { /* shifts, extensions, REV, CLZ */
    uint32_t rn = first & 15, d = second >> 8 & 15, m = core->r[second & 15], carry, value, turn;
    if (!(first & 0x80) && !(second & 0xf0)) {
        value = shift(core->r[rn], first >> 5 & 3, m & 255, core->c, &carry);
        core->r[d] = value;
        if (first & 0x10) {
            set_nz(core, value);
            core->c = carry;
        }
        return 1;
    }
    if (!(first & 0x80) && second & 0x80) {
        turn = (second >> 4 & 3) * 8;
        value = turn ? m >> turn | m << (32 - turn) : m;
        switch (first >> 4 & 7) {
            case 0: value = (uint32_t)(int16_t)value; break;
            case 1: value &= 0xffff; break;
            case 4: value = (uint32_t)(int8_t)value; break;
            case 5: value &= 0xff; break;
            default: return unsupported(core);
        }
        core->r[d] = (rn == 15 ? 0 : core->r[rn]) + value;
        return 1;
    }
    if ((first & 0xc0) != 0x80 || (second & 0xc0) != 0x80) {
        return unsupported(core);
    }
    switch ((first >> 4 & 3) << 2 | (second >> 4 & 3)) {
        case 4: value = __builtin_bswap32(m); break;
        case 5: value = (m & 0xff00ff) << 8 | (m >> 8 & 0xff00ff); break;
        case 6:
            for (value = 0, turn = 0; turn < 32; turn++) {
                value |= (m >> turn & 1) << (31 - turn);
            }
            break;
        case 7: value = (uint32_t)(int16_t)__builtin_bswap16((uint16_t)m); break;
        case 12: value = m ? (uint32_t)__builtin_clz(m) : 32; break;
        default: return unsupported(core);
    }
    core->r[d] = value;
    return 1;
}

static int64_t half(uint32_t value, uint32_t top) {
    return (int16_t)(top ? value >> 16 : value);
}

static int multiply(core_t *core, uint32_t first, uint32_t second) {
    uint32_t *r = core->r, n = r[first & 15], m = r[second & 15], a = second >> 12, d = second >> 8 & 15;
    uint32_t kind = first >> 4 & 7, low = second >> 4 & 15;
    int64_t sum, product;
    if (kind == 0 && low == 0) { /* MUL, MLA */
        r[d] = n * m + (a == 15 ? 0 : r[a]);
        return a == 15 ? 1 : 2;
    }
    if (kind == 0 && low == 1) {
        r[d] = r[a] - n * m; /* MLS */
        return 2;
    }
    if ((kind == 1 && low < 4) || (kind == 3 && low < 2)) { /* SMULxy, SMLAxy, SMULWy, SMLAWy */
        product = kind == 1 ? half(n, low >> 1) * half(m, low & 1) : (int32_t)n * half(m, low & 1) >> 16;
        sum = product + (a == 15 ? 0 : (int32_t)r[a]);
        core->q |= sum != (int32_t)sum;
        r[d] = (uint32_t)sum;
        return 1;
    }
    if ((kind == 5 || kind == 6) && low < 2) { /* SMMUL, SMMLA, SMMLS, with R: rounded */
        product = (int64_t)(int32_t)n * (int32_t)m;
        sum = a == 15 ? 0 : (int64_t)((uint64_t)r[a] << 32);
        r[d] = (uint32_t)((uint64_t)((kind == 5 ? sum + product : sum - product) + (low ? 0x80000000ll : 0)) >> 32);
        return 2;
    }
    return unsupported(core);
}

static int divide(core_t *core, uint32_t d, uint32_t n, uint32_t m, int with_sign) {
    if (!m && core->ccr & CCR_DIV_0_TRP) {
        return raise_fault(core, USAGE_FAULT, CFSR_DIVBYZERO);
    }
    if (!m) {
        core->r[d] = 0;
    } else {
        core->r[d] = with_sign ? (uint32_t)((int64_t)(int32_t)n / (int32_t)m) : n / m;
    }
    return 6;
}

static int multiply_long(core_t *core, uint32_t first, uint32_t second) {
    uint32_t n = core->r[first & 15], m = core->r[second & 15], low = second >> 12, high = second >> 8 & 15;
    uint64_t before = (uint64_t)core->r[high] << 32 | core->r[low], result;
    uint64_t with_sign = (uint64_t)((int64_t)(int32_t)n * (int32_t)m), plain = (uint64_t)n * m;
    switch ((first >> 4 & 7) << 4 | (second >> 4 & 15)) {
        case 0x1f: return divide(core, high, n, m, 1);
        case 0x3f: return divide(core, high, n, m, 0);
        case 0x00: result = with_sign; break;                                  /* SMULL */
        case 0x20: result = plain; break;                                      /* UMULL */
        case 0x40: result = before + with_sign; break;                         /* SMLAL */
        case 0x60: result = before + plain; break;                             /* UMLAL */
        case 0x66: result = plain + core->r[high] + core->r[low]; break;       /* UMAAL */
        default: return unsupported(core);
    }
    core->r[low] = (uint32_t)result;
    core->r[high] = (uint32_t)(result >> 32);
    return 2;
}

int thumb32(core_t *core, uint32_t first, uint32_t second) {
    uint32_t carry, value;
    if ((first & 0xec00) == 0xec00) {
        return coprocessor(core, first, second);
    }
    if ((first & 0xfe00) == 0xe800 || (first & 0xfe00) == 0xf800) {
        return transfers(core, first, second);
    }
    if ((first & 0xfe00) == 0xea00) {
        return shifted_register(core, first, second);
    }
    if ((first & 0xf800) == 0xf000) {
        if (second & 0x8000) {
            return branches(core, first, second);
        }
        if (first & 0x200) {
            return plain_immediate(core, first, second);
        }
        value = expand((first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | (second & 255), core->c, &carry);
        return process(core, first >> 5 & 15, (int)(first >> 4 & 1), first & 15, second >> 8 & 15, value, carry);
    }
    switch (first >> 7) {
        case 0xfa00 >> 7:
        case 0xfa80 >> 7: return by_register(core, first, second);
        case 0xfb00 >> 7: return multiply(core, first, second);
        case 0xfb80 >> 7: return multiply_long(core, first, second);
        default: return unsupported(core);
    }
}
