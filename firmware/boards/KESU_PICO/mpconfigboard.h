/* mpconfigboard.h: the Kesu pad on a Raspberry Pi Pico. */
/* SPDX-License-Identifier: MIT */
#define MICROPY_HW_BOARD_NAME "Kesu pad (Pico)"

#include "../common.h"
