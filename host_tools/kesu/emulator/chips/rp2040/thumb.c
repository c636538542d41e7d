/* thumb: executes runs of ARMv6-M instructions that access only registers and memory.
 * SPDX-License-Identifier: MIT
 *
 * Results and cycle counts equal those of rp2040py, which calls this code, so a run is the same with and without it.
 * rp2040py executes everything else: kesu_thumb_run returns before the first instruction that accesses a peripheral,
 * changes mode, masks interrupts, sleeps, or is unknown.
 */

#include <stdint.h>
#include <string.h>

#define ROM_SIZE 0x4000u
#define FLASH_BASE 0x10000000u
#define FLASH_SIZE 0x1000000u
#define SRAM_BASE 0x20000000u
#define SRAM_SIZE 0x42000u
#define DPRAM_BASE 0x50100000u
#define DPRAM_SIZE 0x1000u
#define SIO_BASE 0xd0000000u

/* SPI1 and the PL022's registers and status bits (RP2040 datasheet 2.2.4, 4.4.4). */
#define SPI_DR 0x40040008u
#define SPI_SR 0x4004000cu
enum { SPI_TFE = 1, SPI_TNF = 2, SPI_RNE = 4, SPI_RFF = 8, SPI_BSY = 16 };
#define SPI_DEPTH 8u
#define SPI_MOST 64u

#define CYCLE_NS 8

/* RP2040 datasheet 2.6.3: 16 KB in two ways, lines of 8 bytes; the counters stop at their highest value. */
enum { XIP_LINE = 8, XIP_WAYS = 2, XIP_SETS = 16384 / 8 / 2 };

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

typedef struct {
    uint32_t *r;
    uint8_t *sram, *flash, *dpram;
    const uint8_t *rom;
    uint32_t n, z, c, v;
    uint32_t handler;   /* in an exception handler, where a branch to 0xFxxxxxxx is an exception return */
    uint32_t left;      /* 1: rp2040py has to execute the next instruction */
    uint32_t dividend, divisor, quotient, remainder, csr;
    uint32_t div_cycles; /* counted by the core, but without effect on time, as in rp2040py */

    /* Bytes in the panel's PL022, oldest first: the queue of kesu.emulator.board.spi_port while it is lent. */
    uint32_t spi_lent, spi_count, spi_ended, spi_received, spi_byte_ns;
    uint8_t spi_value[SPI_MOST];
    int64_t spi_end_ns[SPI_MOST];
    int64_t spi_last_end_ns;
    double began_ns;    /* clock at the start of the run */
    int64_t cycles;     /* cycles since began_ns */

    /* Watchpoints: bytes of flash (one flag in `watch` for each address from watch_base on) and one instruction by its
     * address (0: none). `watched` is the address that was hit; the instruction is not executed. */
    const uint8_t *watch;
    uint32_t watch_base, watch_size, watch_pc, watched;

    /* The XIP cache: counters CTR_HIT and CTR_ACC, the cycles of a miss (0, as in rp2040py), and the cached lines. A tag
     * is the line's offset in flash / XIP_LINE, plus one; 0 is an empty line. */
    uint32_t xip_hits, xip_accesses, xip_miss_cycles, xip_word;
    uint32_t xip_tag[XIP_SETS][XIP_WAYS];
    uint8_t xip_older[XIP_SETS];
} core_t;

/* One bus access to flash: returns the cycles that it takes beyond a hit. */
static int xip(core_t *core, uint32_t address) {
    uint32_t tag = (address - FLASH_BASE) / XIP_LINE + 1, set = (tag - 1) % XIP_SETS, *held = core->xip_tag[set];
    core->xip_accesses += core->xip_accesses != UINT32_MAX;
    for (uint32_t way = 0; way < XIP_WAYS; way++) {
        if (held[way] == tag) {
            core->xip_hits += core->xip_hits != UINT32_MAX;
            core->xip_older[set] = !way;
            return 0;
        }
    }
    held[core->xip_older[set]] = tag;
    core->xip_older[set] = !core->xip_older[set];
    return (int)core->xip_miss_cycles;
}

static const uint8_t *readable(const core_t *core, uint32_t address, uint32_t size) {
    if (address & (size - 1)) {
        return 0;
    }
    if (address - SRAM_BASE < SRAM_SIZE) {
        return core->sram + (address - SRAM_BASE);
    }
    if (address - FLASH_BASE < FLASH_SIZE) {
        return core->flash + (address - FLASH_BASE);
    }
    if (address < ROM_SIZE) {
        return core->rom + address;
    }
    if (address - DPRAM_BASE < DPRAM_SIZE) {
        return core->dpram + (address - DPRAM_BASE);
    }
    return 0;
}

static uint8_t *writable(const core_t *core, uint32_t address, uint32_t size) {
    return address - SRAM_BASE < SRAM_SIZE && !(address & (size - 1)) ? core->sram + (address - SRAM_BASE) : 0;
}

static uint32_t load(const uint8_t *from, uint32_t size) {
    uint32_t value = 0;
    memcpy(&value, from, size);
    return value;
}

static void nz(core_t *core, uint32_t result) {
    core->n = result >> 31;
    core->z = result == 0;
}

/* An operand may exceed 32 bits by one: the carry was added to it. */
static uint32_t add(core_t *core, uint64_t one, uint64_t other) {
    uint64_t sum = one + other;
    nz(core, (uint32_t)sum);
    core->c = sum != (uint32_t)sum;
    core->v = (int64_t)(int32_t)(uint32_t)sum != (int64_t)(int32_t)(uint32_t)one + (int32_t)(uint32_t)other;
    return (uint32_t)sum;
}

static uint32_t subtract(core_t *core, uint64_t from, uint64_t what) {
    uint32_t result = (uint32_t)(from - what);
    nz(core, result);
    core->c = from >= what;
    core->v = ((uint32_t)from ^ (uint32_t)what) >> 31 && ((uint32_t)from ^ result) >> 31;
    return result;
}

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

static int divider_read(core_t *core, uint32_t offset, uint32_t *value) {
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

static int divider_write(core_t *core, uint32_t offset, uint32_t value) {
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

static double now_ns(const core_t *core) {
    return core->began_ns + (double)(core->cycles * CYCLE_NS);
}

/* Number of bytes that have not ended yet: one in the shifter, the others in the FIFO. */
static uint32_t spi_in_flight(core_t *core) {
    double now = now_ns(core);
    while (core->spi_ended < core->spi_count && (double)core->spi_end_ns[core->spi_ended] <= now) {
        core->spi_ended++;
        core->spi_received += core->spi_received < SPI_DEPTH;
    }
    return core->spi_count - core->spi_ended;
}

static uint32_t spi_status(core_t *core) {
    uint32_t in_flight = spi_in_flight(core);
    return (in_flight ? SPI_BSY : 0) | (in_flight <= 1 ? SPI_TFE : 0) | (in_flight <= SPI_DEPTH ? SPI_TNF : 0) |
           (core->spi_received ? SPI_RNE : 0) | (core->spi_received == SPI_DEPTH ? SPI_RFF : 0);
}

static int spi_send(core_t *core, uint32_t value) {
    uint32_t in_flight = spi_in_flight(core);
    if (!in_flight || in_flight > SPI_DEPTH || core->spi_count == SPI_MOST) {
        return 0;
    }
    int64_t start = (int64_t)now_ns(core);
    core->spi_last_end_ns = (start > core->spi_last_end_ns ? start : core->spi_last_end_ns) + core->spi_byte_ns;
    core->spi_end_ns[core->spi_count] = core->spi_last_end_ns;
    core->spi_value[core->spi_count++] = (uint8_t)value;
    return 1;
}

/* Each of these functions returns the cycles taken, or 0, with nothing changed, when rp2040py has to execute the
 * instruction. */

static int data_processing(core_t *core, uint32_t op) {
    uint32_t *dn = &core->r[op & 7], m = core->r[op >> 3 & 7], was = *dn, count, bit;
    switch (op >> 6 & 15) {
        case 0: nz(core, *dn = was & m); break; /* ANDS */
        case 1: nz(core, *dn = was ^ m); break; /* EORS */
        case 2: /* LSLS */
            count = m & 255;
            nz(core, *dn = count >= 32 ? 0 : was << count);
            if (count) {
                core->c = was >> ((32 - count) & 31) & 1;
            }
            break;
        case 3: /* LSRS */
            count = m & 255;
            nz(core, *dn = count >= 32 ? 0 : was >> count);
            core->c = count <= 32 ? was >> ((count - 1) & 31) & 1 : 0;
            break;
        case 4: /* ASRS */
            count = (m & 255) < 32 ? m & 255 : 32;
            bit = was >> ((count - 1) & 31) & 1;
            nz(core, *dn = (uint32_t)((int64_t)(int32_t)was >> count));
            core->c = bit;
            break;
        case 5: *dn = add(core, m, (uint64_t)was + core->c); break; /* ADCS */
        case 6: *dn = subtract(core, was, (uint64_t)m + !core->c); break; /* SBCS */
        case 7: /* RORS */
            count = m & 31;
            nz(core, *dn = count ? was >> count | was << (32 - count) : was);
            core->c = core->n;
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

static int high_registers(core_t *core, uint32_t op) {
    uint32_t *r = core->r, m = op >> 3 & 15, d = (op >> 4 & 8) | (op & 7);
    uint32_t value = m == 15 ? r[15] + 2 : r[m];
    switch (op >> 8 & 3) {
        case 1: /* CMP: like rp2040py, without adding 2 to the program counter */ subtract(core, r[d], r[m]); return 1;
        case 3: /* BX, BLX */
            if (op & 7) {
                return 0;
            }
            if (op & 0x80) {
                uint32_t to = r[m];
                r[14] = r[15] | 1;
                r[15] = m == 14 ? r[14] & ~1u : to & ~1u;
                return 2;
            }
            if (core->handler && r[m] >> 28 == 15) {
                return 0;
            }
            r[15] = r[m] & ~1u;
            return 2;
        case 0: value += d == 15 ? r[15] + 2 : r[d]; break; /* ADD */
        default: break; /* MOV */
    }
    r[d] = d == 15 ? value & ~1u : d == 13 ? value & ~3u : value;
    return d == 15 ? 2 : 1;
}

static int memory(core_t *core, uint32_t address, uint32_t rt, uint32_t size, int store, int with_sign) {
    uint32_t value;
    if (store) {
        uint8_t *to = writable(core, address, size);
        if (to) {
            memcpy(to, &core->r[rt], size);
            return 2;
        }
        if (address == SPI_DR && size == 4 && core->spi_lent && spi_send(core, core->r[rt])) {
            return 5;
        }
        return size == 4 && address - SIO_BASE < 0x100 && divider_write(core, address - SIO_BASE, core->r[rt]);
    }
    if (size == 1 && address - core->watch_base < core->watch_size && core->watch[address - core->watch_base]) {
        core->watched = address;
        return 0;
    }
    const uint8_t *from = readable(core, address, size);
    if (!from) {
        if (size == 4 && address - SIO_BASE < 0x100 && divider_read(core, address - SIO_BASE, &value)) {
            core->r[rt] = value;
            return 1;
        }
        if (address == SPI_SR && size == 4 && core->spi_lent) {
            core->r[rt] = spi_status(core);
            return 4;
        }
        return 0;
    }
    value = load(from, size);
    int late = address - FLASH_BASE < FLASH_SIZE ? xip(core, address) : 0;
    core->r[rt] = !with_sign ? value : size == 1 ? (uint32_t)(int8_t)value : (uint32_t)(int16_t)value;
    return 2 + late;
}

static int load_store_multiple(core_t *core, uint32_t op) { /* LDMIA, STMIA */
    uint32_t *base = &core->r[op >> 8 & 7], address = *base, at = address;
    uint32_t list = op & 255, count = __builtin_popcount(list);
    const uint8_t *from = readable(core, address, 4);
    uint8_t *to = writable(core, address, 4);
    int is_load = op & 0x800, late = 0;
    if (!count || (is_load ? !from || readable(core, address + 4 * count - 4, 4) != from + 4 * count - 4
                           : !to || !writable(core, address + 4 * count - 4, 4))) {
        return 0;
    }
    for (uint32_t i = 0; i < 8; i++) {
        if (list & 1u << i) {
            if (is_load) {
                memcpy(&core->r[i], from, 4);
                from += 4;
                late += at - FLASH_BASE < FLASH_SIZE ? xip(core, at) : 0;
            } else {
                memcpy(to, &core->r[i], 4);
                to += 4;
            }
            at += 4;
        }
    }
    if (!(list & 1u << (op >> 8 & 7))) {
        *base = address + 4 * count;
    }
    return 1 + late + (int)count;
}

static int stack(core_t *core, uint32_t op) { /* PUSH, POP */
    uint32_t *r = core->r, low = __builtin_popcount(op & 255), count = low + (op >> 8 & 1);
    uint32_t address = op & 0x800 ? r[13] : r[13] - 4 * count;
    uint8_t *at = writable(core, address, 4);
    if (!count || !at || !writable(core, address + 4 * count - 4, 4)) {
        return 0;
    }
    if (op & 0x800) {
        uint32_t to = 0;
        if (op & 0x100) {
            memcpy(&to, at + 4 * low, 4);
            if (core->handler && to >> 28 == 15) {
                return 0;
            }
        }
        for (uint32_t i = 0; i < 8; i++) {
            if (op & 1u << i) {
                memcpy(&r[i], at, 4);
                at += 4;
            }
        }
        r[13] = (address + 4 * count) & ~3u;
        if (op & 0x100) {
            r[15] = to & ~1u;
            return 3 + (int)low;
        }
        return 1 + (int)low;
    }
    for (uint32_t i = 0; i < 8; i++) {
        if (op & 1u << i) {
            memcpy(at, &r[i], 4);
            at += 4;
        }
    }
    if (op & 0x100) {
        memcpy(at, &r[14], 4);
    }
    r[13] = address & ~3u;
    return 1 + (int)low;
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
        default: return op == 0xbf00; /* NOP */
    }
}

static int execute(core_t *core, uint32_t pc, uint32_t op) {
    static const struct {
        uint8_t size, store, with_sign;
    } BY_REGISTER[8] = { { 4, 1, 0 }, { 2, 1, 0 }, { 1, 1, 0 }, { 1, 0, 1 },
                         { 4, 0, 0 }, { 2, 0, 0 }, { 1, 0, 0 }, { 2, 0, 1 } };
    uint32_t *r = core->r, imm5 = op >> 6 & 31, imm8 = op & 255, value, kind;
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
            kind = op >> 9 & 7;
            return memory(core, s + r[op >> 6 & 7], op & 7, BY_REGISTER[kind].size, BY_REGISTER[kind].store,
                          BY_REGISTER[kind].with_sign);
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
            const uint8_t *second = readable(core, pc + 2, 2);
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

/* Run until `limit` cycles have passed, or up to the first instruction that rp2040py has to execute (core->left). */
int64_t kesu_thumb_run(core_t *core, int64_t limit) {
    core->left = 0;
    core->cycles = 0;
    core->watched = 0;
    while (core->cycles < limit) {
        uint32_t before = core->r[15], pc = before & ~1u;
        if (pc == core->watch_pc && pc) {
            core->watched = pc;
            core->left = 1;
            break;
        }
        const uint8_t *code = readable(core, pc, 2);
        if (pc / 4 != core->xip_word) { /* The core fetches words. */
            core->xip_word = pc / 4;
            if (pc - FLASH_BASE < FLASH_SIZE) {
                core->cycles += xip(core, pc);
            }
        }
        core->r[15] = before + 2;
        int taken = code ? execute(core, pc, load(code, 2)) : 0;
        if (!taken) {
            core->r[15] = before;
            core->left = 1;
            break;
        }
        core->cycles += taken;
    }
    return core->cycles;
}
