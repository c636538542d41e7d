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

/* What registers.c answers during the next runs: the timer, from its start, and I2C1's registers that are polled. */
EXPORT(answers) void answers(double timer_epoch_ns, uint32_t i2c_raw, uint32_t i2c_abort, uint32_t i2c_level) {
    core.timer_epoch_ns = timer_epoch_ns;
    core.i2c_raw = i2c_raw;
    core.i2c_abort = i2c_abort;
    core.i2c_level = i2c_level;
}

EXPORT(left) uint32_t left(void) {
    return core.left;
}

/* Addresses of what is shared. Flags: N, Z, C, V as words. Divider: dividend, divisor, quotient, remainder, CSR. */
EXPORT(sram) uint8_t *sram_address(void) {
    return sram;
}

EXPORT(flash) uint8_t *flash_address(void) {
    return flash;
}

EXPORT(dpram) uint8_t *dpram_address(void) {
    return dpram;
}

EXPORT(rom) uint8_t *rom_address(void) {
    return rom;
}

EXPORT(registers) uint32_t *registers_address(void) {
    return registers;
}

EXPORT(flags) uint32_t *flags_address(void) {
    return &core.n;
}

EXPORT(divider) uint32_t *divider_address(void) {
    return &core.dividend;
}
