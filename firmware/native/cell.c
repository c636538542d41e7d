/* cell: the voltage of the hold-up cell, on a board that shows it (hardware/hold-up). */
/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdint.h>

#include "py/runtime.h"

#include "hardware/adc.h"
#include "hardware/gpio.h"
#include "hardware/timer.h"

#include "native.h"

#define PIN (26)
#define INPUT (0)
#define CODES (4096)
#define REFERENCE_MV (3300)

/* R12 and R13 halve the voltage; together they are 50 kohm at the pin, and its own pulls 50 to 80 (RP2040 datasheet
 * table 628): with a pull up and with one down it differs by half of the supply at most. An open pin follows them to both
 * ends. */
#define SHARE (2)
#define OPEN_CODES (CODES * 7 / 10)
/* A pin without a divider is 10 pF and 80 kohm: 1 us. */
#define SETTLES_US (10)

static uint32_t converted(bool up, bool down) {
    gpio_set_pulls(PIN, up, down);
    busy_wait_us_32(SETTLES_US);
    return adc_read();
}

/* cell(): millivolts, or -1 if nothing is connected to the pin. Takes 40 us. The converter is off between calls. */
static mp_obj_t kesu_cell(void) {
    static bool begun;
    if (!begun) {
        begun = true;
        adc_init();
        adc_gpio_init(PIN);
        adc_select_input(INPUT);
    }
    hw_set_bits(&adc_hw->cs, ADC_CS_EN_BITS);
    while (!(adc_hw->cs & ADC_CS_READY_BITS)) {
    }
    const uint32_t high = converted(true, false), low = converted(false, true);
    const uint32_t code = converted(false, false);
    hw_clear_bits(&adc_hw->cs, ADC_CS_EN_BITS);
    if (high > low + OPEN_CODES) {
        return MP_OBJ_NEW_SMALL_INT(-1);
    }
    return MP_OBJ_NEW_SMALL_INT(code * SHARE * REFERENCE_MV / CODES);
}
MP_DEFINE_CONST_FUN_OBJ_0(kesu_cell_obj, kesu_cell);
