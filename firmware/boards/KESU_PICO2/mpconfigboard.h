/* mpconfigboard.h: the Kesu pad on a Raspberry Pi Pico 2. */
/* SPDX-License-Identifier: MIT */
#define MICROPY_HW_BOARD_NAME "Kesu pad (Pico 2)"

#include "../common.h"
