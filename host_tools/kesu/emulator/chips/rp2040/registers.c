/* registers: registers of peripherals that are answered without Python: those that firmware polls, and that reading
 * does not change. The cycles are rp2040py's. */
/* SPDX-License-Identifier: MIT */

#include "thumb.h"

/* RP2040 datasheet 2.2: addresses of the blocks; 4.4.4 (PL022), 4.3.17 (I2C), 4.6.5 (timer: the raw counter, without the
 * latch), 2.3.1.7 (SIO). Only these addresses are answered, not their aliases for atomic access. */
#define SPI_DR 0x40040008u
#define SPI_SR 0x4004000cu
#define I2C_RAW 0x40048034u
#define I2C_LEVEL 0x40048078u
#define I2C_ABORT 0x40048080u
#define TIMER_RAWH 0x40054024u
#define TIMER_RAWL 0x40054028u
#define GPIO_IN 0xd0000004u

enum { SIO_CYCLES = 1, READ_CYCLES = 4, WRITE_CYCLES = 5 };

/* Bits of IC_TX_ABRT_SOURCE that rp2040py keeps when it is read. */
#define ABORT_KEPT (1u << 9)

static int timer_read(const core_t *core, uint32_t address, uint32_t *value) {
    uint64_t micros = (uint64_t)((now_ns(core) - core->timer_epoch_ns) / 1000.0);
    *value = (uint32_t)(address == TIMER_RAWL ? micros : micros >> 32);
    return READ_CYCLES;
}

static int sio_read(core_t *core, uint32_t address, uint32_t *value) {
    if (address == GPIO_IN) {
        *value = core->pins_in;
        return core->pins_known ? SIO_CYCLES : 0;
    }
    return divider_read(core, address - SIO_BASE, value) ? SIO_CYCLES : 0;
}

int register_read(core_t *core, uint32_t address, uint32_t *value) {
    if (core->only_memory) {
        return 0;
    }
    switch (address) {
        case TIMER_RAWH:
        case TIMER_RAWL: return timer_read(core, address, value);
        case I2C_RAW: *value = core->i2c_raw; return READ_CYCLES;
        case I2C_LEVEL: *value = core->i2c_level; return READ_CYCLES;
        case I2C_ABORT: *value = core->i2c_abort; return core->i2c_abort & ~ABORT_KEPT ? 0 : READ_CYCLES;
        case SPI_SR: *value = core->spi_lent ? spi_status(core) : 0; return core->spi_lent ? READ_CYCLES : 0;
        default: return address - SIO_BASE < 0x100 ? sio_read(core, address, value) : 0;
    }
}

int register_write(core_t *core, uint32_t address, uint32_t value) {
    if (core->only_memory) {
        return 0;
    }
    if (address == SPI_DR && core->spi_lent) {
        return spi_send(core, value) ? WRITE_CYCLES : 0;
    }
    return address - SIO_BASE < 0x100 && divider_write(core, address - SIO_BASE, value) ? SIO_CYCLES : 0;
}
