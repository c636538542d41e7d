/* mpconfigboard_late.h: settings of the port taken back (patch 0002). */
/* SPDX-License-Identifier: MIT */
#include "../common_late.h"
