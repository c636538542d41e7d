/* policy_block: the policy block, at the same place of every image; `kesu policy apply` replaces these bytes. */
/* SPDX-License-Identifier: MIT */

#include <stdint.h>

#include "policy_layout.h"

/* In a file of its own, which the compiler of the readers does not see: the values are those in flash, never those of
 * the build. The linker script puts the section at its address (patch 0006). */
extern const uint8_t kesu_policy_block[KESU_POLICY_BYTES];
__attribute__((section(".kesu_policy"), used))
const uint8_t kesu_policy_block[KESU_POLICY_BYTES] = { KESU_POLICY_DEFAULTS };
