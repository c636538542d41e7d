/* divider: the divider of SIO (RP2040 datasheet 2.3.1.5). */
/* SPDX-License-Identifier: MIT */

#include "thumb.h"

/* Offsets in SIO (RP2040 datasheet 2.3.1.7). */
enum {
    DIV_UDIVIDEND = 0x60,
    DIV_UDIVISOR = 0x64,
    DIV_SDIVIDEND = 0x68,
    DIV_SDIVISOR = 0x6c,
    DIV_QUOTIENT = 0x70,
    DIV_REMAINDER = 0x74,
    DIV_CSR = 0x78
};
#define DIV_READY_AND_DIRTY 3u
#define DIV_DIRTY 2u
#define DIV_CYCLES 8

static void divide(core_t *core, int with_sign) {
    if (core->divisor == 0) {
        core->quotient = core->dividend ? UINT32_MAX : 1;
        core->remainder = core->dividend;
    } else if (with_sign) {
        int64_t dividend = (int32_t)core->dividend, divisor = (int32_t)core->divisor;
        core->quotient = (uint32_t)(dividend / divisor);
        core->remainder = (uint32_t)(dividend % divisor);
    } else {
        core->quotient = core->dividend / core->divisor;
        core->remainder = core->dividend % core->divisor;
    }
    core->csr = DIV_READY_AND_DIRTY;
    core->div_cycles += DIV_CYCLES;
}

int divider_read(core_t *core, uint32_t offset, uint32_t *value) {
    switch (offset) {
        case DIV_UDIVIDEND:
        case DIV_SDIVIDEND: *value = core->dividend; return 1;
        case DIV_UDIVISOR:
        case DIV_SDIVISOR: *value = core->divisor; return 1;
        case DIV_QUOTIENT:
            core->csr &= ~DIV_DIRTY;
            *value = core->quotient;
            return 1;
        case DIV_REMAINDER: *value = core->remainder; return 1;
        case DIV_CSR: *value = core->csr; return 1;
        default: return 0;
    }
}

int divider_write(core_t *core, uint32_t offset, uint32_t value) {
    switch (offset) {
        case DIV_UDIVIDEND:
        case DIV_SDIVIDEND:
            core->dividend = value;
            divide(core, offset == DIV_SDIVIDEND);
            return 1;
        case DIV_UDIVISOR:
        case DIV_SDIVISOR:
            core->divisor = value;
            divide(core, offset == DIV_SDIVISOR);
            return 1;
        case DIV_QUOTIENT:
            core->quotient = value;
            core->csr = DIV_READY_AND_DIRTY;
            return 1;
        case DIV_REMAINDER:
            core->remainder = value;
            core->csr = DIV_READY_AND_DIRTY;
            return 1;
        default: return 0;
    }
}
