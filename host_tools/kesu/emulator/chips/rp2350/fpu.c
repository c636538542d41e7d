/* fpu: instructions of the single-precision floating-point unit (FPv5). */
/* SPDX-License-Identifier: MIT */

#include "fpu.h"

void fpu_save(core_t *core, uint32_t address) {
    uint8_t *at = sram_at(core, address, 72);
    if (at) {
        memcpy(at, core->s, 64);
        memcpy(at + 64, &core->fpscr, 4);
        memset(at + 68, 0, 4);
        if (core->shadow) {
            shadow_push_floats(core->shadow, address);
        }
    }
}

/* ExecuteFPCheck (E2.1.140): store the state that an exception has reserved room for; open a context. */
static int ready(core_t *core) {
    if (core->fpccr & FPCCR_LSPACT) {
        if (!sram_at(core, core->fpcar, 72)) {
            return raise_fault(core, BUS_FAULT, CFSR_LSPERR);
        }
        fpu_save(core, core->fpcar);
        core->fpccr &= ~FPCCR_LSPACT;
    }
    if (core->fpccr & FPCCR_ASPEN && !core->fpca) {
        core->fpca = 1;
        core->fpscr = core->fpdscr;
    }
    return 1;
}

static int transfer_registers(core_t *core, uint32_t first, uint32_t second, uint32_t d) { /* VLDR, VSTR, VLDM, VSTM */
    uint32_t rn = first & 15, bytes = (second & 255) << 2, is_double = second >> 8 & 1, values[32];
    uint32_t pre = first >> 8 & 1, up = first >> 7 & 1, update = first >> 5 & 1, is_load = first >> 4 & 1;
    uint32_t base = rn == 15 ? (core->r[15] + 4) & ~3u : core->r[rn], count = second & 255, address;
    if (is_double) {
        d = ((first >> 6 & 1) << 4 | (second >> 12 & 15)) * 2;
        count &= ~1u;
    }
    if (pre && !update) {
        address = up ? base + bytes : base - bytes;
        count = is_double ? 2 : 1;
    } else {
        address = up ? base : base - bytes;
    }
    if (d + count > 32) {
        return unsupported(core);
    }
    if (address & 3) {
        return raise_fault(core, USAGE_FAULT, CFSR_UNALIGNED);
    }
    if (update && rn == 13 && !up && address < (core->spsel ? core->psplim : core->msplim)) {
        return raise_fault(core, USAGE_FAULT, CFSR_STKOF);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (is_load ? !load(core, address + 4 * i, 4, &values[i]) : !store(core, address + 4 * i, 4, core->s[d + i])) {
            return 0;
        }
    }
    if (is_load) {
        memcpy(core->s + d, values, 4 * count);
    }
    if (update) {
        core->r[rn] = up ? base + bytes : base - bytes;
    }
    return 1 + (int)count;
}

static int move_to_core(core_t *core, uint32_t first, uint32_t second, uint32_t n) { /* VMOV, VMRS, VMSR */
    uint32_t t = second >> 12 & 15, to_core = first >> 4 & 1, *s;
    if ((first & 0xe0) == 0xe0) {
        if ((first & 15) != 1) {
            return unsupported(core);
        }
        if (!to_core) {
            core->fpscr = core->r[t] & 0xf7c0009fu;
        } else if (t == 15) {
            core->n = core->fpscr >> 31;
            core->z = core->fpscr >> 30 & 1;
            core->c = core->fpscr >> 29 & 1;
            core->v = core->fpscr >> 28 & 1;
        } else {
            core->r[t] = core->fpscr;
        }
        return 1;
    }
    s = &core->s[second & 0x100 ? ((second >> 7 & 1) << 4 | (first & 15)) * 2 + (first >> 5 & 1) : n];
    *(to_core ? &core->r[t] : s) = to_core ? *s : core->r[t];
    return 1;
}

static int move_two(core_t *core, uint32_t first, uint32_t second, uint32_t m) {
    uint32_t t = second >> 12 & 15, t2 = first & 15;
    if (second & 0x100) {
        m = ((second >> 5 & 1) << 4 | (second & 15)) * 2;
    }
    if (m == 31) {
        return unsupported(core);
    }
    if (first & 0x10) {
        core->r[t] = core->s[m];
        core->r[t2] = core->s[m + 1];
    } else {
        core->s[m] = core->r[t];
        core->s[m + 1] = core->r[t2];
    }
    return 1;
}

static uint32_t expanded(uint32_t imm8) { /* VFPExpandImm (E2.1.428) */
    return (imm8 & 0x80) << 24 | (imm8 & 0x40 ? 0x3e000000u : 0x40000000u) | (imm8 & 0x3f) << 19;
}

static int fixed_point(core_t *core, uint32_t first, uint32_t second, uint32_t d) { /* VCVT, between fixed and float */
    uint32_t size = second & 0x80 ? 32 : 16, imm5 = (second & 15) << 1 | (second >> 5 & 1), fraction = size - imm5;
    int is_unsigned = first & 1;
    if (fraction > size) {
        return unsupported(core);
    }
    if (first & 4) {
        core->s[d] = to_fixed(core, core->s[d], fraction, size, is_unsigned, ZERO);
    } else {
        uint32_t value = core->s[d];
        value = size == 32 ? value : is_unsigned ? value & 0xffff : (uint32_t)(int16_t)value;
        core->s[d] = from_fixed(core, value, fraction, is_unsigned);
    }
    return 1;
}

static int one_operand(core_t *core, uint32_t first, uint32_t second, uint32_t d, uint32_t m) {
    uint32_t *s = core->s, value = s[m], high = second >> 7 & 1;
    switch (first & 15) {
        case 0: s[d] = high ? value & ~SIGN : value; return 1; /* VABS, VMOV */
        case 1: /* VSQRT, VNEG */ s[d] = high ? square_root(core, value) : value ^ SIGN; return high ? 14 : 1;
        case 4: compare(core, s[d], value, (int)high); return 1;
        case 5: compare(core, s[d], 0, (int)high); return 1;
        case 6: s[d] = to_integral(core, value, high ? ZERO : rounding_of(core), 0); return 1; /* VRINTZ, VRINTR */
        case 7: /* VRINTX */
            if (high) {
                return unsupported(core);
            }
            s[d] = to_integral(core, value, rounding_of(core), 1);
            return 1;
        case 8: s[d] = from_fixed(core, value, 0, !high); return 1;
        case 10:
        case 11:
        case 14:
        case 15: return fixed_point(core, first, second, d);
        case 12:
        case 13: s[d] = to_fixed(core, value, 0, 32, (first & 1) == 0, high ? ZERO : rounding_of(core)); return 1;
        default: return unsupported(core);
    }
}

/* VSEL, VMAXNM, VMINNM, VRINTA and VCVTA with their relatives. */
static int unconditional(core_t *core, uint32_t first, uint32_t second, uint32_t d, uint32_t n, uint32_t m) {
    static const uint8_t CONDITIONS[4] = { 0, 6, 10, 12 };
    static const enum rounding MODES[4] = { AWAY, NEAREST, UP, DOWN };
    uint32_t *s = core->s;
    if ((first & 0xff80) == 0xfe00 && !(second & 0x40)) {
        s[d] = condition_holds(core, CONDITIONS[first >> 4 & 3]) ? s[n] : s[m];
        return 1;
    }
    if ((first & 0xffb0) == 0xfe80) {
        s[d] = extreme(core, s[n], s[m], (int)(second & 0x40));
        return 1;
    }
    if ((first & 0xffbc) == 0xfeb8) {
        s[d] = to_integral(core, s[m], MODES[first & 3], 0);
        return 1;
    }
    if ((first & 0xffbc) == 0xfebc) {
        s[d] = to_fixed(core, s[m], 0, 32, !(second & 0x80), MODES[first & 3]);
        return 1;
    }
    return unsupported(core);
}

int fpu(core_t *core, uint32_t first, uint32_t second) {
    uint32_t *s = core->s, d = (second >> 12 & 15) << 1 | (first >> 6 & 1), n = (first & 15) << 1 | (second >> 7 & 1);
    uint32_t m = (second & 15) << 1 | (second >> 5 & 1);
    if (!ready(core)) {
        return 0;
    }
    if ((first & 0xfe00) == 0xec00) {
        return (first & 0x01e0) == 0x0040 ? move_two(core, first, second, m)
                                          : transfer_registers(core, first, second, d);
    }
    if ((first & 0xff00) == 0xee00 && second & 0x10) {
        return move_to_core(core, first, second, n);
    }
    if (second & 0x100) {
        return unsupported(core); /* this FPU has no double precision */
    }
    if (first >> 8 == 0xfe) {
        return unconditional(core, first, second, d, n, m);
    }
    if (first >> 8 != 0xee) {
        return unsupported(core);
    }
    switch ((first >> 7 & 1) << 3 | (first >> 4 & 3) << 1 | (second >> 6 & 1)) {
        case 0: s[d] = arithmetic(core, ADD, s[d], arithmetic(core, MULTIPLY, s[n], s[m])); return 3; /* VMLA, VMLS */
        case 1: s[d] = arithmetic(core, ADD, s[d], arithmetic(core, MULTIPLY, s[n], s[m]) ^ SIGN); return 3;
        case 2: s[d] = arithmetic(core, ADD, s[d] ^ SIGN, arithmetic(core, MULTIPLY, s[n], s[m])); return 3; /* VNMLS */
        case 3: s[d] = arithmetic(core, ADD, s[d] ^ SIGN, arithmetic(core, MULTIPLY, s[n], s[m]) ^ SIGN); return 3;
        case 4: s[d] = arithmetic(core, MULTIPLY, s[n], s[m]); return 1;
        case 5: s[d] = arithmetic(core, MULTIPLY, s[n], s[m]) ^ SIGN; return 1;
        case 6: s[d] = arithmetic(core, ADD, s[n], s[m]); return 1;
        case 7: s[d] = arithmetic(core, SUBTRACT, s[n], s[m]); return 1;
        case 8: s[d] = arithmetic(core, DIVIDE, s[n], s[m]); return 14;
        case 10: s[d] = fused(core, s[d] ^ SIGN, s[n], s[m]); return 3; /* VFNMS */
        case 11: s[d] = fused(core, s[d] ^ SIGN, s[n] ^ SIGN, s[m]); return 3; /* VFNMA */
        case 12: s[d] = fused(core, s[d], s[n], s[m]); return 3; /* VFMA */
        case 13: s[d] = fused(core, s[d], s[n] ^ SIGN, s[m]); return 3; /* VFMS */
        case 14: s[d] = expanded((first & 15) << 4 | (second & 15)); return 1;
        case 15: return one_operand(core, first, second, d, m);
        default: return unsupported(core);
    }
}
