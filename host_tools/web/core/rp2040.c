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
static uint32_t registers[16], before[16];
static core_t core;

/* SPI1's data register, the divider of SIO, SRAM's second view (RP2040 datasheet 4.4.4, 2.3.1.7, 2.6.2). */
static void lay_out(shadow_t *shadow) {
    shadow->data_port = 0x40040008u;
    shadow->divider = 0xd0000060u;
    shadow->alias_base = 0x21000000u;
    shadow->alias_end = 0x21040000u;
}

#include "shared.h"
#include "trace.h"

EXPORT(reset) void reset(void) {
    int was_traced = core.shadow != 0;
    memset(&core, 0, sizeof core);
    reset_trace(was_traced);
    core.r = registers;
    core.sram = sram;
    core.flash = flash;
    core.dpram = dpram;
    core.rom = rom;
}

EXPORT(run) double run(double limit, uint32_t handler, double now_ns) {
    core.handler = handler;
    core.began_ns = now_ns;
    core.cycle_ns = 8; /* 125 MHz */
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

/* The bench's own core executed an instruction, over `before`, the registers before it; or it stored and will load an
 * exception's frame. */
EXPORT(before) uint32_t *before_address(void) {
    return before;
}

EXPORT(stepped) void stepped(uint32_t first, uint32_t second) {
    shadow_step(&shadow, before, first, second, 1);
}

EXPORT(pushed) void pushed(uint32_t frame) {
    shadow_push(&shadow, frame);
}

EXPORT(popLater) void pop_later(uint32_t frame) {
    shadow.frame = frame;
    shadow.frame_floats = 0;
}
