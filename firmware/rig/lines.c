/* lines: the rig's pins to the pad. A contact is a pin that pulls low or lets go. SPDX-License-Identifier: MIT */
#include "rig.h"

#include "hardware/gpio.h"
#include "lines.h"
#include "notes.h"

static const uint8_t CONTACT_PINS[CONTACTS] = {
    PIN_WIPE_KEY, PIN_AWAY_KEY, PIN_MODE_KEY, PIN_HOOK, PIN_RUN, PIN_BOOTSEL
};
static const uint8_t INPUTS[] = { PIN_PANEL_MOSI, PIN_PANEL_DC,  PIN_PANEL_CS,
                                  PIN_PANEL_CLK,  PIN_PANEL_RST, PIN_TOUCH_RST };
static bool driven, busy_level;
static bool int_level = true;

static void as_input(uint32_t pin) {
    gpio_init(pin); /* input, low latch */
    gpio_disable_pulls(pin);
}

void lines_start(void) {
    gpio_init(PIN_VBUS);
    gpio_put(PIN_VBUS, false);
    gpio_set_dir(PIN_VBUS, GPIO_OUT);
    for (uint32_t i = 0; i < CONTACTS; i++) {
        as_input(CONTACT_PINS[i]);
    }
    for (uint32_t i = 0; i < sizeof INPUTS; i++) {
        as_input(INPUTS[i]);
        gpio_set_input_hysteresis_enabled(INPUTS[i], true);
    }
    as_input(PIN_PANEL_BUSY);
    as_input(PIN_TOUCH_INT);
    as_input(PIN_TOUCH_SDA);
    as_input(PIN_TOUCH_SCL);
    as_input(PIN_SWCLK);
    as_input(PIN_SWDIO);
}

void lines_drive(bool on) {
    driven = on;
    if (on) {
        gpio_put(PIN_PANEL_BUSY, busy_level);
        gpio_put(PIN_TOUCH_INT, int_level);
        gpio_set_function(PIN_TOUCH_SDA, GPIO_FUNC_I2C);
        gpio_set_function(PIN_TOUCH_SCL, GPIO_FUNC_I2C);
        readback_connect(true);
    } else {
        readback_connect(false);
        for (uint32_t i = 0; i < CONTACTS; i++) {
            gpio_set_dir(CONTACT_PINS[i], GPIO_IN);
        }
        as_input(PIN_TOUCH_SDA);
        as_input(PIN_TOUCH_SCL);
        as_input(PIN_SWCLK);
        as_input(PIN_SWDIO);
    }
    gpio_set_dir(PIN_PANEL_BUSY, on);
    gpio_set_dir(PIN_TOUCH_INT, on);
    note_add(NOTE_OUTPUTS, on);
}

bool lines_driven(void) {
    return driven;
}

void lines_contact(uint32_t contact, bool closed) {
    gpio_put(CONTACT_PINS[contact], false);
    gpio_set_dir(CONTACT_PINS[contact], closed);
    note_add(NOTE_CONTACT, contact << 1 | closed);
}

void lines_vbus(bool on) {
    note_add(NOTE_POWER, on); /* first: a pad that loses power moves its lines, and interrupts note that at once */
    gpio_put(PIN_VBUS, on);
}

void lines_busy(bool level) {
    if (level != busy_level) {
        busy_level = level;
        gpio_put(PIN_PANEL_BUSY, level);
        note_add(NOTE_PANEL_BUSY, level);
    }
}

void lines_int(bool level) {
    if (level != int_level) {
        int_level = level;
        gpio_put(PIN_TOUCH_INT, level);
        note_add(NOTE_TOUCH_INT, level);
    }
}
