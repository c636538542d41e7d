/* scan: finds the places of a memory that may hold one of many 64-bit keys. */
/* SPDX-License-Identifier: MIT */

#include <stdint.h>
#include <string.h>

/* Three tables of bits, one after the other: the lowest 16 bits of the keys, and two of 2**TABLE_BITS, where the bit of a
 * key is given by the uppermost bits of its product with a multiplier. Each is asked for the keys that those before do not
 * reject. The first is small enough for the fastest cache. */
#define TABLE_BITS 22
#define MULTIPLIER 0x9e3779b97f4a7c15u
#define OTHER_MULTIPLIER 0xd6e8feb86659fd93u
#define FIRST_BYTES ((1u << 16) / 8)
#define TABLE_BYTES ((1u << TABLE_BITS) / 8)

/* Places and keys that are found; there is room for every place of the memory. */
typedef struct {
    const uint8_t *tables;
    int64_t *places;
    uint64_t *keys;
    int64_t count;
} found_t;

static inline int has(const uint8_t *table, uint64_t slot) {
    return table[slot / 8] >> (slot % 8) & 1;
}

static inline void look_up(found_t *found, uint64_t key, int64_t place) {
    if (has(found->tables + FIRST_BYTES, key * MULTIPLIER >> (64 - TABLE_BITS)) &&
        has(found->tables + FIRST_BYTES + TABLE_BYTES, key * OTHER_MULTIPLIER >> (64 - TABLE_BITS))) {
        found->places[found->count] = place;
        found->keys[found->count++] = key;
    }
}

/* Byte by byte, so that the order of bytes of this machine does not matter; compilers make one load of it. */
static inline uint64_t eight(const uint8_t *from) {
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
        uint64_t key = eight(memory + at);
        if (has(tables, key & 0xffff)) {
            look_up(&found, key, at);
        }
    }
    return found.count;
}

/* Keys of eight consecutive byte-to-byte XORs. */
int64_t kesu_scan_steps(const uint8_t *tables, const uint8_t *memory, int64_t size, int64_t *places, uint64_t *keys) {
    found_t found = { tables, places, keys, 0 };
    for (int64_t at = 0; at + 9 <= size; at++) {
        uint64_t key = eight(memory + at) ^ eight(memory + at + 1);
        if (has(tables, key & 0xffff)) {
            look_up(&found, key, at);
        }
    }
    return found.count;
}

/* Keys of four 16-bit values at the offsets `lanes` of a place; `low` and `high`: offsets of their bytes. */
static inline int64_t scan_lanes(const uint8_t *tables, const uint8_t *memory, int64_t size, int64_t *places,
                                 uint64_t *keys, const int32_t *lanes, int low, int high) {
    found_t found = { tables, places, keys, 0 };
    for (int64_t at = 0; at + lanes[3] + 2 <= size; at++) {
        const uint8_t *first = memory + at + lanes[0];
        uint64_t key = first[low] | (uint64_t)first[high] << 8;
        if (!has(tables, key)) {
            continue;
        }
        for (int i = 1; i < 4; i++) {
            const uint8_t *lane = memory + at + lanes[i];
            key |= (lane[low] | (uint64_t)lane[high] << 8) << 16 * i;
        }
        look_up(&found, key, at);
    }
    return found.count;
}

/* The same; high_first: the high byte of a value comes first. */
int64_t kesu_scan_lanes(const uint8_t *tables, const uint8_t *memory, int64_t size, int64_t *places, uint64_t *keys,
                        const int32_t *lanes, int32_t high_first) {
    return high_first ? scan_lanes(tables, memory, size, places, keys, lanes, 1, 0)
                      : scan_lanes(tables, memory, size, places, keys, lanes, 0, 1);
}
