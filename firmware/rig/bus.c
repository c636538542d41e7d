/* bus: the touch chip on I2C0 as a target, its INT and its alarms. The block stretches the clock until a byte is given.
 * SPDX-License-Identifier: MIT */
#include "rig.h"

#include "hardware/i2c.h"
#include "hardware/irq.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "lines.h"
#include "notes.h"

#define BUS_HZ 400000u

touch_t touch;
static uint8_t fitted;

void touch_set_int(touch_t *which, bool level, uint32_t us) {
    (void)which;
    lines_int(level);
    if (us) {
        timer_hw->alarm[ALARM_PULSE] = timer_hw->timerawl + us;
    } else {
        timer_hw->armed = 1u << ALARM_PULSE;
    }
}

/* A closed port acknowledges nothing: IC_ENABLE is 0. */
void touch_set_port(touch_t *which, bool open) {
    (void)which;
    if ((bool)i2c0->hw->enable != open) {
        i2c0->hw->enable = open;
        note_add(NOTE_TOUCH_PORT, open);
    }
}

void touch_set_timer(touch_t *which, uint32_t us) {
    (void)which;
    if (us) {
        timer_hw->alarm[ALARM_TOUCH] = timer_hw->timerawl + us;
    } else {
        timer_hw->armed = 1u << ALARM_TOUCH;
    }
}

static void bus_handler(void) {
    uint32_t status = i2c0->hw->intr_stat;
    while (i2c0->hw->rxflr) {
        uint32_t data = i2c0->hw->data_cmd;
        touch_written(&touch, (uint8_t)data, data & I2C_IC_DATA_CMD_FIRST_DATA_BYTE_BITS);
    }
    if (status & I2C_IC_INTR_STAT_R_RD_REQ_BITS) {
        (void)i2c0->hw->clr_rd_req;
        i2c0->hw->data_cmd = touch_read(&touch);
    }
    if (status & I2C_IC_INTR_STAT_R_TX_ABRT_BITS) {
        (void)i2c0->hw->clr_tx_abrt;
    }
}

static void pulse_handler(void) {
    timer_hw->intr = 1u << ALARM_PULSE;
    lines_int(true);
}

static void touch_handler(void) {
    timer_hw->intr = 1u << ALARM_TOUCH;
    uint32_t state = save_and_disable_interrupts();
    touch_timer(&touch);
    restore_interrupts(state);
}

static void handle(uint number, irq_handler_t handler, uint8_t priority) {
    irq_set_exclusive_handler(number, handler);
    irq_set_priority(number, priority);
    irq_set_enabled(number, true);
}

static void listen(void) {
    i2c0->hw->enable = 0;
    i2c_set_slave_mode(i2c0, true, touch_address(&touch));
    i2c0->hw->enable = 0;
    /* Without this, a late core loses bytes that were acknowledged (pico-sdk issue 456). */
    hw_set_bits(&i2c0->hw->con, I2C_IC_CON_RX_FIFO_FULL_HLD_CTRL_BITS);
    i2c0->hw->intr_mask =
        I2C_IC_INTR_MASK_M_RX_FULL_BITS | I2C_IC_INTR_MASK_M_RD_REQ_BITS | I2C_IC_INTR_MASK_M_TX_ABRT_BITS;
}

void bus_fit(uint8_t chip) {
    fitted = chip;
    bus_powered(true);
}

void bus_powered(bool on) {
    uint32_t state = save_and_disable_interrupts();
    touch.silent = false;
    touch_power(&touch, fitted);
    listen();
    if (!on) {
        touch_set_timer(&touch, 0);
    }
    restore_interrupts(state);
}

void bus_silence(bool silent) {
    uint32_t state = save_and_disable_interrupts();
    touch_silence(&touch, silent);
    restore_interrupts(state);
}

void bus_start(void) {
    i2c_init(i2c0, BUS_HZ);
    hw_set_bits(&timer_hw->inte, 1u << ALARM_PULSE | 1u << ALARM_TOUCH);
    handle(TIMER_IRQ_2, pulse_handler, PRIORITY_ALARM);
    handle(TIMER_IRQ_3, touch_handler, PRIORITY_ALARM);
    handle(I2C0_IRQ, bus_handler, PRIORITY_I2C);
}
