/* fenv: WebAssembly has no floating-point environment: it always rounds to nearest, and reports no exceptions. */
/* SPDX-License-Identifier: MIT
 *
 * Cumulative flags of FPSCR that come from the host's arithmetic stay clear. Another rounding mode ends the run: no image
 * of the project sets one.
 */
#ifndef KESU_FENV_H
#define KESU_FENV_H

enum { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };
enum { FE_INVALID = 1, FE_DIVBYZERO = 2, FE_OVERFLOW = 4, FE_UNDERFLOW = 8, FE_INEXACT = 16, FE_ALL_EXCEPT = 31 };

static inline int fesetround(int mode) {
    if (mode != FE_TONEAREST) {
        __builtin_trap();
    }
    return 0;
}

static inline int feclearexcept(int which) {
    return which & 0;
}

static inline int fetestexcept(int which) {
    return which & 0;
}
#endif
