/* runtime.h: see obj.h. */
/* SPDX-License-Identifier: MIT */
#include "py/obj.h"
