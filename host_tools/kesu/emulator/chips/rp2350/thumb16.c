/* thumb16: the 16-bit instructions of T32. */
/* SPDX-License-Identifier: MIT
 *
 * Cycles are estimates: Arm publishes no table for the Cortex-M33 (1 for most, 2 for a load, 3 for a branch taken).
 */

#include "m33.h"

static int data_processing(core_t *core, uint32_t op, int flags) {
    uint32_t *dn = &core->r[op & 7], m = core->r[op >> 3 & 7], result = *dn, carry = core->c;
    switch (op >> 6 & 15) {
        case 0: result &= m; break;
        case 1: result ^= m; break;
        case 2: result = shift(result, 0, m & 255, core->c, &carry); break;
        case 3: result = shift(result, 1, m & 255, core->c, &carry); break;
        case 4: result = shift(result, 2, m & 255, core->c, &carry); break;
        case 5: *dn = add_with_carry(core, result, m, core->c, flags); return 1;
        case 6: *dn = add_with_carry(core, result, ~m, core->c, flags); return 1;
        case 7: result = shift(result, 3, m & 255, core->c, &carry); break;
        case 8: set_nz(core, result & m); return 1;                           /* TST */
        case 9: *dn = add_with_carry(core, ~m, 0, 1, flags); return 1;        /* RSB from 0 */
        case 10: add_with_carry(core, result, ~m, 1, 1); return 1;            /* CMP */
        case 11: add_with_carry(core, result, m, 0, 1); return 1;             /* CMN */
        case 12: result |= m; break;
        case 13: result *= m; break;
        case 14: result &= ~m; break;
        default: result = ~m; break;
    }
    *dn = result;
    if (flags) {
        set_nz(core, result);
        core->c = carry;
    }
    return 1;
}

static int high_registers(core_t *core, uint32_t op) {
    uint32_t m = op >> 3 & 15, d = (op >> 4 & 8) | (op & 7), value = operand(core, m);
    switch (op >> 8 & 3) {
        case 0: value += operand(core, d); break;
        case 1: add_with_carry(core, operand(core, d), ~value, 1, 1); return 1;
        case 2: break;
        default: /* BX, BLX */
            if (!(op & 0x80)) {
                return branch_exchange(core, value);
            }
            core->r[14] = core->next_pc | 1;
            core->thumb = value & 1;
            return jump(core, value);
    }
    if (d == 15) {
        return jump(core, value);
    }
    if (d == 13) {
        return set_sp(core, value);
    }
    core->r[d] = value;
    return 1;
}

static int hints(core_t *core, uint32_t op) {
    if (op & 15) {
        core->it = op & 255;
        core->it_kept = 1;
        return 1;
    }
    switch (op >> 4 & 15) {
        case 2: /* WFE */
            if (core->event) {
                core->event = 0;
            } else {
                core->left = LEFT_WFE;
            }
            return 1;
        case 3: core->left = LEFT_WFI; return 1;
        case 4: core->event = 1; return 1; /* SEV */
        default: return 1;                 /* NOP, YIELD */
    }
}

static int change_state(core_t *core, uint32_t op) { /* CPSIE, CPSID */
    uint32_t disable = op >> 4 & 1;
    if (op & 1 && (!disable || execution_priority(core) > -1)) {
        core->faultmask = disable;
    }
    if (op & 2) {
        core->primask = disable;
    }
    core->check = 1;
    return 1;
}

static int miscellaneous(core_t *core, uint32_t op) { /* 1011 xxxx */
    uint32_t *r = core->r, m = r[op >> 3 & 7], *d = &r[op & 7], list, count;
    if ((op & 0x0500) == 0x0100) { /* CBZ, CBNZ */
        if ((*d != 0) != (op >> 11 & 1)) {
            return 1;
        }
        return jump(core, r[15] + 4 + ((op >> 9 & 1) << 6 | (op >> 3 & 31) << 1));
    }
    if ((op & 0x0e00) == 0x0400) { /* PUSH */
        list = (op & 255) | (op >> 8 & 1) << 14;
        count = (uint32_t)__builtin_popcount(list);
        return store_multiple(core, 13, list, r[13] - 4 * count, 1, r[13] - 4 * count);
    }
    if ((op & 0x0e00) == 0x0c00) { /* POP */
        list = (op & 255) | (op >> 8 & 1) << 15;
        return load_multiple(core, 13, list, r[13], 1, r[13] + 4 * (uint32_t)__builtin_popcount(list));
    }
    switch (op >> 6 & 0x3f) {
        case 0x00:
        case 0x01: return set_sp(core, r[13] + ((op & 127) << 2));
        case 0x02:
        case 0x03: return set_sp(core, r[13] - ((op & 127) << 2));
        case 0x08: *d = (uint32_t)(int16_t)m; return 1;
        case 0x09: *d = (uint32_t)(int8_t)m; return 1;
        case 0x0a: *d = m & 0xffff; return 1;
        case 0x0b: *d = m & 0xff; return 1;
        case 0x19: return op & 0x20 ? change_state(core, op) : unsupported(core);
        case 0x28: *d = __builtin_bswap32(m); return 1;
        case 0x29: *d = (m & 0xff00ff) << 8 | (m >> 8 & 0xff00ff); return 1;
        case 0x2b: *d = (uint32_t)(int16_t)__builtin_bswap16((uint16_t)m); return 1;
        default: break;
    }
    if (op >> 8 == 0xbe) { /* BKPT without a debugger (B12.3): a HardFault */
        core->hfsr |= HFSR_DEBUGEVT;
        return raise_fault(core, HARD_FAULT, 0);
    }
    return op >> 8 == 0xbf ? hints(core, op) : unsupported(core);
}

static int conditional(core_t *core, uint32_t op) { /* B with a condition; UDF, SVC */
    uint32_t condition = op >> 8 & 15;
    if (condition == 14) {
        return raise_fault(core, USAGE_FAULT, CFSR_UNDEFINSTR);
    }
    if (condition == 15) {
        return raise_fault(core, SVCALL, 0);
    }
    if (!condition_holds(core, condition)) {
        return 1;
    }
    return jump(core, core->r[15] + 4 + (uint32_t)((int32_t)(int8_t)op * 2));
}

int thumb16(core_t *core, uint32_t op) {
    static const struct {
        uint8_t size, store, with_sign;
    } BY_REGISTER[8] = { { 4, 1, 0 }, { 2, 1, 0 }, { 1, 1, 0 }, { 1, 0, 1 },
                         { 4, 0, 0 }, { 2, 0, 0 }, { 1, 0, 0 }, { 2, 0, 1 } };
    uint32_t *r = core->r, d = op & 7, s = r[op >> 3 & 7], d8 = op >> 8 & 7, imm5 = op >> 6 & 31, imm8 = op & 255;
    uint32_t carry, kind;
    int flags = !(core->it & 15);
    switch (op >> 11) {
        case 0x00:
        case 0x01:
        case 0x02: /* LSL, LSR, ASR */
            r[d] = shift_by_immediate(s, op >> 11, imm5, core->c, &carry);
            if (flags) {
                set_nz(core, r[d]);
                core->c = carry;
            }
            return 1;
        case 0x03: /* ADD, SUB: register or 3-bit immediate */
            kind = op & 0x400 ? op >> 6 & 7 : r[op >> 6 & 7];
            r[d] = op & 0x200 ? add_with_carry(core, s, ~kind, 1, flags) : add_with_carry(core, s, kind, 0, flags);
            return 1;
        case 0x04: /* MOV */
            r[d8] = imm8;
            if (flags) {
                set_nz(core, imm8);
            }
            return 1;
        case 0x05: add_with_carry(core, r[d8], ~imm8, 1, 1); return 1;
        case 0x06: r[d8] = add_with_carry(core, r[d8], imm8, 0, flags); return 1;
        case 0x07: r[d8] = add_with_carry(core, r[d8], ~imm8, 1, flags); return 1;
        case 0x08: return op & 0x400 ? high_registers(core, op) : data_processing(core, op, flags);
        case 0x09: return transfer(core, ((r[15] + 4) & ~3u) + (imm8 << 2), d8, 4, 0, 0); /* LDR literal */
        case 0x0a:
        case 0x0b:
            kind = op >> 9 & 7;
            return transfer(core, s + r[op >> 6 & 7], d, BY_REGISTER[kind].size, BY_REGISTER[kind].store,
                            BY_REGISTER[kind].with_sign);
        case 0x0c: return transfer(core, s + (imm5 << 2), d, 4, 1, 0);
        case 0x0d: return transfer(core, s + (imm5 << 2), d, 4, 0, 0);
        case 0x0e: return transfer(core, s + imm5, d, 1, 1, 0);
        case 0x0f: return transfer(core, s + imm5, d, 1, 0, 0);
        case 0x10: return transfer(core, s + (imm5 << 1), d, 2, 1, 0);
        case 0x11: return transfer(core, s + (imm5 << 1), d, 2, 0, 0);
        case 0x12: return transfer(core, r[13] + (imm8 << 2), d8, 4, 1, 0);
        case 0x13: return transfer(core, r[13] + (imm8 << 2), d8, 4, 0, 0);
        case 0x14: r[d8] = ((r[15] + 4) & ~3u) + (imm8 << 2); return 1; /* ADR */
        case 0x15: r[d8] = r[13] + (imm8 << 2); return 1;
        case 0x16:
        case 0x17: return miscellaneous(core, op);
        case 0x18: return store_multiple(core, d8, imm8, r[d8], 1, r[d8] + 4 * (uint32_t)__builtin_popcount(imm8));
        case 0x19: return load_multiple(core, d8, imm8, r[d8], 1, r[d8] + 4 * (uint32_t)__builtin_popcount(imm8));
        case 0x1a:
        case 0x1b: return conditional(core, op);
        case 0x1c: return jump(core, r[15] + 4 + (uint32_t)((int32_t)(op << 21) >> 20));
        default: return unsupported(core);
    }
}
