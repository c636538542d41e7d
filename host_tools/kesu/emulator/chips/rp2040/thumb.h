/* thumb: state of an ARMv6-M core with an RP2040's memories, and what all of its instructions need. */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_THUMB_H
#define KESU_THUMB_H

#include <stdint.h>
#include <string.h>

#include "shadow.h"
#include "uses.h"

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

#define SPI_MOST 1024u
enum { LENT_STATUS = 1, LENT_QUEUE };

/* RP2040 datasheet 2.6.3: 16 KB in two ways, lines of 8 bytes; the counters stop at their highest value. */
enum { XIP_LINE = 8, XIP_WAYS = 2, XIP_SETS = 16384 / 8 / 2 };

typedef struct {
    uint32_t *r;
    uint8_t *sram, *flash, *dpram;
    const uint8_t *rom;
    uint32_t n, z, c, v;
    uint32_t handler;   /* in an exception handler, where a branch to 0xFxxxxxxx is an exception return */
    uint32_t left;      /* not 0: armv6m.py has to execute the next instruction */
    uint32_t dividend, divisor, quotient, remainder, csr;
    uint32_t div_cycles; /* counted by the core, but without effect on time, as in rp2040py */

    /* Bytes in the panel's PL022, oldest first: the queue of kesu.emulator.board.spi_port while it is lent, or only what
     * the status register shows. */
    uint32_t spi_lent, spi_count, spi_ended, spi_received, spi_byte_ns;
    uint8_t spi_value[SPI_MOST];
    int64_t spi_end_ns[SPI_MOST];
    int64_t spi_last_end_ns;

    /* Other registers that are answered here. None of them changes during a run: an alarm and every access that could
     * change one end it. pins_known: whether pins_in, SIO's GPIO_IN, is that of this run. */
    double timer_epoch_ns; /* time at which the timer was 0 */
    uint32_t i2c_raw, i2c_abort, i2c_level; /* of I2C1: IC_RAW_INTR_STAT, IC_TX_ABRT_SOURCE, IC_RXFLR */
    uint32_t pins_in, pins_known, left_address; /* left_address: of the access that is left, if `left` is LEFT_ACCESS */

    double began_ns; /* clock at the start of the run */
    int64_t cycle_ns; /* of the core: 8 at 125 MHz */
    int64_t cycles; /* cycles since began_ns */
    int64_t instructions; /* instructions since then */
    uint64_t served; /* accesses to peripherals and stores to read-only memory that were answered here, in all */

    /* Watchpoints: bytes of flash (one flag in `watch` for each address from watch_base on) and one instruction by its
     * address (0: none). `watched` is the address that was hit; the instruction is not executed. */
    const uint8_t *watch;
    uint32_t watch_base, watch_size, watch_pc, watched;

    /* The XIP cache: counters CTR_HIT and CTR_ACC, the cycles of a miss (0, as in rp2040py), and the cached lines. A tag
     * is the line's offset in flash / XIP_LINE, plus one; 0 is an empty line. */
    uint32_t xip_hits, xip_accesses, xip_miss_cycles, xip_word;
    uint32_t xip_tag[XIP_SETS][XIP_WAYS];
    uint8_t xip_older[XIP_SETS];

    shadow_t *shadow; /* not 0: where the ink is, is traced */
    uses_t *uses; /* not 0: which registers the program uses is noted */
    uint32_t only_memory; /* registers of peripherals are left to armv6m.py, all of them */
} core_t;

/* Functions that execute an instruction return the cycles taken, or 0, with nothing changed, when armv6m.py has to execute
 * it. */

/* memory.c */
int memory_slowly(core_t *core, uint32_t address, uint32_t rt, uint32_t size, int store, int with_sign);
int load_store_multiple(core_t *core, uint32_t op);
int stack(core_t *core, uint32_t op);

/* registers.c: registers of peripherals. They return the cycles of the access, or 0 if they do not answer. */
int register_read(core_t *core, uint32_t address, uint32_t *value);
int register_write(core_t *core, uint32_t address, uint32_t value);

/* divider.c, spi.c: the same for one block; 1 if answered. */
int divider_read(core_t *core, uint32_t offset, uint32_t *value);
int divider_write(core_t *core, uint32_t offset, uint32_t value);
uint32_t spi_status(core_t *core);
int spi_send(core_t *core, uint32_t value);

/* One bus access to flash: returns the cycles that it takes beyond a hit. */
static inline int xip(core_t *core, uint32_t address) {
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

static inline const uint8_t *readable(const core_t *core, uint32_t address, uint32_t size) {
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

static inline uint8_t *writable(const core_t *core, uint32_t address, uint32_t size) {
    return address - SRAM_BASE < SRAM_SIZE && !(address & (size - 1)) ? core->sram + (address - SRAM_BASE) : 0;
}

static inline const uint8_t *executable(const core_t *core, uint32_t address) {
    return address < DPRAM_BASE ? readable(core, address, 2) : 0; /* from 0x40000000 on: never (B3.1) */
}

static inline uint32_t load(const uint8_t *from, uint32_t size) {
    uint32_t value = 0;
    memcpy(&value, from, size);
    return value;
}

static inline void nz(core_t *core, uint32_t result) {
    core->n = result >> 31;
    core->z = result == 0;
}

/* AddWithCarry() of the manual (A2.2.1). */
static inline uint32_t add_with_carry(core_t *core, uint32_t one, uint32_t other, uint32_t carry) {
    uint64_t sum = (uint64_t)one + other + carry;
    int64_t with_sign = (int64_t)(int32_t)one + (int32_t)other + carry;
    nz(core, (uint32_t)sum);
    core->c = sum >> 32 & 1;
    core->v = with_sign != (int32_t)(uint32_t)sum;
    return (uint32_t)sum;
}

static inline uint32_t add(core_t *core, uint32_t one, uint32_t other) {
    return add_with_carry(core, one, other, 0);
}

static inline uint32_t subtract(core_t *core, uint32_t from, uint32_t what) {
    return add_with_carry(core, from, ~what, 1);
}

/* One load or store of aligned memory; memory_slowly has all others, and the bytes of flash that are watched. */
static inline int memory(core_t *core, uint32_t address, uint32_t rt, uint32_t size, int store, int with_sign) {
    uint32_t value;
    int late = 0;
    if (address - SRAM_BASE < SRAM_SIZE && !(address & (size - 1))) {
        uint8_t *at = core->sram + (address - SRAM_BASE);
        if (store) {
            memcpy(at, &core->r[rt], size);
            return 2;
        }
        value = load(at, size);
    } else if (!store && address - FLASH_BASE < FLASH_SIZE && !(address & (size - 1)) &&
               (size != 1 || address - core->watch_base >= core->watch_size)) {
        value = load(core->flash + (address - FLASH_BASE), size);
        late = xip(core, address);
    } else {
        return memory_slowly(core, address, rt, size, store, with_sign);
    }
    core->r[rt] = !with_sign ? value : size == 1 ? (uint32_t)(int8_t)value : (uint32_t)(int16_t)value;
    return 2 + late;
}

static inline double now_ns(const core_t *core) {
    return core->began_ns + (double)(core->cycles * core->cycle_ns);
}
#endif
