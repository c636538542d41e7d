/* spi.h: a replacement of the SDK's SPI port that is always ready and reads every byte that it is given. */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_FUZZ_SPI_H
#define KESU_FUZZ_SPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    volatile uint32_t dr, icr;
} spi_hw_t;
typedef spi_hw_t spi_inst_t;

extern spi_inst_t spi_ports[2];

#define spi0 (&spi_ports[0])
#define spi1 (&spi_ports[1])
#define SPI_SSPICR_RORIC_BITS 1
#define spi_get_hw(port) (port)

static inline bool spi_is_writable(spi_inst_t *port) {
    return port != NULL;
}

static inline bool spi_is_busy(spi_inst_t *port) {
    return port == NULL;
}

static inline bool spi_is_readable(spi_inst_t *port) {
    return port == NULL;
}

static inline void spi_write_blocking(spi_inst_t *port, const uint8_t *from, size_t count) {
    while (count-- > 0) {
        port->dr = *from++;
    }
}

#endif
