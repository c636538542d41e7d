/* mpconfigboard.h: the settings of MicroPython's own board RPI_PICO. */
/* SPDX-License-Identifier: MIT */
#define MICROPY_HW_BOARD_NAME "Raspberry Pi Pico"
#define MICROPY_HW_FLASH_STORAGE_BYTES (1408 * 1024)
