/* mpconfigboard_late.h: overrides settings of the port (patch 0002). */
/* SPDX-License-Identifier: MIT */
#include "../common_late.h"
