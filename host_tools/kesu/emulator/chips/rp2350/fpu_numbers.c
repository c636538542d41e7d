/* fpu_numbers: single-precision arithmetic, comparison and conversion, by the host's arithmetic. */
/* SPDX-License-Identifier: MIT
 *
 * The host rounds as IEEE 754 says, too; NaNs, comparison and conversion differ from Arm's and are done here (E2.1.147 and
 * following). The cumulative flags come from the host's floating-point environment, so operands pass through volatile
 * variables. Underflow is the host's: found after rounding, not before.
 */

#include <fenv.h>
#include <math.h>

#include "fpu.h"

enum { IOC = 1, DZC = 2, OFC = 4, UFC = 8, IXC = 16, IDC = 128 };
#define FPSCR_FZ (1u << 24)
#define FPSCR_DN (1u << 25)
#define DEFAULT_NAN 0x7fc00000u
#define QUIET 0x00400000u

static float as_float(uint32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

static uint32_t as_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

static int is_nan(uint32_t bits) {
    return (bits & ~SIGN) > 0x7f800000u;
}

static int is_signalling(uint32_t bits) {
    return is_nan(bits) && !(bits & QUIET);
}

/* FPProcessNaN (E2.1.158). */
static uint32_t quieted(core_t *core, uint32_t nan) {
    core->fpscr |= is_signalling(nan) ? IOC : 0;
    return core->fpscr & FPSCR_DN ? DEFAULT_NAN : nan | QUIET;
}

/* FPProcessNaNs (E2.1.159): a signalling NaN comes first, then the order of the operands. 0: none is a NaN. */
static int nan_of(core_t *core, const uint32_t *operands, int count, uint32_t *result) {
    for (int signalling = 1; signalling >= 0; signalling--) {
        for (int i = 0; i < count; i++) {
            if (signalling ? is_signalling(operands[i]) : is_nan(operands[i])) {
                *result = quieted(core, operands[i]);
                return 1;
            }
        }
    }
    return 0;
}

static uint32_t flushed(core_t *core, uint32_t bits) {
    if (core->fpscr & FPSCR_FZ && !(bits & 0x7f800000u) && bits & 0x007fffffu) {
        core->fpscr |= IDC;
        return bits & SIGN;
    }
    return bits;
}

static void begin(const core_t *core) {
    static const int MODES[4] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };
    if (core->fpscr >> 22 & 3) {
        fesetround(MODES[core->fpscr >> 22 & 3]);
    }
    feclearexcept(FE_ALL_EXCEPT);
}

static uint32_t end(core_t *core, float value) {
    int raised = fetestexcept(FE_ALL_EXCEPT);
    uint32_t bits = as_bits(value);
    core->fpscr |= (raised & FE_INVALID ? IOC : 0) | (raised & FE_DIVBYZERO ? DZC : 0) |
                   (raised & FE_OVERFLOW ? OFC : 0) | (raised & FE_UNDERFLOW ? UFC : 0) |
                   (raised & FE_INEXACT ? IXC : 0);
    if (core->fpscr >> 22 & 3) {
        fesetround(FE_TONEAREST);
    }
    if (is_nan(bits)) {
        return DEFAULT_NAN;
    }
    if (core->fpscr & FPSCR_FZ && !(bits & 0x7f800000u) && bits & 0x007fffffu) {
        core->fpscr |= UFC;
        return bits & SIGN;
    }
    return bits;
}

uint32_t arithmetic(core_t *core, enum operation operation, uint32_t one, uint32_t other) {
    uint32_t operands[2] = { flushed(core, one), flushed(core, other) }, nan;
    if (nan_of(core, operands, 2, &nan)) {
        return nan;
    }
    volatile float a = as_float(operands[0]), b = as_float(operands[1]), result;
    begin(core);
    switch (operation) {
        case ADD: result = a + b; break;
        case SUBTRACT: result = a - b; break;
        case MULTIPLY: result = a * b; break;
        default: result = a / b; break;
    }
    return end(core, result);
}

/* FPMulAdd (E2.1.155). */
uint32_t fused(core_t *core, uint32_t addend, uint32_t one, uint32_t other) {
    uint32_t operands[3] = { flushed(core, addend), flushed(core, one), flushed(core, other) }, nan;
    uint32_t a = operands[1] & ~SIGN, b = operands[2] & ~SIGN;
    int invalid = (a == 0x7f800000u && !b) || (!a && b == 0x7f800000u);
    int found = nan_of(core, operands, 3, &nan);
    if (invalid && is_nan(operands[0]) && !is_signalling(operands[0])) {
        core->fpscr |= IOC;
        return DEFAULT_NAN;
    }
    if (found) {
        return nan;
    }
    volatile float x = as_float(operands[1]), y = as_float(operands[2]), z = as_float(operands[0]), result;
    begin(core);
    result = fmaf(x, y, z);
    return end(core, result);
}

uint32_t square_root(core_t *core, uint32_t bits) {
    uint32_t nan;
    bits = flushed(core, bits);
    if (nan_of(core, &bits, 1, &nan)) {
        return nan;
    }
    volatile float value = as_float(bits), result;
    begin(core);
    result = sqrtf(value);
    return end(core, result);
}

/* FPCompare (E2.1.151); loud: VCMPE, for which every NaN is invalid. */
void compare(core_t *core, uint32_t one, uint32_t other, int loud) {
    uint32_t flags;
    one = flushed(core, one);
    other = flushed(core, other);
    if (is_nan(one) || is_nan(other)) {
        flags = 3;
        core->fpscr |= loud || is_signalling(one) || is_signalling(other) ? IOC : 0;
    } else {
        float a = as_float(one), b = as_float(other);
        flags = a == b ? 6 : a < b ? 8 : 2;
    }
    core->fpscr = (core->fpscr & 0x0fffffffu) | flags << 28;
}

/* FPMaxNum, FPMinNum (E2.1.153). */
uint32_t extreme(core_t *core, uint32_t one, uint32_t other, int least) {
    one = flushed(core, one);
    other = flushed(core, other);
    if (is_nan(one) && !is_signalling(one) && !is_nan(other)) {
        return other;
    }
    if (is_nan(other) && !is_signalling(other) && !is_nan(one)) {
        return one;
    }
    uint32_t operands[2] = { one, other }, nan;
    if (nan_of(core, operands, 2, &nan)) {
        return nan;
    }
    if (!((one | other) & ~SIGN)) {
        return least ? one | other : one & other; /* zeros of different sign */
    }
    return (as_float(one) < as_float(other)) == (least != 0) ? one : other;
}

static double rounded(double value, enum rounding mode) {
    switch (mode) {
        case NEAREST: return rint(value);
        case UP: return ceil(value);
        case DOWN: return floor(value);
        case ZERO: return trunc(value);
        default: return round(value);
    }
}

enum rounding rounding_of(const core_t *core) {
    return (enum rounding)(core->fpscr >> 22 & 3);
}

/* FPToFixed (E2.1.168): with saturation. fraction: its bits; bits: 16 or 32. */
uint32_t to_fixed(core_t *core, uint32_t operand_bits, uint32_t fraction, uint32_t bits, int is_unsigned,
                  enum rounding mode) {
    operand_bits = flushed(core, operand_bits);
    if (is_nan(operand_bits)) {
        core->fpscr |= IOC;
        return 0;
    }
    double exact = ldexp((double)as_float(operand_bits), (int)fraction), value = rounded(exact, mode);
    double most = ldexp(1.0, (int)bits - !is_unsigned) - 1.0, least = is_unsigned ? 0.0 : -ldexp(1.0, (int)bits - 1);
    if (value > most || value < least) {
        core->fpscr |= IOC;
        value = value > most ? most : least;
    } else if (value != exact) {
        core->fpscr |= IXC;
    }
    return is_unsigned ? (uint32_t)value : (uint32_t)(int32_t)value;
}

/* FixedToFP (E2.1.145). */
uint32_t from_fixed(core_t *core, uint32_t bits, uint32_t fraction, int is_unsigned) {
    volatile double exact = is_unsigned ? (double)bits : (double)(int32_t)bits;
    volatile float result;
    begin(core);
    result = (float)ldexp(exact, -(int)fraction);
    return end(core, result);
}

/* FPRoundInt (E2.1.162). */
uint32_t to_integral(core_t *core, uint32_t bits, enum rounding mode, int exact) {
    uint32_t nan;
    bits = flushed(core, bits);
    if (nan_of(core, &bits, 1, &nan)) {
        return nan;
    }
    float value = as_float(bits), result = (float)rounded((double)value, mode);
    core->fpscr |= exact && result != value ? IXC : 0;
    return (as_bits(result) & ~SIGN) | (bits & SIGN);
}
