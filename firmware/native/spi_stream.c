/* spi_stream: sends part of a buffer, or one value many times, through the PL022 FIFO with interrupts on. */
/* SPDX-License-Identifier: MIT */

#include <stdint.h>

#include "py/runtime.h"

#include "hardware/clocks.h"
#include "hardware/spi.h"

#include "native.h"
#include "spi_port.h"

#define COUNT_LIMIT (65536)

/* SPI is clocked from clk_peri; the port leaves it at 48 MHz, which would cap the panel at 12 MHz. */
void kesu_clocks(void) {
    uint32_t hz = clock_get_hz(clk_sys);
    clock_configure(clk_peri, 0, CLOCKS_CLK_PERI_CTRL_AUXSRC_VALUE_CLK_SYS, hz, hz);
}

/* machine.SPI would need a slice (which allocates) and uses DMA, whose write address points to a local variable and
 * would have to be cleared too; the FIFO needs neither. */
spi_inst_t *kesu_spi_from(mp_obj_t id_in) {
    mp_int_t id = mp_obj_get_int(id_in);
    if (id != 0 && id != 1) {
        mp_raise_ValueError(MP_ERROR_TEXT("spi id"));
    }
    return id == 0 ? spi0 : spi1;
}

void kesu_spi_finish(spi_inst_t *spi) {
    while (spi_is_busy(spi)) {
    }
    while (spi_is_readable(spi)) {
        (void)spi_get_hw(spi)->dr;
    }
    spi_get_hw(spi)->icr = SPI_SSPICR_RORIC_BITS;
}

/* spi_write(spi_id, buffer, start, stop): returns when the last bit has left the shift register. */
static mp_obj_t kesu_spi_write(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    spi_inst_t *spi = kesu_spi_from(args[0]);
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(args[1], &buffer, MP_BUFFER_READ);
    mp_int_t start = mp_obj_get_int(args[2]), stop = mp_obj_get_int(args[3]);
    if (start < 0 || stop < start || (size_t)stop > buffer.len) {
        mp_raise_ValueError(MP_ERROR_TEXT("start or stop"));
    }
    /* Drains the receive FIFO and waits for BSY before it returns (pico-sdk hardware_spi). */
    spi_write_blocking(spi, (const uint8_t *)buffer.buf + start, stop - start);
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_spi_write_obj, 4, 4, kesu_spi_write);

/* spi_fill(spi_id, value, count): the same byte `count` times. */
static mp_obj_t kesu_spi_fill(mp_obj_t id_in, mp_obj_t value_in, mp_obj_t count_in) {
    spi_inst_t *spi = kesu_spi_from(id_in);
    mp_int_t value = mp_obj_get_int(value_in), count = mp_obj_get_int(count_in);
    if (value < 0 || value > 255 || count < 0 || count > COUNT_LIMIT) {
        mp_raise_ValueError(MP_ERROR_TEXT("value or count"));
    }
    spi_hw_t *hw = spi_get_hw(spi);
    while (count-- > 0) {
        while (!spi_is_writable(spi)) {
        }
        hw->dr = value;
    }
    kesu_spi_finish(spi);
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_3(kesu_spi_fill_obj, kesu_spi_fill);
