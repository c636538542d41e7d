/* drive: the rig as the driver of a real panel that is plugged in instead of the pad, for the measurements of
 * docs/hil/rig-bring-up.md. Slow and by hand: some 2 MHz, below the 2.5 MHz at which a controller can be read.
 * SPDX-License-Identifier: MIT */
#include "rig.h"

#include "hardware/gpio.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "lines.h"
#include "pico/platform.h"

#define HALF_BIT_CYCLES 40u
#define SETTLED_US 200u

static bool on;

static void pin(uint32_t number, bool out, bool level) {
    gpio_init(number);
    gpio_disable_pulls(number);
    gpio_put(number, level);
    gpio_set_dir(number, out);
}

bool drive_set(bool wanted) {
    if (wanted == on) {
        return true;
    }
    if (wanted && (power_there() || lines_driven())) {
        return false;
    }
    if (wanted) {
        sink_stop();
        pin(PIN_PANEL_BUSY, false, false);
    }
    const uint8_t outputs[] = { PIN_PANEL_MOSI, PIN_PANEL_DC, PIN_PANEL_CS, PIN_PANEL_CLK, PIN_PANEL_RST };
    for (uint32_t i = 0; i < sizeof outputs; i++) {
        pin(outputs[i], wanted, outputs[i] == PIN_PANEL_CS || outputs[i] == PIN_PANEL_RST);
    }
    on = wanted;
    if (!wanted) {
        sink_start();
    }
    return true;
}

bool drive_on(void) {
    return on;
}

static void half(void) {
    busy_wait_at_least_cycles(HALF_BIT_CYCLES);
}

static void byte_out(bool data, uint8_t byte) {
    gpio_put(PIN_PANEL_DC, data);
    for (uint32_t bit = 0; bit < 8; bit++) {
        gpio_put(PIN_PANEL_MOSI, byte >> (7 - bit) & 1);
        half();
        gpio_put(PIN_PANEL_CLK, true);
        half();
        gpio_put(PIN_PANEL_CLK, false);
    }
}

void drive_send(uint8_t op, const uint8_t *bytes, uint32_t count) {
    gpio_put(PIN_PANEL_CS, false);
    byte_out(false, op);
    for (uint32_t i = 0; i < count; i++) {
        byte_out(true, bytes[i]);
    }
    half();
    gpio_put(PIN_PANEL_CS, true);
}

void drive_fill(uint8_t op, uint32_t count, uint8_t byte) {
    gpio_put(PIN_PANEL_CS, false);
    byte_out(false, op);
    while (count--) {
        byte_out(true, byte);
    }
    half();
    gpio_put(PIN_PANEL_CS, true);
}

/* The data wire turns round after the command (SSD1680 section 4.2); a bit is valid after the fall of CLK. */
void drive_fetch(uint8_t op, uint8_t *bytes, uint32_t count) {
    gpio_put(PIN_PANEL_CS, false);
    byte_out(false, op);
    gpio_set_dir(PIN_PANEL_MOSI, GPIO_IN);
    gpio_put(PIN_PANEL_DC, true);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t byte = 0;
        for (uint32_t bit = 0; bit < 8; bit++) {
            half();
            gpio_put(PIN_PANEL_CLK, true);
            byte = (uint8_t)(byte << 1 | gpio_get(PIN_PANEL_MOSI));
            half();
            gpio_put(PIN_PANEL_CLK, false);
        }
        bytes[i] = byte;
    }
    gpio_set_dir(PIN_PANEL_MOSI, GPIO_OUT);
    half();
    gpio_put(PIN_PANEL_CS, true);
}

void drive_reset(uint32_t us) {
    gpio_put(PIN_PANEL_RST, false);
    busy_wait_us_32(us);
    gpio_put(PIN_PANEL_RST, true);
    busy_wait_us_32(SETTLED_US);
}

/* Edges of BUSY, taken by interrupt: to the microsecond, and the core sleeps during a waveform. */
static volatile bool rose, fell;
static volatile uint32_t rose_us, fell_us;

static void busy_moved(uint pin_number, uint32_t events) {
    uint32_t now = timer_hw->timerawl;
    (void)pin_number;
    if (events & GPIO_IRQ_EDGE_RISE && !rose) {
        rose_us = now;
        rose = true;
    }
    if (events & GPIO_IRQ_EDGE_FALL && rose && !fell) {
        fell_us = now;
        fell = true;
    }
}

bool drive_run(uint8_t op, uint32_t limit_us, uint32_t *rise_us, uint32_t *fall_us) {
    const uint32_t both = GPIO_IRQ_EDGE_RISE | GPIO_IRQ_EDGE_FALL;
    rose = fell = false;
    gpio_set_irq_enabled_with_callback(PIN_PANEL_BUSY, both, true, busy_moved);
    drive_send(op, 0, 0);
    uint32_t began = timer_hw->timerawl;
    if (gpio_get(PIN_PANEL_BUSY) && !rose) { /* it was high before */
        rose_us = began;
        rose = true;
    }
    while (!fell && timer_hw->timerawl - began < limit_us) {
        answers_keep();
        __wfi(); /* until an edge, or for 1 ms */
    }
    gpio_set_irq_enabled(PIN_PANEL_BUSY, both, false);
    *rise_us = rose && (int32_t)(rose_us - began) > 0 ? rose_us - began : 0;
    *fall_us = fell ? fell_us - began : 0;
    return fell;
}
