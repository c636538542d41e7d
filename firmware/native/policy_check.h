/* policy_check.h: reads a policy block. Pure C, which the tests compile for the host, too. */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_POLICY_CHECK_H
#define KESU_POLICY_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/* Whether magic, layout, count, checksum, unused bytes and every value of the block are right. */
bool kesu_policy_holds(const volatile uint8_t *block);

/* Value `number` (below KESU_POLICY_COUNT) of the block, or the strictest one if the block does not hold. */
uint32_t kesu_policy_value(const volatile uint8_t *block, uint32_t number);

/* The checksum that the block states. */
uint32_t kesu_policy_stated(const volatile uint8_t *block);

#endif
