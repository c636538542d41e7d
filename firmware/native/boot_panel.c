/* boot_panel: clears the note from the panel controller and the touch chip before the VM starts. */
/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdint.h>

#include "hardware/gpio.h"
#include "hardware/spi.h"
#include "hardware/timer.h"

#include "native.h"
#include "panel.h"

/* As in kesu_pad/board.py. */
#define PANEL_SCK (10)
#define PANEL_MOSI (11)
#define PANEL_CS (9)
#define PANEL_DC (8)
#define PANEL_RST (12)
#define PANEL_BUSY (13)
#define TOUCH_RST (16)
#define PANEL_SPI (spi1)
/* Highest clock for both chips: 125 MHz / 8 = 15.6 on an RP2040, 150 / 8 = 18.75 on an RP2350; the panel takes 20. */
#define PANEL_HZ (18750000)

#define ACTIVATE (0x20)
#define UPDATE_2 (0x22)
#define POWER_ON (0xC0) /* a value of 22h: clock and rails (hardware-facts A.3) */
#define WRITE_NEW (0x24)
#define WRITE_OLD (0x26)

/* As in kesu_pad/panel: RST low for 0.2 ms; BUSY rises within 0.1 ms (clearing RAM takes longer) and falls after 2 ms. */
#define RESET_US (200)
#define BUSY_LIMIT_US (5000)

static void output(uint pin, bool level) {
    gpio_init(pin);
    gpio_put(pin, level);
    gpio_set_dir(pin, GPIO_OUT);
}

static void send(uint8_t value, uint32_t count) {
    while (count-- > 0) {
        while (!spi_is_writable(PANEL_SPI)) {
        }
        spi_get_hw(PANEL_SPI)->dr = value;
    }
    while (spi_is_busy(PANEL_SPI)) {
    }
}

static void command(uint8_t op, uint8_t value, uint32_t count) {
    gpio_put(PANEL_DC, false);
    gpio_put(PANEL_CS, false);
    send(op, 1);
    gpio_put(PANEL_DC, true);
    send(value, count);
    gpio_put(PANEL_CS, true);
}

/* RST low for 0.2 ms; BUSY falls about 2 ms later, while RAM is cleared. The touch chip stays in reset from here on. */
void kesu_boot_panel_reset(void) {
    output(TOUCH_RST, false);
    output(PANEL_CS, true);
    output(PANEL_DC, true);
    gpio_init(PANEL_BUSY);
    output(PANEL_RST, false);
    busy_wait_us_32(RESET_US);
    gpio_put(PANEL_RST, true);
}

/* Fill both planes with the complement that drives every pixel white. This is 17 ms after a start; waiting for imports
 * and objects of the application would add 50 ms. After a reset the controller's window is the whole plane
 * (hardware-facts A.2), so nothing has to be set first. Then switch the rails on, which takes as long as the imports
 * (96 ms): the driver does not reset the panel again. If the controller stays busy, the driver reports a fault. board.py
 * ends the reset of the touch chip. */
void kesu_boot_panel(void) {
    for (uint32_t start = time_us_32(); gpio_get(PANEL_BUSY) && time_us_32() - start < BUSY_LIMIT_US;) {
    }
    spi_init(PANEL_SPI, PANEL_HZ);
    spi_set_format(PANEL_SPI, 8, SPI_CPOL_1, SPI_CPHA_1, SPI_MSB_FIRST);
    gpio_set_function(PANEL_SCK, GPIO_FUNC_SPI);
    gpio_set_function(PANEL_MOSI, GPIO_FUNC_SPI);
    command(WRITE_NEW, 0xFF, KESU_PLANE_BYTES);
    command(WRITE_OLD, 0x00, KESU_PLANE_BYTES);
    command(UPDATE_2, POWER_ON, 1);
    command(ACTIVATE, 0, 0);
    spi_deinit(PANEL_SPI);
}
