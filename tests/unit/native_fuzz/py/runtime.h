/* runtime.h: everything is in obj.h. */
/* SPDX-License-Identifier: MIT */
#include "py/obj.h"
