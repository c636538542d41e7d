/* rp2350: the core of the Pico 2 as a WebAssembly module; its bus to the peripherals is imported. */
/* SPDX-License-Identifier: MIT
 *
 * JavaScript reads and writes what it shares by address, and calls the functions below. Cycles pass as doubles, which are
 * exact to 2^53. Nothing is allocated, so views of the memory stay valid.
 */
#include <stddef.h>

#include "m33.h"

#define EXPORT(name) __attribute__((export_name(#name), used))
#define IMPORT(name) __attribute__((import_module("bus"), import_name(#name)))

/* run.c, scs.c */
void kesu_m33_run(core_t *core, int64_t until, int64_t most, uint32_t mmio_allowed, uint32_t watch_ignored);
uint32_t kesu_m33_wakes(core_t *core);
void kesu_m33_line(core_t *core, uint32_t irq, uint32_t high);

IMPORT(read) uint32_t bus_read(uint32_t address, uint32_t size);
IMPORT(write) void bus_write(uint32_t address, uint32_t size, uint32_t value);

static uint8_t sram[SRAM_SIZE], flash[FLASH_SIZE], rom[ROM_SIZE], dpram[DPRAM_SIZE], cache_ram[CACHE_RAM_SIZE];
static core_t core;

/* SPI1's data register (RP2350 datasheet 2.2, 12.3). */
static void lay_out(shadow_t *shadow) {
    shadow->data_port = 0x40088008u;
}

#include "shared.h"
#include "trace.h"

/* Registers at their reset value, and the start from the vector table in flash (RP2350 datasheet 5.9). Time goes on. */
EXPORT(reset) void reset(void) {
    int64_t cycle = core.cycle;
    int was_traced = core.shadow != 0;
    uint32_t entry[2];
    memset(&core, 0, sizeof core);
    reset_trace(was_traced);
    core.sram = sram;
    core.flash = flash;
    core.rom = rom;
    core.dpram = dpram;
    core.cache_ram = cache_ram;
    core.read = bus_read;
    core.write = bus_write;
    core.cycle = cycle;
    core.cost = 1;
    core.systick_due = -1;
    core.thumb = 1;
    core.ccr = 0x201;                            /* D1.2.11 */
    core.fpccr = FPCCR_ASPEN | FPCCR_LSPEN;      /* D1.2.95 */
    core.vtor = 0x10000000u;
    core.check = 1;
    memcpy(entry, flash, sizeof entry);
    core.r[13] = entry[0] & ~3u;
    core.r[15] = entry[1] & ~1u;
}

/* Run until that cycle. Returns the reason why it ended, enum left; 0: the cycle is reached. */
EXPORT(run) uint32_t run(double until) {
    kesu_m33_run(&core, (int64_t)until, INT64_MAX, 0, 1);
    return core.left;
}

/* One instruction, which may access a peripheral. */
EXPORT(access) uint32_t access_once(void) {
    kesu_m33_run(&core, INT64_MAX, 1, 1, 1);
    return core.left;
}

/* Whether a core that sleeps wakes now; `for_event`: in WFE, else in WFI. */
EXPORT(wakes) uint32_t wakes(uint32_t for_event) {
    if (for_event && core.event) {
        core.event = 0;
        return 1;
    }
    if (kesu_m33_wakes(&core) && !(for_event && core.primask)) {
        core.check = 1;
        return 1;
    }
    return 0;
}

EXPORT(cycle) double cycle(void) {
    return (double)core.cycle;
}

/* Time passes without the core. */
EXPORT(pass) void pass(double to_cycle) {
    core.cycle = (int64_t)to_cycle;
}

/* Cycle at which SysTick reaches zero; negative if it does not count. */
EXPORT(systick) double systick(void) {
    return (double)core.systick_due;
}

EXPORT(line) void line(uint32_t irq, uint32_t high) {
    kesu_m33_line(&core, irq, high);
}

EXPORT(busError) void bus_error(void) {
    core.bus_error = 1;
}

/* Cycles of a call of the boot ROM; the core goes on at its return address. */
EXPORT(returnFromRom) void return_from_rom(uint32_t result, uint32_t cycles) {
    core.r[0] = result;
    core.r[15] = core.r[14] & ~1u;
    core.thumb = core.r[14] & 1;
    core.cycle += cycles;
    core.check = 1;
}

EXPORT(unsupported) uint32_t unsupported_op(void) {
    return core.left_op;
}

EXPORT(xipHits) uint32_t xip_hits(void) {
    return core.xip_hits;
}

EXPORT(xipAccesses) uint32_t xip_accesses(void) {
    return core.xip_accesses;
}

EXPORT(clearXip) void clear_xip(uint32_t accesses) {
    *(accesses ? &core.xip_accesses : &core.xip_hits) = 0;
}

EXPORT(registers) uint32_t *registers_address(void) {
    return core.r;
}
