/* panel_bus: commands to the panel and answers from it. CS stays low from a command to the end of its data; DC is low for
 * the command byte only. */
/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdint.h>

#include "py/runtime.h"

#include "hardware/gpio.h"
#include "hardware/timer.h"

#include "native.h"
#include "spi_port.h"

/* As in kesu_pad/board.py. */
#define PANEL_DC (8)
#define PANEL_CS (9)
#define PANEL_SCK (10)
#define PANEL_MOSI (11)
/* The panel is read with 2.5 MHz at most (hardware-facts A.1). */
#define HALF_BIT_US (1)
#define BITS_MAX (16)
#define BYTES_MAX (4)

static void open_command(spi_inst_t *spi, mp_obj_t op_in) {
    mp_int_t op = mp_obj_get_int(op_in);
    gpio_put(PANEL_DC, false);
    gpio_put(PANEL_CS, false);
    spi_get_hw(spi)->dr = op & 0xff;
    kesu_spi_finish(spi);
    gpio_put(PANEL_DC, true);
}

/* panel_open(spi_id, op): sends a command; its data may follow. CS stays low. */
static mp_obj_t kesu_panel_open(mp_obj_t id_in, mp_obj_t op_in) {
    open_command(kesu_spi_from(id_in), op_in);
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_2(kesu_panel_open_obj, kesu_panel_open);

/* panel_command(spi_id, op, value, count): sends a command with `count` bytes of data, the lowest of `value` first. */
static mp_obj_t kesu_panel_command(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    spi_inst_t *spi = kesu_spi_from(args[0]);
    uint32_t value = mp_obj_get_int_truncated(args[2]);
    mp_int_t count = mp_obj_get_int(args[3]);
    if (count < 0 || count > BYTES_MAX) {
        mp_raise_ValueError(MP_ERROR_TEXT("count"));
    }
    open_command(spi, args[1]);
    for (; count > 0; --count, value >>= 8) {
        spi_get_hw(spi)->dr = value & 0xff; /* the FIFO has room for eight */
    }
    kesu_spi_finish(spi);
    gpio_put(PANEL_CS, true);
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_panel_command_obj, 4, 4, kesu_panel_command);

static void clock_by_hand(bool level) {
    gpio_put(PANEL_SCK, level);
    busy_wait_us_32(HALF_BIT_US);
}

/* panel_read(op, bits): sends a command and returns the first bits of its answer, the first one highest. The panel's data
 * wire goes both ways (SSD1680 section 4.2), that of the SPI block only out, and answers are slower than commands, so all
 * of it is clocked by hand. */
static mp_obj_t kesu_panel_read(mp_obj_t op_in, mp_obj_t bits_in) {
    uint32_t op = mp_obj_get_int(op_in);
    mp_int_t bits = mp_obj_get_int(bits_in);
    if (bits < 1 || bits > BITS_MAX) {
        mp_raise_ValueError(MP_ERROR_TEXT("bits"));
    }
    /* High as the SPI block leaves it in mode 3, so that no edge comes from the change. */
    gpio_put(PANEL_SCK, true);
    gpio_set_dir(PANEL_SCK, GPIO_OUT);
    gpio_set_dir(PANEL_MOSI, GPIO_OUT);
    gpio_set_function(PANEL_SCK, GPIO_FUNC_SIO);
    gpio_set_function(PANEL_MOSI, GPIO_FUNC_SIO);
    gpio_put(PANEL_DC, false);
    gpio_put(PANEL_CS, false);
    for (int bit = 7; bit >= 0; --bit) {
        gpio_put(PANEL_MOSI, op >> bit & 1);
        clock_by_hand(false);
        clock_by_hand(true);
    }
    gpio_set_dir(PANEL_MOSI, GPIO_IN);
    gpio_put(PANEL_DC, true);
    uint32_t value = 0;
    for (; bits > 0; --bits) {
        clock_by_hand(false);
        value = value << 1 | gpio_get(PANEL_MOSI);
        clock_by_hand(true);
    }
    gpio_put(PANEL_CS, true);
    gpio_set_function(PANEL_MOSI, GPIO_FUNC_SPI);
    gpio_set_function(PANEL_SCK, GPIO_FUNC_SPI);
    return MP_OBJ_NEW_SMALL_INT(value);
}
MP_DEFINE_CONST_FUN_OBJ_2(kesu_panel_read_obj, kesu_panel_read);
