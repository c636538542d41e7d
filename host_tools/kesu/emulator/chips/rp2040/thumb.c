/* thumb: executes runs of ARMv6-M instructions that access only registers and memory.
 * SPDX-License-Identifier: MIT
 *
 * Results are those of the ARMv6-M Architecture Reference Manual (DDI 0419), which `kesu dev oracle` compares with unicorn;
 * cycle counts are those of rp2040py. armv6m.py executes everything else, with the same result as far as both can, so a
 * run is the same with and without this code: kesu_thumb_run returns before the first instruction that accesses a
 * peripheral, changes mode, masks interrupts, sleeps, faults, or is unknown.
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
#define XIP_END 0x14000000u
#define PPB_BASE 0xe0000000u

/* What armv6m.py has to do about the next instruction: decode it; make the one access to a peripheral that it is, whose
 * address has been checked; or take the fault that it causes (ARMv6-M ARM B1.5.14). */
enum { LEFT_OTHER = 1, LEFT_ACCESS, LEFT_FAULT };

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
    uint32_t left;      /* not 0: armv6m.py has to execute the next instruction */
    uint32_t dividend, divisor, quotient, remainder, csr;
    uint32_t div_cycles; /* counted by the core, but without effect on time, as in rp2040py */

    /* Bytes in the panel's PL022, oldest first: the queue of kesu.emulator.board.spi_port while it is lent. */
    uint32_t spi_lent, spi_count, spi_ended, spi_received, spi_byte_ns;
    uint8_t spi_value[SPI_MOST];
    int64_t spi_end_ns[SPI_MOST];
    int64_t spi_last_end_ns;
    double began_ns;    /* clock at the start of the run */
    int64_t cycles;     /* cycles since began_ns */
    int64_t instructions; /* instructions since then */
    uint64_t served;    /* accesses to peripherals and stores to read-only memory that were answered here, in all */

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

/* Whether the address belongs to something on the bus (RP2040 datasheet 2.2; the same table is in address_map.py). */
static int mapped(uint32_t address) {
    switch (address >> 24) {
        case 0x00: return address < ROM_SIZE;
        case 0x10:
        case 0x11:
        case 0x12:
        case 0x13: /* XIP and its aliases */
        case 0x14: /* XIP control */
        case 0x15: /* the cache as memory */
        case 0x18: /* SSI */
        case 0x21: /* SRAM banks without striping */ return 1;
        case 0x20: return address - SRAM_BASE < SRAM_SIZE;
        case 0x40: return address < 0x40080000u;
        case 0x50: return address < 0x50500000u;
        default: return address >> 28 == 0xd || address >> 20 == PPB_BASE >> 20;
    }
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

static const uint8_t *executable(const core_t *core, uint32_t address) {
    return address < DPRAM_BASE ? readable(core, address, 2) : 0; /* from 0x40000000 on: never (B3.1) */
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

/* AddWithCarry() of the manual (A2.2.1). */
static uint32_t add_with_carry(core_t *core, uint32_t one, uint32_t other, uint32_t carry) {
    uint64_t sum = (uint64_t)one + other + carry;
    int64_t with_sign = (int64_t)(int32_t)one + (int32_t)other + carry;
    nz(core, (uint32_t)sum);
    core->c = sum >> 32 & 1;
    core->v = with_sign != (int32_t)(uint32_t)sum;
    return (uint32_t)sum;
}

static uint32_t add(core_t *core, uint32_t one, uint32_t other) {
    return add_with_carry(core, one, other, 0);
}

static uint32_t subtract(core_t *core, uint32_t from, uint32_t what) {
    return add_with_carry(core, from, ~what, 1);
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

/* Each of these functions returns the cycles taken, or 0, with nothing changed, when armv6m.py has to execute the
 * instruction. */

static int fault(core_t *core) {
    core->left = LEFT_FAULT;
    return 0;
}

/* An access to something else than memory. */
static int outside(core_t *core, uint32_t address, uint32_t size) {
    if (address & (size - 1) || !mapped(address)) {
        return fault(core);
    }
    core->left = address < PPB_BASE ? LEFT_ACCESS : LEFT_OTHER;
    return 0;
}

/* A store to ROM has no effect. One to the flash frees the line that the cache holds; through an alias that does not
 * allocate it is a fault (RP2040 datasheet 2.6.3, XIP CTRL.ERR_BADWRITE). */
static int store_to_read_only(core_t *core, uint32_t address) {
    if (address >= FLASH_BASE + FLASH_SIZE) {
        return fault(core);
    }
    core->served++;
    if (address >= FLASH_BASE) {
        uint32_t tag = (address - FLASH_BASE) / XIP_LINE + 1, *held = core->xip_tag[(tag - 1) % XIP_SETS];
        for (uint32_t way = 0; way < XIP_WAYS; way++) {
            held[way] = held[way] == tag ? 0 : held[way];
        }
    }
    return 2;
}

static int data_processing(core_t *core, uint32_t op) {
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

static int high_registers(core_t *core, uint32_t op) {
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

static int memory(core_t *core, uint32_t address, uint32_t rt, uint32_t size, int store, int with_sign) {
    uint32_t value;
    if (store) {
        uint8_t *to = writable(core, address, size);
        if (to) {
            memcpy(to, &core->r[rt], size);
            return 2;
        }
        if (address == SPI_DR && size == 4 && core->spi_lent && spi_send(core, core->r[rt])) {
            core->served++;
            return 5;
        }
        if (size == 4 && address - SIO_BASE < 0x100 && divider_write(core, address - SIO_BASE, core->r[rt])) {
            core->served++;
            return 1;
        }
        if (address < XIP_END && mapped(address) && !(address & (size - 1))) {
            return store_to_read_only(core, address);
        }
        return outside(core, address, size);
    }
    if (size == 1 && address - core->watch_base < core->watch_size && core->watch[address - core->watch_base]) {
        core->watched = address;
        return 0;
    }
    const uint8_t *from = readable(core, address, size);
    if (!from) {
        if (size == 4 && address - SIO_BASE < 0x100 && divider_read(core, address - SIO_BASE, &value)) {
            core->r[rt] = value;
            core->served++;
            return 1;
        }
        if (address == SPI_SR && size == 4 && core->spi_lent) {
            core->r[rt] = spi_status(core);
            core->served++;
            return 4;
        }
        return outside(core, address, size);
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
    if (!is_load || !(list & 1u << (op >> 8 & 7))) {
        *base = address + 4 * count; /* STM always writes its base back (A6.7.58) */
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
            if (!(to & 1) || (core->handler && to >> 28 == 15)) {
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
        default: /* Hints that are not allocated are NOPs (A5.2.5); 2 to 4 are WFE, WFI, SEV. */
            return (op & 0xff0f) == 0xbf00 && (op < 0xbf20 || op > 0xbf40);
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

/* Run until `limit` cycles have passed, or up to the first instruction that armv6m.py has to execute (core->left). */
int64_t kesu_thumb_run(core_t *core, int64_t limit) {
    core->left = 0;
    core->cycles = core->instructions = 0;
    core->watched = 0;
    while (core->cycles < limit) {
        uint32_t before = core->r[15], pc = before & ~1u;
        if (pc == core->watch_pc && pc) {
            core->watched = pc;
            core->left = LEFT_OTHER;
            break;
        }
        const uint8_t *code = executable(core, pc);
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
            core->left = core->left ? core->left : LEFT_OTHER;
            break;
        }
        core->cycles += taken;
        core->instructions++;
    }
    return core->cycles;
}
