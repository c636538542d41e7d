/* bus: memories of the RP2350 and their aliases, the cache of the flash, and the registers that are answered in C. */
/* SPDX-License-Identifier: MIT */

#include "m33.h"

/* SPI1 and the PL022's registers and status bits (RP2350 datasheet 2.2, 12.3). */
#define SPI_DR 0x40088008u
#define SPI_SR 0x4008800cu
enum { SPI_TFE = 1, SPI_TNF = 2, SPI_RNE = 4, SPI_RFF = 8, SPI_BSY = 16 };
#define SPI_DEPTH 8u

/* TIMER0 (RP2350 datasheet 12.8): the raw counter, without the latch. */
#define TIMER_RAWH 0x400b0024u
#define TIMER_RAWL 0x400b0028u

/* I2C1: registers without side effects that a driver polls (RP2350 datasheet 12.2.17). */
#define I2C_RAW 0x40098034u
#define I2C_LEVEL 0x40098078u
#define I2C_ABORT 0x40098080u

#define FLASH_MASK (FLASH_SIZE - 1)
#define PRIVATE_BUS 0xe00u /* megabyte of the private peripheral bus (B7.1); nothing of the RP2350 lies above it */
#define SCS_PAGE 0xe000eu
#define DWT_PAGE 0xe0001u
#define DWT_CYCCNT 4u

/* Windows of the flash (RP2350 datasheet 4.4.1): cached, uncached, cache maintenance, untranslated. */
enum { XIP_CACHED = 0x10000000u >> 26, XIP_UNCACHED = 0x14000000u >> 26, XIP_MAINTENANCE = 0x18000000u >> 26 };
enum { INVALIDATE_BY_SET = 0, CLEAN_BY_SET = 1, INVALIDATE_BY_ADDRESS = 2, CLEAN_BY_ADDRESS = 3, PIN_BY_SET = 7 };

int64_t now_ns(const core_t *core) {
    return core->cycle * 20 / 3; /* 150 MHz */
}

/* One bus access to cached flash: returns the cycles that it takes beyond a hit. The counters stop at their highest
 * value. */
int xip_fetch(core_t *core, uint32_t address) {
    uint32_t tag = (address & FLASH_MASK) / XIP_LINE + 1, set = (tag - 1) % XIP_SETS, *held = core->xip_tag[set];
    core->xip_accesses += core->xip_accesses != UINT32_MAX;
    for (uint32_t way = 0; way < XIP_WAYS; way++) {
        if (held[way] == tag) {
            core->xip_hits += core->xip_hits != UINT32_MAX;
            core->xip_older[set] = !way;
            return 0;
        }
    }
    uint32_t way = !held[0] ? 0 : !held[1] ? 1 : core->xip_older[set]; /* an empty line is filled first */
    if (core->xip_pinned[set][way]) {
        way = !way;
    }
    if (!core->xip_pinned[set][way]) {
        held[way] = tag;
        core->xip_older[set] = !way;
    }
    return (int)core->xip_miss_cycles;
}

/* Empty a line. A set without lines is taken to forget which was used last, as after a flush of the RP2040's cache. */
static void invalidate(core_t *core, uint32_t set, uint32_t way) {
    core->xip_tag[set][way] = core->xip_pinned[set][way] = 0;
    if (!core->xip_tag[set][!way]) {
        core->xip_older[set] = 0;
    }
}

/* A write to the maintenance window: the lowest three bits are the operation, the others a set and way or an address
 * (RP2350 datasheet 4.4.1.1). Nothing is ever dirty here, so cleaning has no effect. */
static void maintain(core_t *core, uint32_t address) {
    uint32_t set = address / XIP_LINE % XIP_SETS, way = address / XIP_LINE / XIP_SETS % XIP_WAYS;
    switch (address & 7) {
        case INVALIDATE_BY_SET: invalidate(core, set, way); break;
        case INVALIDATE_BY_ADDRESS:
            for (way = 0; way < XIP_WAYS; way++) {
                if (core->xip_tag[set][way] == (address & FLASH_MASK) / XIP_LINE + 1) {
                    invalidate(core, set, way);
                }
            }
            break;
        case PIN_BY_SET:
            core->xip_tag[set][way] = (address & FLASH_MASK) / XIP_LINE + 1;
            core->xip_pinned[set][way] = 1;
            break;
        default: break;
    }
}

static uint8_t *cache_ram_at(const core_t *core, uint32_t address, uint32_t size) {
    return address - CACHE_RAM_BASE <= CACHE_RAM_SIZE - size ? core->cache_ram + (address - CACHE_RAM_BASE) : 0;
}

static const uint8_t *readable(const core_t *core, uint32_t address, uint32_t size) {
    const uint8_t *ram = sram_at(core, address, size);
    if (ram) {
        return ram;
    }
    if (address >> 28 == 1) {
        ram = cache_ram_at(core, address, size);
        if (ram || address >> 26 == XIP_MAINTENANCE) {
            return ram;
        }
        return (address & FLASH_MASK) <= FLASH_SIZE - size ? core->flash + (address & FLASH_MASK) : 0;
    }
    if (address <= ROM_SIZE - size) {
        return core->rom + address;
    }
    return address - DPRAM_BASE <= DPRAM_SIZE - size ? core->dpram + (address - DPRAM_BASE) : 0;
}

/* The instruction at an address; 0 if none can be there. */
const uint8_t *code_at(core_t *core, uint32_t address) {
    return address >> 28 <= 2 ? readable(core, address, 2) : 0;
}

/* Number of bytes that have not ended yet: one in the shifter, the others in the FIFO. */
static uint32_t spi_in_flight(core_t *core) {
    int64_t now = now_ns(core);
    while (core->spi_ended < core->spi_count && core->spi_end_ns[core->spi_ended] <= now) {
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
    if (core->spi_lent != LENT_QUEUE || !in_flight || in_flight > SPI_DEPTH || core->spi_count == SPI_MOST) {
        return 0;
    }
    int64_t start = now_ns(core);
    core->spi_last_end_ns = (start > core->spi_last_end_ns ? start : core->spi_last_end_ns) + core->spi_byte_ns;
    core->spi_end_ns[core->spi_count] = core->spi_last_end_ns;
    core->spi_value[core->spi_count++] = (uint8_t)value;
    return 1;
}

static uint32_t part_of(uint32_t word, uint32_t address, uint32_t size) {
    return size == 4 ? word : word >> 8 * (address & 3) & (size == 1 ? 0xff : 0xffff);
}

/* Registers that are read often: 1 if answered. */
static int answered(core_t *core, uint32_t address, uint32_t *value) {
    if (address == SPI_SR && core->spi_lent) {
        *value = spi_status(core);
        return 1;
    }
    if (address == I2C_RAW || address == I2C_LEVEL || address == I2C_ABORT) {
        *value = address == I2C_RAW ? core->i2c_raw : address == I2C_LEVEL ? core->i2c_level : core->i2c_abort;
        return 1;
    }
    if (address == TIMER_RAWL || address == TIMER_RAWH) {
        uint64_t micros = (uint64_t)(((double)now_ns(core) - core->timer_epoch_ns) / 1000.0);
        *value = (uint32_t)(address == TIMER_RAWL ? micros : micros >> 32);
        return 1;
    }
    return 0;
}

static int bus_fault(core_t *core, uint32_t address) {
    core->bfar = address;
    return raise_fault(core, BUS_FAULT, CFSR_PRECISERR | CFSR_BFARVALID);
}

static int private_load(core_t *core, uint32_t address, uint32_t size, uint32_t *value) {
    if (address >> 12 == SCS_PAGE) {
        *value = part_of(scs_read(core, address & 0xffc), address, size);
    } else if (address >> 12 == DWT_PAGE) {
        *value = (address & 0xfff) == DWT_CYCCNT && core->dwt_ctrl & 1 ? (uint32_t)(core->cycle - core->dwt_base)
                                                                       : core->dwt_ctrl;
    } else {
        return unsupported(core);
    }
    return 1;
}

static int private_store(core_t *core, uint32_t address, uint32_t size, uint32_t value) {
    if (address >> 12 == SCS_PAGE) {
        if (size != 4) { /* bytes of the priority registers, and of CFSR */
            uint32_t bits = 8 * (address & 3), mask = (size == 1 ? 0xffu : 0xffffu) << bits;
            uint32_t word = (address & 0xffc) == 0xd28 ? 0 : scs_read(core, address & 0xffc);
            value = (word & ~mask) | (value << bits & mask);
        }
        scs_write(core, address & 0xffc, value);
    } else if (address >> 12 == DWT_PAGE) {
        if ((address & 0xfff) == DWT_CYCCNT) {
            core->dwt_base = core->cycle - value;
        } else if ((address & 0xfff) == 0) {
            core->dwt_ctrl = value & 1;
        }
    } else {
        return unsupported(core);
    }
    return core->left != LEFT_UNSUPPORTED;
}

int load_slowly(core_t *core, uint32_t address, uint32_t size, uint32_t *value) {
    uses_access(core->uses, address, size, 0, 0, core->r[15]);
    if (address & (size - 1) && (core->ccr & CCR_UNALIGN_TRP || address >> 28 > 2)) {
        return raise_fault(core, USAGE_FAULT, CFSR_UNALIGNED); /* always to a peripheral (B5.6) */
    }
    if (size == 1 && address - core->watch_base < core->watch_size && core->watch[address - core->watch_base] &&
        !core->watch_ignored) {
        core->watched = address;
        core->left = LEFT_WATCH;
        return 0;
    }
    const uint8_t *from = readable(core, address, size);
    if (from) {
        *value = 0;
        memcpy(value, from, size);
        if (address >> 26 == XIP_CACHED && address - CACHE_RAM_BASE >= CACHE_RAM_SIZE) {
            core->cycle += xip_fetch(core, address);
        }
        return 1;
    }
    if (address >> 20 == PRIVATE_BUS) {
        return private_load(core, address, size, value);
    }
    if (address >> 28 < 4 || address >> 20 > PRIVATE_BUS) {
        return bus_fault(core, address);
    }
    if (size == 4 && answered(core, address, value)) {
        return 1;
    }
    if (!core->mmio_allowed) {
        core->left = LEFT_MMIO;
        return 0;
    }
    core->bus_error = 0;
    *value = core->read(address, size);
    return core->bus_error ? bus_fault(core, address) : 1;
}

int store_slowly(core_t *core, uint32_t address, uint32_t size, uint32_t value) {
    uses_access(core->uses, address, size, 1, value, core->r[15]);
    if (address & (size - 1) && (core->ccr & CCR_UNALIGN_TRP || address >> 28 > 2)) {
        return raise_fault(core, USAGE_FAULT, CFSR_UNALIGNED);
    }
    uint8_t *to = sram_at(core, address, size);
    if (!to) {
        to = cache_ram_at(core, address, size);
    }
    if (to) {
        memcpy(to, &value, size);
        return 1;
    }
    if (address >> 26 == XIP_MAINTENANCE) {
        maintain(core, address);
        return 1;
    }
    if (address < ROM_SIZE) {
        return 1; /* TinyUSB 0.18 stores to address 0 for endpoint 0, and the chip goes on: the ROM ignores writes. */
    }
    if (address >> 20 == PRIVATE_BUS) {
        return private_store(core, address, size, value);
    }
    if (address >> 28 < 4 || address >> 20 > PRIVATE_BUS) {
        return bus_fault(core, address); /* writes to flash included: no QMI window is writable on a Pico 2 */
    }
    if (address == SPI_DR && size == 4 && core->spi_lent && spi_send(core, value)) {
        return 1;
    }
    if (!core->mmio_allowed) {
        core->left = LEFT_MMIO;
        return 0;
    }
    core->bus_error = 0;
    core->write(address, size, value);
    return core->bus_error ? bus_fault(core, address) : 1;
}
