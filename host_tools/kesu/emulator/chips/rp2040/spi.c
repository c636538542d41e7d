/* spi: bytes that the core sends to the panel while the port is lent to it (kesu.emulator.board.spi_port). */
/* SPDX-License-Identifier: MIT */

#include "thumb.h"

/* Status bits of the PL022 (RP2040 datasheet 4.4.4). */
enum { SPI_TFE = 1, SPI_TNF = 2, SPI_RNE = 4, SPI_RFF = 8, SPI_BSY = 16 };
#define SPI_DEPTH 8u

/* Number of bytes that have not ended yet: one in the shifter, the others in the FIFO. */
static uint32_t spi_in_flight(core_t *core) {
    double now = now_ns(core);
    while (core->spi_ended < core->spi_count && (double)core->spi_end_ns[core->spi_ended] <= now) {
        core->spi_ended++;
        core->spi_received += core->spi_received < SPI_DEPTH;
    }
    return core->spi_count - core->spi_ended;
}

uint32_t spi_status(core_t *core) {
    uint32_t in_flight = spi_in_flight(core);
    return (in_flight ? SPI_BSY : 0) | (in_flight <= 1 ? SPI_TFE : 0) | (in_flight <= SPI_DEPTH ? SPI_TNF : 0) |
           (core->spi_received ? SPI_RNE : 0) | (core->spi_received == SPI_DEPTH ? SPI_RFF : 0);
}

int spi_send(core_t *core, uint32_t value) {
    uint32_t in_flight = spi_in_flight(core);
    if (core->spi_lent != LENT_QUEUE || !in_flight || in_flight > SPI_DEPTH || core->spi_count == SPI_MOST) {
        return 0;
    }
    int64_t start = (int64_t)now_ns(core);
    core->spi_last_end_ns = (start > core->spi_last_end_ns ? start : core->spi_last_end_ns) + core->spi_byte_ns;
    core->spi_end_ns[core->spi_count] = core->spi_last_end_ns;
    core->spi_value[core->spi_count++] = (uint8_t)value;
    return 1;
}
