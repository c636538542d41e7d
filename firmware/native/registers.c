/* registers: peripheral registers that depend on how the pad was used; cleared by every scrub. */
/* SPDX-License-Identifier: MIT */

#include <stdint.h>

#include "py/runtime.h"

#include "hardware/i2c.h"
#include "hardware/resets.h"
#include "hardware/structs/iobank0.h"
#include "hardware/structs/timer.h"
#include "hardware/structs/xip_ctrl.h"
#include "hardware/sync.h"
#if !PICO_RP2040
#include "hardware/regs/addressmap.h"
#endif

#include "native.h"

/* As in kesu_pad/board.py. */
#define TOUCH_I2C (i2c1)
#define TOUCH_RESET (RESETS_RESET_I2C1_BITS)

/* Alarm of the port's soft timers (sleep.c); the application does not use them. */
#define SOFT_TIMER_ALARM (2)

/* The latches of both edges in IO_BANK0 INTR: bits 2 and 3 of each pin's four (RP2040 datasheet 2.19.6.1). */
#define EDGES (0xCCCCCCCCu)
#define PINS_PER_REGISTER (8)
#define PIN_REGISTERS ((NUM_BANK0_GPIOS + PINS_PER_REGISTER - 1) / PINS_PER_REGISTER)

#define XIP_CACHE_BYTES (16 * 1024)
#define XIP_LINE_BYTES (8)

/* An alarm keeps the time that it was last set to. Setting it arms it, so it is disarmed again; if the counter passes
 * at that moment, the interrupt finds nothing to do. */
static void park_alarm(void) {
    const uint32_t state = save_and_disable_interrupts();
    if (!(timer_hw->armed & (1u << SOFT_TIMER_ALARM))) {
        timer_hw->alarm[SOFT_TIMER_ALARM] = 0;
        timer_hw->armed = 1u << SOFT_TIMER_ALARM;
    }
    restore_interrupts(state);
}

/* Edges without an enabled interrupt stay latched: they show which outputs were driven and which keys were released.
 * Edges with an enabled interrupt are kept, because one may be pending. */
static void drop_edges(void) {
    for (uint i = 0; i < PIN_REGISTERS; ++i) {
        const uint32_t state = save_and_disable_interrupts();
        iobank0_hw->intr[i] = EDGES & ~iobank0_hw->proc0_irq_ctrl.inte[i];
        restore_interrupts(state);
    }
}

/* The receive FIFO keeps the coordinates that were read last. Reset the block, then restore the port's settings. Only
 * the touch chip's interrupt uses it, and interrupts are off. */
static void reset_touch_bus(void) {
    i2c_hw_t *hw = i2c_get_hw(TOUCH_I2C);
    const uint32_t state = save_and_disable_interrupts();
    const uint32_t con = hw->con, enable = hw->enable, sda_hold = hw->sda_hold, spike = hw->fs_spklen;
    const uint32_t fast_high = hw->fs_scl_hcnt, fast_low = hw->fs_scl_lcnt;
    const uint32_t rx_level = hw->rx_tl, tx_level = hw->tx_tl, dma = hw->dma_cr;
    reset_block(TOUCH_RESET);
    unreset_block_wait(TOUCH_RESET);
    hw->enable = 0;
    hw->con = con;
    hw->rx_tl = rx_level;
    hw->tx_tl = tx_level;
    hw->dma_cr = dma;
    hw->fs_scl_hcnt = fast_high;
    hw->fs_scl_lcnt = fast_low;
    hw->fs_spklen = spike;
    hw->sda_hold = sda_hold;
    hw->enable = enable;
    restore_interrupts(state);
}

/* The cached lines of flash and the hit counters depend on what code has run, and that depends on ink. */
static void empty_cache(void) {
    #if PICO_RP2040
    xip_ctrl_hw->flush = 1;
    (void)xip_ctrl_hw->flush; /* The read stalls until the flush is complete (RP2040 datasheet 2.6.3.3). */
    #else
    /* Invalidation by set and way: any write to the lowest op of the maintenance window (RP2350 datasheet 4.4.1.1). */
    for (uint32_t offset = 0; offset < XIP_CACHE_BYTES; offset += XIP_LINE_BYTES) {
        *(volatile uint8_t *)(XIP_MAINTENANCE_BASE + offset) = 0;
    }
    __dsb();
    __isb();
    #endif
    xip_ctrl_hw->ctr_hit = 1; /* A write of any value clears a counter. */
    xip_ctrl_hw->ctr_acc = 1;
}

void kesu_clear_registers(void) {
    park_alarm();
    drop_edges();
    reset_touch_bus();
    empty_cache();
}
