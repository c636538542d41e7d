/* coprocessors: which may be used, and the RP2350's own: 0 sets pins, 4 (doubles.c) computes with double precision. */
/* SPDX-License-Identifier: MIT */

#include "m33.h"

/* SIO GPIO_OUT and GPIO_OE, and the offsets of their SET, CLR and XOR registers (RP2350 datasheet 3.1.11). */
#define GPIO_OUT (SIO_BASE + 0x10)
#define GPIO_OE (SIO_BASE + 0x30)
enum { PUT = 0, SET = 8, CLEAR = 0x10, XOR = 0x18 };

/* GPIOC (RP2350 datasheet 3.6.1): MCRR writes 0 to 3 to all pins, or puts (4), XORs, sets, clears the pin Rt if bit 0 of
 * Rt2 says so. A Pico 2 has no pins above 31. */
static int pins(core_t *core, uint32_t first, uint32_t second) {
    static const uint8_t OFFSETS[4] = { PUT, XOR, SET, CLEAR };
    uint32_t operation = second >> 4 & 15, which = second & 15, low = core->r[second >> 12], high = core->r[first & 15];
    uint32_t base = which == 4 ? GPIO_OE : GPIO_OUT, bit = 1u << (low & 31);
    if ((first & 0xfff0) != 0xec40 || (which != 0 && which != 4) || operation > 7) {
        return unsupported(core);
    }
    if (operation < 4) {
        return store(core, base + OFFSETS[operation], 4, low);
    }
    if (low > 31) {
        return 1;
    }
    if (operation == 4) {
        return store(core, base + (high & 1 ? SET : CLEAR), 4, bit);
    }
    return high & 1 ? store(core, base + OFFSETS[operation - 4], 4, bit) : 1;
}

int coprocessor(core_t *core, uint32_t first, uint32_t second) {
    uint32_t number = second >> 8 & 15, known = number == 0 || number == 4 || number == 10 || number == 11;
    uint32_t access = core->cpacr >> (number >= 10 ? 20 : 2 * number) & 3;
    if (!access || (!known && number != 7)) {
        return raise_fault(core, USAGE_FAULT, CFSR_NOCP);
    }
    switch (number) {
        case 0: return pins(core, first, second);
        case 4: return doubles(core, first, second);
        case 10:
        case 11: return fpu(core, first, second);
        default: return unsupported(core);
    }
}
