/* math: what the cores need of <math.h>, for WebAssembly without a C library. */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_MATH_H
#define KESU_MATH_H

#include <stdint.h>
#include <string.h>

/* Instructions of WebAssembly. */
#define rint __builtin_rint
#define ceil __builtin_ceil
#define floor __builtin_floor
#define trunc __builtin_trunc
#define sqrt __builtin_sqrt
#define sqrtf __builtin_sqrtf

/* To nearest, halves away from zero. */
static inline double round(double value) {
    double whole = trunc(value);
    return __builtin_fabs(value - whole) >= 0.5 ? whole + __builtin_copysign(1.0, value) : whole;
}

/* Exact for a value that was a float and for the fractions of fixed-point numbers: 0 to 32 bits, up or down. */
static inline double ldexp(double value, int exponent) {
    uint64_t bits = (uint64_t)(1023 + exponent) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return value * power;
}

/* x * y + z, rounded once. The product of two floats is exact as a double; the sum is rounded to odd, so that rounding
 * it again, to a float, gives what rounding it once would (Boldo, Melquiond: Emulation of FMA, IEEE Trans. Comput. 2008). */
static inline float fmaf(float x, float y, float z) {
    double product = (double)x * (double)y, addend = z, sum = product + addend;
    double of_addend = sum - product, error = (product - (sum - of_addend)) + (addend - of_addend);
    int64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    if (error == error && error != 0.0 && __builtin_isfinite(sum) && !(bits & 1)) {
        bits += (error > 0.0) == (sum > 0.0) ? 1 : -1;
        memcpy(&sum, &bits, sizeof sum);
    }
    return (float)sum;
}
#endif
