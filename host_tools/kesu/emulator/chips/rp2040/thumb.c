/* thumb: executes runs of ARMv6-M instructions that access only registers and memory.
 * SPDX-License-Identifier: MIT
 *
 * Results are those of the ARMv6-M Architecture Reference Manual (DDI 0419), which `kesu dev oracle` compares with unicorn;
 * cycle counts are those of rp2040py. armv6m.py executes everything else, with the same result as far as both can, so a
 * run is the same with and without this code: kesu_thumb_run returns before the first instruction that accesses a
 * peripheral, changes mode, masks interrupts, sleeps, faults, or is unknown.
 */

#include "data.h"
#include "thumb.h"

static int condition_holds(const core_t *core, uint32_t condition) {
    int result;
    switch (condition >> 1) {
        case 0: result = core->z; break; /* EQ, NE */
        case 1: result = core->c; break; /* CS, CC */
        case 2: result = core->n; break; /* MI, PL */
        case 3: result = core->v; break; /* VS, VC */
        case 4: result = core->c && !core->z; break; /* HI, LS */
        case 5: result = core->n == core->v; break; /* GE, LT */
        default: result = core->n == core->v && !core->z; break; /* GT, LE */
    }
    return condition & 1 ? !result : result;
}

static int miscellaneous(core_t *core, uint32_t op) { /* 1011 xxxx */
    uint32_t *r = core->r, m = r[op >> 3 & 7], *d = &r[op & 7];
    if ((op >> 9 & 3) == 2) {
        return stack(core, op);
    }
    switch (op >> 6 & 0x3f) {
        case 0x00:
        case 0x01: r[13] = (r[13] + ((op & 127) << 2)) & ~3u; return 1; /* ADD SP */
        case 0x02:
        case 0x03: r[13] = (r[13] - ((op & 127) << 2)) & ~3u; return 1; /* SUB SP */
        case 0x08: *d = (uint32_t)(int16_t)m; return 1; /* SXTH */
        case 0x09: *d = (uint32_t)(int8_t)m; return 1; /* SXTB */
        case 0x0a: *d = m & 0xffff; return 1; /* UXTH */
        case 0x0b: *d = m & 0xff; return 1; /* UXTB */
        case 0x28: *d = __builtin_bswap32(m); return 1; /* REV */
        case 0x29: *d = (m & 0xff00ff) << 8 | (m >> 8 & 0xff00ff); return 1; /* REV16 */
        case 0x2b: *d = (uint32_t)(int16_t)__builtin_bswap16((uint16_t)m); return 1; /* REVSH */
        default: /* Hints that are not allocated are NOPs (A5.2.5); 2 to 4 are WFE, WFI, SEV. */
            return (op & 0xff0f) == 0xbf00 && (op < 0xbf20 || op > 0xbf40);
    }
}

static inline __attribute__((always_inline)) int execute(core_t *core, uint32_t pc, uint32_t op) {
    uint32_t *r = core->r, imm5 = op >> 6 & 31, imm8 = op & 255, value;
    uint32_t *d = &r[op & 7], *d8 = &r[op >> 8 & 7], s = r[op >> 3 & 7];
    switch (op >> 11) {
        case 0x00: /* LSLS */
            nz(core, *d = s << imm5);
            if (imm5) {
                core->c = s >> (32 - imm5) & 1;
            }
            return 1;
        case 0x01: /* LSRS */
            nz(core, *d = imm5 ? s >> imm5 : 0);
            core->c = s >> (imm5 ? imm5 - 1 : 31) & 1;
            return 1;
        case 0x02: /* ASRS */
            nz(core, *d = (uint32_t)((int64_t)(int32_t)s >> (imm5 ? imm5 : 32)));
            core->c = s >> (imm5 ? imm5 - 1 : 31) & 1;
            return 1;
        case 0x03: /* ADDS, SUBS: register or 3-bit immediate */
            value = op & 0x400 ? op >> 6 & 7 : r[op >> 6 & 7];
            *d = op & 0x200 ? subtract(core, s, value) : add(core, s, value);
            return 1;
        case 0x04: nz(core, *d8 = imm8); return 1; /* MOVS */
        case 0x05: subtract(core, *d8, imm8); return 1; /* CMP */
        case 0x06: *d8 = add(core, *d8, imm8); return 1; /* ADDS */
        case 0x07: *d8 = subtract(core, *d8, imm8); return 1; /* SUBS */
        case 0x08: return op & 0x400 ? high_registers(core, op) : data_processing(core, op);
        case 0x09: return memory(core, ((r[15] + 2) & ~3u) + (imm8 << 2), op >> 8 & 7, 4, 0, 0); /* LDR literal */
        case 0x0a:
        case 0x0b: /* loads and stores with a register offset */
            value = s + r[op >> 6 & 7];
            switch (op >> 9 & 7) {
                case 0: return memory(core, value, op & 7, 4, 1, 0);
                case 1: return memory(core, value, op & 7, 2, 1, 0);
                case 2: return memory(core, value, op & 7, 1, 1, 0);
                case 3: return memory(core, value, op & 7, 1, 0, 1);
                case 4: return memory(core, value, op & 7, 4, 0, 0);
                case 5: return memory(core, value, op & 7, 2, 0, 0);
                case 6: return memory(core, value, op & 7, 1, 0, 0);
                default: return memory(core, value, op & 7, 2, 0, 1);
            }
        case 0x0c: return memory(core, s + (imm5 << 2), op & 7, 4, 1, 0); /* STR */
        case 0x0d: return memory(core, s + (imm5 << 2), op & 7, 4, 0, 0); /* LDR */
        case 0x0e: return memory(core, s + imm5, op & 7, 1, 1, 0); /* STRB */
        case 0x0f: return memory(core, s + imm5, op & 7, 1, 0, 0); /* LDRB */
        case 0x10: return memory(core, s + (imm5 << 1), op & 7, 2, 1, 0); /* STRH */
        case 0x11: return memory(core, s + (imm5 << 1), op & 7, 2, 0, 0); /* LDRH */
        case 0x12: return memory(core, r[13] + (imm8 << 2), op >> 8 & 7, 4, 1, 0); /* STR SP */
        case 0x13: return memory(core, r[13] + (imm8 << 2), op >> 8 & 7, 4, 0, 0); /* LDR SP */
        case 0x14: *d8 = (pc & ~3u) + 4 + (imm8 << 2); return 1; /* ADR */
        case 0x15: *d8 = r[13] + (imm8 << 2); return 1; /* ADD SP */
        case 0x16:
        case 0x17: return miscellaneous(core, op);
        case 0x18:
        case 0x19: return load_store_multiple(core, op);
        case 0x1a:
        case 0x1b: /* B with a condition; UDF, SVC */
            if ((op >> 9 & 7) == 7) {
                return 0;
            }
            if (!condition_holds(core, op >> 8 & 15)) {
                return 1;
            }
            r[15] += 2 + (uint32_t)((int32_t)(int8_t)imm8 * 2);
            return 2;
        case 0x1c: r[15] += 2 + (uint32_t)((int32_t)(op << 21) >> 20); return 2; /* B */
        case 0x1e: { /* BL, DSB, DMB, ISB */
            const uint8_t *second = executable(core, pc + 2);
            if (!second) {
                return 0;
            }
            uint32_t low = load(second, 2), sign = op >> 10 & 1;
            if ((low & 0xd000) == 0xd000) {
                uint32_t i1 = !(sign ^ (low >> 13 & 1)), i2 = !(sign ^ (low >> 11 & 1));
                r[14] = (r[15] + 2) | 1;
                r[15] += 2 + ((sign ? 0xff000000u : 0) | i1 << 23 | i2 << 22 | (op & 0x3ff) << 12 | (low & 0x7ff) << 1);
                return 3;
            }
            if (op == 0xf3bf && (low & 0xff80) == 0x8f00 && (low & 0x70) >= 0x40 && (low & 0x70) <= 0x60) {
                r[15] += 2;
                return 3;
            }
            return 0;
        }
        default: return 0;
    }
}

/* Run until `limit` cycles have passed, or up to the first instruction that armv6m.py has to execute (core->left).
 * shadow: core->shadow, a constant in each of the two loops that are made of this. */
static inline __attribute__((always_inline)) void run(core_t *core, int64_t limit, shadow_t *shadow) {
    while (core->cycles < limit) {
        uint32_t before = core->r[15], pc = before & ~1u;
        if (pc == core->watch_pc && pc) {
            core->watched = pc;
            core->left = LEFT_OTHER;
            break;
        }
        const uint8_t *code = pc - FLASH_BASE < FLASH_SIZE ? core->flash + (pc - FLASH_BASE) : executable(core, pc);
        if (pc / 4 != core->xip_word) { /* The core fetches words. */
            core->xip_word = pc / 4;
            if (pc - FLASH_BASE < FLASH_SIZE) {
                core->cycles += xip(core, pc);
            }
        }
        uint32_t op = code ? load(code, 2) : 0, registers[16];
        if (shadow) {
            memcpy(registers, core->r, sizeof(registers));
        }
        core->r[15] = before + 2;
        int taken = code ? execute(core, pc, op) : 0;
        if (!taken) {
            core->r[15] = before;
            core->left = core->left ? core->left : LEFT_OTHER;
            break;
        }
        if (shadow) {
            const uint8_t *second = op >= 0xe800 ? executable(core, pc + 2) : 0;
            shadow_step(shadow, registers, op, second ? load(second, 2) : 0, 1);
        }
        core->cycles += taken;
        core->instructions++;
    }
}

int64_t kesu_thumb_run(core_t *core, int64_t limit) {
    core->left = 0;
    core->cycles = core->instructions = 0;
    core->watched = 0;
    if (core->shadow) {
        run(core, limit, core->shadow);
    } else {
        run(core, limit, 0);
    }
    return core->cycles;
}
