/* fpu: single-precision numbers by the host's arithmetic, for the instructions in fpu.c. */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_FPU_H
#define KESU_FPU_H

#include "m33.h"

#define SIGN 0x80000000u

enum operation { ADD, SUBTRACT, MULTIPLY, DIVIDE };
enum rounding { NEAREST, UP, DOWN, ZERO, AWAY };

uint32_t arithmetic(core_t *core, enum operation operation, uint32_t one, uint32_t other);
uint32_t fused(core_t *core, uint32_t addend, uint32_t one, uint32_t other);
uint32_t square_root(core_t *core, uint32_t bits);
void compare(core_t *core, uint32_t one, uint32_t other, int loud);
uint32_t extreme(core_t *core, uint32_t one, uint32_t other, int least);
uint32_t to_fixed(core_t *core, uint32_t bits, uint32_t fraction, uint32_t size, int is_unsigned, enum rounding mode);
uint32_t from_fixed(core_t *core, uint32_t bits, uint32_t fraction, int is_unsigned);
uint32_t to_integral(core_t *core, uint32_t bits, enum rounding mode, int exact);
enum rounding rounding_of(const core_t *core);
#endif
