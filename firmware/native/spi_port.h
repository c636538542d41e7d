/* spi_port.h: the SPI port that a call names, and the end of a transfer on it (spi_stream.c). */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_SPI_PORT_H
#define KESU_SPI_PORT_H

#include "hardware/spi.h"
#include "py/obj.h"

spi_inst_t *kesu_spi_from(mp_obj_t id_in);

/* Waits until the last bit has left the shift register, and drops what came in. */
void kesu_spi_finish(spi_inst_t *spi);

#endif
