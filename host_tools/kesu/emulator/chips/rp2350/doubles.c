/* doubles: the double-precision coprocessor (RP2350 datasheet 3.6.2), by the results of pico-sdk's sequences. */
/* SPDX-License-Identifier: MIT
 *
 * pico-sdk uses it in fixed sequences (dcp_canned.inc.S): write one or two operands, compute, round, read. Here the
 * operands are kept as doubles, and reading gives the correctly rounded result of the operation that is read. For products,
 * quotients and roots the core itself multiplies mantissas between the two: it gets them, but what it writes back is
 * ignored, and the scale of what it gets is not the chip's. Rounding to integers other than towards zero ends the run.
 */

#include <math.h>

#include "m33.h"

enum { CDP, MCRR, MRRC, MRC }; /* as bits of `key` */
#define KEY(kind, opc1, crn, opc2, crm) ((kind) << 16 | (opc1) << 12 | (crn) << 8 | (opc2) << 4 | (crm))

static double value_of(const uint32_t *bits) {
    uint64_t raw = (uint64_t)bits[1] << 32 | bits[0];
    double value;
    memcpy(&value, &raw, sizeof value);
    return value;
}

static void keep(uint32_t *bits, double value) {
    uint64_t raw;
    memcpy(&raw, &value, sizeof raw);
    bits[0] = (uint32_t)raw;
    bits[1] = (uint32_t)(raw >> 32);
}

static double from_float(uint32_t raw) {
    float value;
    memcpy(&value, &raw, sizeof value);
    return value;
}

static uint32_t to_float(double value) {
    float rounded = (float)value;
    uint32_t raw;
    memcpy(&raw, &rounded, sizeof raw);
    return raw;
}

/* NZCV of a comparison (Armv8-M E2.1.69, FPCompare). */
static uint32_t compared(double one, double other) {
    return one != one || other != other ? 3u : one == other ? 6u : one < other ? 8u : 2u;
}

static void result(core_t *core, uint32_t number, uint32_t value, uint32_t flags) {
    if (number == 15) {
        core->n = flags >> 3 & 1;
        core->z = flags >> 2 & 1;
        core->c = flags >> 1 & 1;
        core->v = flags & 1;
    } else {
        core->r[number] = value;
    }
}

/* The mantissa, its leading one in bit 52. */
static uint64_t mantissa(double value) {
    uint64_t raw;
    memcpy(&raw, &value, sizeof raw);
    return raw << 12 >> 12 | (uint64_t)(raw << 1 >> 53 != 0) << 52;
}

/* Towards zero; what does not fit gives the nearest that does, and a NaN 0. */
static uint32_t to_integer(double value, int with_sign) {
    double least = with_sign ? INT32_MIN : 0, most = with_sign ? INT32_MAX : UINT32_MAX;
    if (value != value) {
        return 0;
    }
    value = value < least ? least : value > most ? most : value;
    return with_sign ? (uint32_t)(int32_t)value : (uint32_t)value;
}

static int write_operand(core_t *core, uint32_t key, uint32_t low, uint32_t high) {
    core->dcp_engaged = 1;
    switch (key) {
        case KEY(MCRR, 1, 0, 0, 0): /* WXUP */
        case KEY(MCRR, 0, 0, 0, 0): /* WXMD */
            core->dcp_x[0] = low;
            core->dcp_x[1] = high;
            return 1;
        case KEY(MCRR, 1, 0, 0, 1): /* WYUP */
        case KEY(MCRR, 0, 0, 0, 1): /* WYMD */
            core->dcp_y[0] = low;
            core->dcp_y[1] = high;
            return 1;
        case KEY(MCRR, 0, 0, 0, 2): core->dcp_engaged = low & 1; return 1; /* WEFD */
        case KEY(MCRR, 1, 0, 0, 2): /* WXYU */
            keep(core->dcp_x, from_float(low));
            keep(core->dcp_y, from_float(high));
            return 1;
        case KEY(MCRR, 7, 0, 0, 0): /* WXIC */
        case KEY(MCRR, 6, 0, 0, 0): /* WXUC */
            keep(core->dcp_x, key >> 12 & 1 ? (double)(int32_t)low : (double)low);
            keep(core->dcp_y, 0.0);
            return 1;
        case KEY(MCRR, 8, 0, 0, 0): /* WXDC */
            core->dcp_x[0] = low;
            core->dcp_x[1] = high;
            return 1;
        case KEY(MCRR, 9, 0, 0, 2): keep(core->dcp_x, from_float(low)); return 1; /* WXFC */
        case KEY(MCRR, 2, 0, 0, 0): /* WXMS, WXMO, WXDD, WXDQ, WXFM, WXFD, WXFQ: mantissas that the core computed */
        case KEY(MCRR, 3, 0, 0, 0):
        case KEY(MCRR, 4, 0, 0, 0):
        case KEY(MCRR, 5, 0, 0, 0):
        case KEY(MCRR, 10, 0, 0, 0):
        case KEY(MCRR, 11, 0, 0, 0):
        case KEY(MCRR, 12, 0, 0, 0): return 1;
        default: return unsupported(core);
    }
}

/* What the core gets to compute with; it does not end the computation. */
static int read_mantissa(core_t *core, uint32_t key, uint32_t low, uint32_t high) {
    uint64_t x = mantissa(value_of(core->dcp_x)), y = mantissa(value_of(core->dcp_y));
    uint64_t pair = (key & 15) == 4 ? x << (key >> 12 & 15) : y << (key >> 12 & 15); /* RXMS, RYMS */
    if ((key & 15) == 1) {
        switch (key >> 12 & 15) {
            case 1: pair = x >> 21 | y >> 21 << 32; break; /* RXYH */
            case 2: pair = y >> 21; break; /* RYMR: with an approximate reciprocal */
            case 4: pair = x >> 21; break; /* RXMQ: with an approximate root */
            default: return unsupported(core);
        }
    }
    core->r[low] = (uint32_t)pair;
    core->r[high] = (uint32_t)(pair >> 32);
    return 1;
}

static int read_double(core_t *core, uint32_t key, uint32_t low, uint32_t high) {
    double x = value_of(core->dcp_x), y = value_of(core->dcp_y);
    uint32_t bits[2];
    switch (key) {
        case KEY(MRRC, 5, 0, 0, 0): keep(bits, x * y); break; /* RDDM */
        case KEY(MRRC, 7, 0, 0, 0): keep(bits, x / y); break; /* RDDD */
        case KEY(MRRC, 9, 0, 0, 0): keep(bits, sqrt(x)); break; /* RDDQ */
        case KEY(MRRC, 1, 0, 0, 0): keep(bits, x + y); break; /* RDDA */
        case KEY(MRRC, 3, 0, 0, 0): keep(bits, x - y); break; /* RDDS */
        case KEY(MRRC, 11, 0, 0, 0): keep(bits, x); break; /* RDDG */
        case KEY(MRRC, 0, 0, 0, 8): keep(bits, x); break; /* RXMD */
        case KEY(MRRC, 0, 0, 0, 9): keep(bits, y); break; /* RYMD */
        case KEY(MRRC, 0, 0, 0, 10): /* REFD */
            bits[0] = core->dcp_engaged;
            bits[1] = 0;
            break;
        default: return unsupported(core);
    }
    core->r[low] = bits[0];
    core->r[high] = bits[1];
    return 1;
}

static int read_word(core_t *core, uint32_t key, uint32_t number) {
    double x = value_of(core->dcp_x), y = value_of(core->dcp_y);
    switch (key) {
        case KEY(MRC, 0, 0, 1, 0): result(core, number, compared(x, y) << 28, compared(x, y)); return 1; /* RCMP */
        case KEY(MRC, 0, 0, 0, 2): core->r[number] = to_float(x + y); return 1; /* RDFA */
        case KEY(MRC, 0, 0, 1, 2): core->r[number] = to_float(x - y); return 1; /* RDFS */
        case KEY(MRC, 0, 0, 2, 2): core->r[number] = to_float(x * y); return 1; /* RDFM */
        case KEY(MRC, 0, 0, 3, 2): core->r[number] = to_float(x / y); return 1; /* RDFD */
        case KEY(MRC, 0, 0, 4, 2): core->r[number] = to_float(sqrt(x)); return 1; /* RDFQ */
        case KEY(MRC, 0, 0, 0, 3): core->r[number] = to_integer(x, 1); return 1; /* RDIC */
        case KEY(MRC, 0, 0, 1, 3): core->r[number] = to_integer(x, 0); return 1; /* RDUC */
        case KEY(MRC, 0, 0, 5, 2): core->r[number] = to_float(x); return 1; /* RDFG */
        default: return unsupported(core);
    }
}

/* One instruction of coprocessor 4. The forms MRC2 and MRRC2 (`first` from 0xfc00 on) look without ending the
 * computation: PCMP puts whether there is one into N, by which pico-sdk saves the operands of an interrupted one. */
int doubles(core_t *core, uint32_t first, uint32_t second) {
    uint32_t peek = first >> 12 & 1, rt = second >> 12, done;
    uint32_t opc1 = second >> 4 & 15, crm = second & 15;
    if ((first & 0xeff0) == 0xec40) {
        return peek ? unsupported(core)
                    : write_operand(core, KEY(MCRR, opc1, 0, 0, crm), core->r[rt], core->r[first & 15]);
    }
    if ((first & 0xeff0) == 0xec50 && (crm == 1 || crm == 4 || crm == 5)) {
        return read_mantissa(core, KEY(MRRC, opc1, 0, 0, crm), rt, first & 15);
    }
    if ((first & 0xeff0) == 0xec50) {
        done = (uint32_t)read_double(core, KEY(MRRC, opc1, 0, 0, crm), rt, first & 15);
    } else if ((first & 0xef10) == 0xee10 && second & 16) {
        uint32_t key = KEY(MRC, first >> 5 & 7, first & 15, second >> 5 & 7, crm);
        if (peek && key == KEY(MRC, 0, 0, 1, 0)) {
            result(core, rt, core->dcp_engaged << 31, core->dcp_engaged << 3);
            return 1;
        }
        done = (uint32_t)read_word(core, key, rt);
    } else if ((first & 0xff00) == 0xee00 && !(second & 16)) {
        switch (KEY(CDP, first >> 4 & 15, first & 15, second >> 5 & 7, crm)) {
            case KEY(CDP, 0, 0, 0, 0): core->dcp_engaged = 0; return 1; /* INIT */
            case KEY(CDP, 0, 0, 0, 1): /* ADD0 */
            case KEY(CDP, 1, 0, 0, 1): /* ADD1 */
            case KEY(CDP, 1, 0, 1, 1): /* SUB1 */
            case KEY(CDP, 2, 0, 0, 1): /* SQR0 */
            case KEY(CDP, 8, 0, 2, 0): /* NTDC: to an integer, towards zero */
            case KEY(CDP, 8, 0, 1, 0): /* NRDD */
            case KEY(CDP, 8, 0, 1, 2): return 1; /* NRDF */
            default: return unsupported(core);
        }
    } else {
        return unsupported(core);
    }
    core->dcp_engaged = done && !peek ? 0 : core->dcp_engaged;
    return (int)done;
}
