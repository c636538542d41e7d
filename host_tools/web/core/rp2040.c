/* rp2040: thumb.c and its companions as a WebAssembly module: plain instructions of an RP2040 over memories that JavaScript shares. */
/* SPDX-License-Identifier: MIT
 *
 * Everything that thumb.c leaves is executed by the bench's own core (bench/chip/thumb_core.ts), over the same registers
 * and memories. Nothing is allocated, so views of the memory stay valid.
 */
#include "thumb.h"

#define EXPORT(name) __attribute__((export_name(#name), used))

/* thumb.c */
int64_t kesu_thumb_run(core_t *core, int64_t limit);

static uint8_t sram[SRAM_SIZE], flash[FLASH_SIZE], dpram[DPRAM_SIZE], rom[ROM_SIZE];
static uint32_t registers[16];
static core_t core;

#include "shared.h"

EXPORT(reset) void reset(void) {
    memset(&core, 0, sizeof core);
    core.r = registers;
    core.sram = sram;
    core.flash = flash;
    core.dpram = dpram;
    core.rom = rom;
}

EXPORT(run) double run(double limit, uint32_t handler, double now_ns) {
    core.handler = handler;
    core.began_ns = now_ns;
    return (double)kesu_thumb_run(&core, (int64_t)limit);
}

EXPORT(left) uint32_t left(void) {
    return core.left;
}

/* Addresses of what else is shared. Flags: N, Z, C, V as words. Divider: dividend, divisor, quotient, remainder, CSR. */
EXPORT(registers) uint32_t *registers_address(void) {
    return registers;
}

EXPORT(flags) uint32_t *flags_address(void) {
    return &core.n;
}

EXPORT(divider) uint32_t *divider_address(void) {
    return &core.dividend;
}
