/* uses: the table of uses, by hashing with open addressing. */
/* SPDX-License-Identifier: MIT */

#include "uses.h"

static uint32_t mixed(uint32_t hash, uint32_t word) {
    hash = (hash ^ word) * 0x9e3779b1u;
    return hash ^ hash >> 15;
}

static uint32_t bits_kept(const uses_t *uses, uint32_t address) {
    uint32_t from = 0, to = uses->kept_count;
    while (from < to) {
        uint32_t middle = (from + to) / 2;
        if (uses->kept[middle].address < address) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < uses->kept_count && uses->kept[from].address == address ? uses->kept[from].bits : UINT32_MAX;
}

static int same(const use_t *one, const use_t *other) {
    return one->address == other->address && one->kind == other->kind && one->value == other->value &&
           one->pc == other->pc;
}

void uses_note(uses_t *uses, uint32_t address, uint32_t kind, uint32_t value, uint32_t pc) {
    const use_t made = { address, kind, value, pc };
    use_t *recent = &uses->recent[(pc >> 1 ^ address >> 2) % USES_RECENT];
    if (same(recent, &made)) {
        return;
    }
    value = kind & USES_STORE ? value & bits_kept(uses, address) : 0;
    for (uint32_t i = 0; i < USES_SPANS; i++) {
        if (address - uses->span[i].base < uses->span[i].size) {
            address &= uses->span[i].mask;
            value = 0;
        }
    }
    const use_t noted = { address, kind, value, pc };
    uint32_t hash = mixed(mixed(mixed(mixed(0, address), kind), value), pc);
    for (uint32_t tries = 0; tries < USES_SLOTS; hash++, tries++) {
        uint16_t *slot = &uses->slot[hash % USES_SLOTS];
        if (!*slot) {
            if (uses->count == USES_MOST) {
                break;
            }
            uses->use[uses->count] = noted;
            *slot = (uint16_t)++uses->count;
            *recent = made;
            return;
        }
        if (same(&uses->use[*slot - 1], &noted)) {
            *recent = made;
            return;
        }
    }
    uses->lost++;
}
