/* transfers: loads and stores: single, dual, multiple, exclusive, and the table branches. */
/* SPDX-License-Identifier: MIT */

#include "m33.h"

int transfer(core_t *core, uint32_t address, uint32_t register_number, uint32_t size, int store_it, int with_sign) {
    uint32_t value;
    if (store_it) {
        return store(core, address, size, core->r[register_number]);
    }
    if (!load(core, address, size, &value)) {
        return 0;
    }
    if (with_sign) {
        value = size == 1 ? (uint32_t)(int8_t)value : (uint32_t)(int16_t)value;
    }
    if (register_number == 15) {
        return branch_exchange(core, value);
    }
    core->r[register_number] = register_number == 13 ? value & ~3u : value;
    return 2;
}

/* An update of SP below its limit is a fault, before anything is stored (B3.9). */
static int below_limit(core_t *core, uint32_t base, uint32_t value) {
    int below = base == 13 && value < (core->spsel ? core->psplim : core->msplim);
    if (below) {
        raise_fault(core, USAGE_FAULT, CFSR_STKOF);
    }
    return below;
}

static int misaligned(core_t *core, uint32_t address) {
    if (address & 3) {
        raise_fault(core, USAGE_FAULT, CFSR_UNALIGNED);
    }
    return (int)(address & 3);
}

int load_multiple(core_t *core, uint32_t base, uint32_t list, uint32_t address, int update, uint32_t after) {
    uint32_t values[16], count = 0;
    if (misaligned(core, address)) {
        return 0;
    }
    for (uint32_t i = 0; i < 16; i++) {
        if (list >> i & 1 && !load(core, address + 4 * count++, 4, &values[i])) {
            return 0;
        }
    }
    for (uint32_t i = 0; i < 15; i++) {
        if (list >> i & 1) {
            core->r[i] = values[i];
        }
    }
    if (update && !(list >> base & 1)) {
        core->r[base] = after;
    }
    if (list >> 15 & 1) {
        int taken = branch_exchange(core, values[15]);
        return taken ? taken + (int)count : 0;
    }
    return 1 + (int)count;
}

int store_multiple(core_t *core, uint32_t base, uint32_t list, uint32_t address, int update, uint32_t after) {
    uint32_t count = 0;
    if (misaligned(core, address)) {
        return 0;
    }
    if (update && below_limit(core, base, after)) {
        return 0;
    }
    for (uint32_t i = 0; i < 15; i++) {
        if (list >> i & 1 && !store(core, address + 4 * count++, 4, core->r[i])) {
            return 0;
        }
    }
    if (update) {
        core->r[base] = after;
    }
    return 1 + (int)count;
}

static int dual(core_t *core, uint32_t first, uint32_t second) { /* LDRD, STRD */
    uint32_t rn = first & 15, t = second >> 12, t2 = second >> 8 & 15, values[2];
    uint32_t pre = first >> 8 & 1, up = first >> 7 & 1, update = first >> 5 & 1, is_load = first >> 4 & 1;
    uint32_t base = rn == 15 ? (core->r[15] + 4) & ~3u : core->r[rn], bytes = (second & 255) << 2;
    uint32_t moved = up ? base + bytes : base - bytes, address = pre ? moved : base;
    if (misaligned(core, address)) {
        return 0;
    }
    if (update && below_limit(core, rn, moved)) {
        return 0;
    }
    if (is_load) {
        if (!load(core, address, 4, &values[0]) || !load(core, address + 4, 4, &values[1])) {
            return 0;
        }
        if (update) {
            core->r[rn] = moved;
        }
        core->r[t] = values[0];
        core->r[t2] = values[1];
        return 3;
    }
    if (!store(core, address, 4, core->r[t]) || !store(core, address + 4, 4, core->r[t2])) {
        return 0;
    }
    if (update) {
        core->r[rn] = moved;
    }
    return 2;
}

static int store_exclusive(core_t *core, uint32_t address, uint32_t size, uint32_t t, uint32_t status) {
    if (address & (size - 1)) {
        return raise_fault(core, USAGE_FAULT, CFSR_UNALIGNED);
    }
    if (!core->exclusive || core->exclusive_address != address) {
        core->exclusive = 0;
        core->r[status] = 1;
        return 1;
    }
    if (!store(core, address, size, core->r[t])) {
        return 0;
    }
    core->exclusive = 0;
    core->r[status] = 0;
    return 2;
}

static int load_exclusive(core_t *core, uint32_t address, uint32_t size, uint32_t t, int exclusive) {
    uint32_t value;
    if (address & (size - 1)) {
        return raise_fault(core, USAGE_FAULT, CFSR_UNALIGNED);
    }
    if (!load(core, address, size, &value)) {
        return 0;
    }
    core->r[t] = value;
    if (exclusive) {
        core->exclusive = 1;
        core->exclusive_address = address;
    }
    return 2;
}

/* LDREX, STREX, TT, table branches, LDA, STL and the exclusives of one byte or two. */
static int exclusive(core_t *core, uint32_t first, uint32_t second) {
    uint32_t rn = first & 15, t = second >> 12, d = second >> 8 & 15, kind = second >> 4 & 15;
    uint32_t is_load = first >> 4 & 1, address = core->r[rn], value, size = 1u << (kind & 3);
    if (!(first & 0x80)) {
        if (!is_load && t == 15 && !(second & 0x3f)) { /* TT: every address is Secure, in no MPU region (D1.2.284) */
            core->r[d] = 0x004c0000u;
            return 1;
        }
        address += (second & 255) << 2;
        return is_load ? load_exclusive(core, address, 4, t, 1) : store_exclusive(core, address, 4, t, d);
    }
    if (is_load && kind < 2) { /* TBB, TBH */
        uint32_t index = core->r[second & 15] << kind;
        if (!load(core, operand(core, rn) + index, size, &value)) {
            return 0;
        }
        return jump(core, core->r[15] + 4 + 2 * value) + 1;
    }
    if (kind < 4 || (kind & 3) == 3) {
        return unsupported(core);
    }
    if (is_load) { /* 4 and 12 are exclusive */
        return load_exclusive(core, address, size, t, (kind & 4) != 0);
    }
    if (kind & 4) {
        return store_exclusive(core, address, size, t, second & 15);
    }
    if (address & (size - 1)) {
        return raise_fault(core, USAGE_FAULT, CFSR_UNALIGNED);
    }
    return store(core, address, size, core->r[t]) ? 2 : 0;
}

static int single(core_t *core, uint32_t first, uint32_t second) {
    uint32_t rn = first & 15, t = second >> 12, size = 1u << (first >> 5 & 3), is_load = first >> 4 & 1;
    uint32_t with_sign = first >> 8 & 1, bytes = second & 0xfff;
    if (size == 8) {
        return unsupported(core);
    }
    if (is_load && t == 15 && size < 4) {
        return 1; /* PLD, PLI */
    }
    if (rn == 15) {
        if (!is_load) {
            return unsupported(core);
        }
        uint32_t base = (core->r[15] + 4) & ~3u;
        return transfer(core, first & 0x80 ? base + bytes : base - bytes, t, size, 0, (int)with_sign);
    }
    if (first & 0x80) {
        return transfer(core, core->r[rn] + bytes, t, size, !is_load, (int)with_sign);
    }
    if (!(second & 0x800)) {
        if (second & 0x7c0) {
            return unsupported(core);
        }
        return transfer(core, core->r[rn] + (core->r[second & 15] << (second >> 4 & 3)), t, size, !is_load,
                        (int)with_sign);
    }
    uint32_t pre = second >> 10 & 1, up = second >> 9 & 1, update = second >> 8 & 1, base = core->r[rn];
    uint32_t moved = up ? base + (second & 255) : base - (second & 255), address = pre ? moved : base;
    if (!update) { /* also LDRT, STRT: everything is privileged here */
        return transfer(core, address, t, size, !is_load, (int)with_sign);
    }
    if (below_limit(core, rn, moved)) {
        return 0;
    }
    if (!is_load) {
        int taken = store(core, address, size, core->r[t]);
        core->r[rn] = taken ? moved : base;
        return taken;
    }
    core->r[rn] = moved; /* before the load: an exception return pops from the new SP */
    int taken = transfer(core, address, t, size, 0, (int)with_sign);
    if (!taken) {
        core->r[rn] = base;
    }
    return taken;
}

int transfers(core_t *core, uint32_t first, uint32_t second) {
    if ((first & 0xfe40) == 0xe800) { /* LDM, STM */
        uint32_t rn = first & 15, bytes = 4 * (uint32_t)__builtin_popcount(second), base = core->r[rn];
        uint32_t update = first >> 5 & 1, down = first >> 7 & 2;
        if ((first >> 7 & 3) == 0 || (first >> 7 & 3) == 3) {
            return unsupported(core);
        }
        uint32_t address = down ? base - bytes : base, after = down ? base - bytes : base + bytes;
        return first & 0x10 ? load_multiple(core, rn, second, address, (int)update, after)
                            : store_multiple(core, rn, second, address, (int)update, after);
    }
    if ((first & 0xfe40) == 0xe840) {
        return first & 0x0120 ? dual(core, first, second) : exclusive(core, first, second);
    }
    return single(core, first, second);
}
