/* scan: finds the places of a memory that may hold one of many 64-bit keys. */
/* SPDX-License-Identifier: MIT */

#include <stdint.h>
#include <string.h>

/* Two tables of 2**TABLE_BITS bits, one after the other. The bits of a key in them are the uppermost bits of its product
 * with the two multipliers; the second table is asked for the few keys that the first does not reject. */
#define TABLE_BITS 22
#define MULTIPLIER 0x9e3779b97f4a7c15u
#define OTHER_MULTIPLIER 0xd6e8feb86659fd93u

/* Places and keys that are found; there is room for every place of the memory. */
typedef struct {
    const uint8_t *tables;
    int64_t *places;
    uint64_t *keys;
    int64_t count;
} found_t;

static int has(const uint8_t *table, uint64_t product) {
    uint64_t slot = product >> (64 - TABLE_BITS);
    return table[slot / 8] >> (slot % 8) & 1;
}

static void look_up(found_t *found, uint64_t key, int64_t place) {
    if (has(found->tables, key * MULTIPLIER) &&
        has(found->tables + (1u << TABLE_BITS) / 8, key * OTHER_MULTIPLIER)) {
        found->places[found->count] = place;
        found->keys[found->count++] = key;
    }
}

/* Byte by byte, so that the order of bytes of this machine does not matter; compilers make one load of it. */
static uint64_t eight(const uint8_t *from) {
    uint64_t key = 0;
    for (int i = 0; i < 8; i++) {
        key |= (uint64_t)from[i] << 8 * i;
    }
    return key;
}

/* Keys of eight consecutive bytes, at every place. Returns how many were found. */
int64_t kesu_scan_bytes(const uint8_t *tables, const uint8_t *memory, int64_t size, int64_t *places, uint64_t *keys) {
    found_t found = { tables, places, keys, 0 };
    for (int64_t at = 0; at + 8 <= size; at++) {
        look_up(&found, eight(memory + at), at);
    }
    return found.count;
}

/* Keys of eight consecutive byte-to-byte XORs. */
int64_t kesu_scan_steps(const uint8_t *tables, const uint8_t *memory, int64_t size, int64_t *places, uint64_t *keys) {
    found_t found = { tables, places, keys, 0 };
    for (int64_t at = 0; at + 9 <= size; at++) {
        look_up(&found, eight(memory + at) ^ eight(memory + at + 1), at);
    }
    return found.count;
}

/* Keys of four 16-bit values at the offsets `lanes` of a place, each with its low byte first, or its high byte. */
int64_t kesu_scan_lanes(const uint8_t *tables, const uint8_t *memory, int64_t size, int64_t *places, uint64_t *keys,
                        const int32_t *lanes, int32_t high_first) {
    found_t found = { tables, places, keys, 0 };
    int low = high_first ? 1 : 0, high = 1 - low;
    for (int64_t at = 0; at + lanes[3] + 2 <= size; at++) {
        uint64_t key = 0;
        for (int i = 0; i < 4; i++) {
            const uint8_t *lane = memory + at + lanes[i];
            key |= (uint64_t)(uint32_t)(lane[low] | lane[high] << 8) << 16 * i;
        }
        look_up(&found, key, at);
    }
    return found.count;
}
