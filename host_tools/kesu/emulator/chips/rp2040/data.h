/* data: instructions with registers alone (ARMv6-M ARM A5.2.2, A5.2.3), inline in the loop of thumb.c. */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_DATA_H
#define KESU_DATA_H

#include "thumb.h"

static inline int data_processing(core_t *core, uint32_t op) {
    uint32_t *dn = &core->r[op & 7], m = core->r[op >> 3 & 7], was = *dn, count = m & 255;
    uint64_t wide;
    switch (op >> 6 & 15) {
        case 0: nz(core, *dn = was & m); break; /* ANDS */
        case 1: nz(core, *dn = was ^ m); break; /* EORS */
        case 2: /* LSLS. A count of 0 leaves C; so do the other three. */
            wide = count <= 32 ? (uint64_t)was << count : 0;
            nz(core, *dn = (uint32_t)wide);
            core->c = count ? wide >> 32 & 1 : core->c;
            break;
        case 3: /* LSRS: `wide` has the bit that goes to C at its end */
            wide = count <= 32 ? (uint64_t)was << 1 >> count : 0;
            nz(core, *dn = (uint32_t)(wide >> 1));
            core->c = count ? wide & 1 : core->c;
            break;
        case 4: /* ASRS */
            wide = (uint64_t)((int64_t)(int32_t)was * 2 >> (count < 32 ? count : 32));
            nz(core, *dn = (uint32_t)(wide >> 1));
            core->c = count ? wide & 1 : core->c;
            break;
        case 5: *dn = add_with_carry(core, was, m, core->c); break; /* ADCS */
        case 6: *dn = add_with_carry(core, was, ~m, core->c); break; /* SBCS */
        case 7: /* RORS */
            nz(core, *dn = count & 31 ? was >> (count & 31) | was << (32 - (count & 31)) : was);
            core->c = count ? core->n : core->c;
            break;
        case 8: nz(core, was & m); break; /* TST */
        case 9: *dn = subtract(core, 0, m); break; /* RSBS */
        case 10: subtract(core, was, m); break; /* CMP */
        case 11: add(core, was, m); break; /* CMN */
        case 12: nz(core, *dn = was | m); break; /* ORRS */
        case 13: nz(core, *dn = was * m); break; /* MULS */
        case 14: nz(core, *dn = was & ~m); break; /* BICS */
        default: nz(core, *dn = ~m); break; /* MVNS */
    }
    return 1;
}

static inline int high_registers(core_t *core, uint32_t op) {
    uint32_t *r = core->r, m = op >> 3 & 15, d = (op >> 4 & 8) | (op & 7);
    uint32_t value = m == 15 ? r[15] + 2 : r[m];
    switch (op >> 8 & 3) {
        case 1: subtract(core, d == 15 ? r[15] + 2 : r[d], value); return 1; /* CMP */
        case 3: /* BX, BLX */
            if (op & 7 || m == 15 || !(value & 1)) { /* an even address: not Thumb, a fault */
                return 0;
            }
            if (op & 0x80) {
                r[14] = r[15] | 1; /* after `value` was read: BLX LR goes to the old one */
            } else if (core->handler && value >> 28 == 15) {
                return 0;
            }
            r[15] = value & ~1u;
            return 2;
        case 0: value += d == 15 ? r[15] + 2 : r[d]; break; /* ADD */
        default: break; /* MOV */
    }
    r[d] = d == 15 ? value & ~1u : d == 13 ? value & ~3u : value;
    return d == 15 ? 2 : 1;
}
#endif
