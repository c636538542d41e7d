/* drive: the rig as the driver of a real panel that is plugged in instead of the pad, for the measurements of
 * docs/hil/rig-bring-up.md. Slow and by hand: some 2 MHz, below the 2.5 MHz at which a controller can be read.
 * SPDX-License-Identifier: MIT */
#include "rig.h"

#include "hardware/gpio.h"
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

bool drive_run(uint8_t op, uint32_t limit_us, uint32_t *rise_us, uint32_t *fall_us) {
    drive_send(op, 0, 0);
    uint32_t began = timer_hw->timerawl, now = began;
    bool level = true;
    *rise_us = *fall_us = 0;
    while (now - began < limit_us) {
        now = timer_hw->timerawl;
        if (gpio_get(PIN_PANEL_BUSY) == level) {
            if (level) {
                *rise_us = now - began;
                level = false;
            } else {
                *fall_us = now - began;
                return true;
            }
        }
        answers_keep();
    }
    return false;
}
