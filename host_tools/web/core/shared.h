/* shared: what both modules export; included after `core`, its memories and EXPORT. */
/* SPDX-License-Identifier: MIT */

/* What the core answers itself until the next alarm: the timer, from its start, and I2C1's registers that are polled. */
EXPORT(answers) void answers(double timer_epoch_ns, uint32_t i2c_raw, uint32_t i2c_abort, uint32_t i2c_level) {
    core.timer_epoch_ns = timer_epoch_ns;
    core.i2c_raw = i2c_raw;
    core.i2c_abort = i2c_abort;
    core.i2c_level = i2c_level;
}

/* Addresses of the memories. */
EXPORT(sram) uint8_t *sram_address(void) {
    return sram;
}

EXPORT(flash) uint8_t *flash_address(void) {
    return flash;
}

EXPORT(dpram) uint8_t *dpram_address(void) {
    return dpram;
}

EXPORT(rom) uint8_t *rom_address(void) {
    return rom;
}
