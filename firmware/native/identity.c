/* identity: which image this is, for picotool and for `kesu flash`: name, version and id as its description. */
/* SPDX-License-Identifier: MIT */

#include "pico/binary_info.h"

#include "identity.h"

bi_decl(bi_program_description(KESU_IDENTITY))
