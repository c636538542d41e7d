/* policy_check: reads a policy block; in an invalid one, every value is the strictest. */
/* SPDX-License-Identifier: MIT */

#include "policy_check.h"

#include "policy_layout.h"

#define COUNT_AT (6)
#define LAYOUT_AT (4)

static const struct {
    uint16_t lowest;
    uint16_t highest;
    uint16_t strictest;
} settings[KESU_POLICY_COUNT] = { KESU_POLICY_SETTINGS };

static uint32_t u16(const volatile uint8_t *from) {
    return from[0] | (uint32_t)from[1] << 8;
}

static uint32_t u32(const volatile uint8_t *from) {
    return u16(from) | u16(from + 2) << 16;
}

/* CRC-32 of IEEE 802.3, as zlib computes it. Without a table: it runs some twenty times, at start-up only. */
static uint32_t checksum(const volatile uint8_t *block) {
    uint32_t crc = 0xFFFFFFFFu;
    for (uint32_t i = 0; i < KESU_POLICY_COVERED; i++) {
        crc ^= block[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1u)));
        }
    }
    return ~crc;
}

static bool in_range(const volatile uint8_t *block, uint32_t number) {
    uint32_t value = u16(block + KESU_POLICY_FIRST + 2 * number);
    return value >= settings[number].lowest && value <= settings[number].highest;
}

uint32_t kesu_policy_stated(const volatile uint8_t *block) {
    return u32(block + KESU_POLICY_COVERED);
}

bool kesu_policy_holds(const volatile uint8_t *block) {
    if (u32(block) != KESU_POLICY_MAGIC || u16(block + LAYOUT_AT) != KESU_POLICY_LAYOUT ||
        u16(block + COUNT_AT) != KESU_POLICY_COUNT || checksum(block) != kesu_policy_stated(block)) {
        return false;
    }
    for (uint32_t number = 0; number < KESU_POLICY_COUNT; number++) {
        if (!in_range(block, number)) {
            return false;
        }
    }
    for (uint32_t i = KESU_POLICY_FIRST + 2 * KESU_POLICY_COUNT; i < KESU_POLICY_COVERED; i++) {
        if (block[i]) {
            return false;
        }
    }
    return true;
}

uint32_t kesu_policy_value(const volatile uint8_t *block, uint32_t number) {
    return kesu_policy_holds(block) ? u16(block + KESU_POLICY_FIRST + 2 * number) : settings[number].strictest;
}
