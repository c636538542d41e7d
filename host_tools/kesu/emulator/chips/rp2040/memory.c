/* memory: loads and stores, and which of them are for peripherals. */
/* SPDX-License-Identifier: MIT */

#include "thumb.h"

/* Whether the address belongs to something on the bus (RP2040 datasheet 2.2; the same table is in address_map.py). */
static int mapped(uint32_t address) {
    switch (address >> 24) {
        case 0x00: return address < ROM_SIZE;
        case 0x10:
        case 0x11:
        case 0x12:
        case 0x13: /* XIP and its aliases */
        case 0x14: /* XIP control */
        case 0x15: /* the cache as memory */
        case 0x18: /* SSI */
        case 0x21: /* SRAM banks without striping */ return 1;
        case 0x20: return address - SRAM_BASE < SRAM_SIZE;
        case 0x40: return address < 0x40080000u;
        case 0x50: return address < 0x50500000u;
        default: return address >> 28 == 0xd || address >> 20 == PPB_BASE >> 20;
    }
}

static int fault(core_t *core) {
    core->left = LEFT_FAULT;
    return 0;
}

/* An access to something else than memory. */
static int outside(core_t *core, uint32_t address, uint32_t size) {
    if (address & (size - 1) || !mapped(address)) {
        return fault(core);
    }
    core->left = address < PPB_BASE ? LEFT_ACCESS : LEFT_OTHER;
    core->left_address = address;
    return 0;
}

/* A store to ROM has no effect. One to the flash frees the line that the cache holds; through an alias that does not
 * allocate it is a fault (RP2040 datasheet 2.6.3, XIP CTRL.ERR_BADWRITE). */
static int store_to_read_only(core_t *core, uint32_t address) {
    if (address >= FLASH_BASE + FLASH_SIZE) {
        return fault(core);
    }
    core->served++;
    if (address >= FLASH_BASE) {
        uint32_t tag = (address - FLASH_BASE) / XIP_LINE + 1, *held = core->xip_tag[(tag - 1) % XIP_SETS];
        for (uint32_t way = 0; way < XIP_WAYS; way++) {
            held[way] = held[way] == tag ? 0 : held[way];
        }
    }
    return 2;
}

/* What is neither in SRAM nor in flash, is not aligned, stores to flash, or loads a watched byte. */
int memory_slowly(core_t *core, uint32_t address, uint32_t rt, uint32_t size, int store, int with_sign) {
    uint32_t value;
    uses_access(core->uses, address, size, store, core->r[rt], core->r[15] - 2);
    int taken;
    if (store) {
        if (size == 4 && (taken = register_write(core, address, core->r[rt]))) {
            core->served++;
            return taken;
        }
        if (address < XIP_END && mapped(address) && !(address & (size - 1))) {
            return store_to_read_only(core, address);
        }
        return outside(core, address, size);
    }
    if (size == 1 && address - core->watch_base < core->watch_size && core->watch[address - core->watch_base]) {
        core->watched = address;
        return 0;
    }
    const uint8_t *from = readable(core, address, size);
    if (!from) {
        if (size == 4 && (taken = register_read(core, address, &value))) {
            core->r[rt] = value;
            core->served++;
            return taken;
        }
        return outside(core, address, size);
    }
    value = load(from, size);
    int late = address - FLASH_BASE < FLASH_SIZE ? xip(core, address) : 0;
    core->r[rt] = !with_sign ? value : size == 1 ? (uint32_t)(int8_t)value : (uint32_t)(int16_t)value;
    return 2 + late;
}

/* LDM, STM, PUSH and POP of registers, which armv6m.py executes: each register of `list` is a word from `address` on. */
static void note_words(core_t *core, uint32_t address, uint32_t list, int store) {
    for (uint32_t i = 0; i < 16; i++) {
        if (list & 1u << i) {
            uses_access(core->uses, address, 4, store, core->r[i], core->r[15] - 2);
            address += 4;
        }
    }
}

int load_store_multiple(core_t *core, uint32_t op) { /* LDMIA, STMIA */
    uint32_t *base = &core->r[op >> 8 & 7], address = *base, at = address;
    uint32_t list = op & 255, count = __builtin_popcount(list);
    const uint8_t *from = readable(core, address, 4);
    uint8_t *to = writable(core, address, 4);
    int is_load = op & 0x800, late = 0;
    if (!count || (is_load ? !from || readable(core, address + 4 * count - 4, 4) != from + 4 * count - 4
                           : !to || !writable(core, address + 4 * count - 4, 4))) {
        note_words(core, address, list, !is_load);
        return 0;
    }
    for (uint32_t i = 0; i < 8; i++) {
        if (list & 1u << i) {
            if (is_load) {
                memcpy(&core->r[i], from, 4);
                from += 4;
                late += at - FLASH_BASE < FLASH_SIZE ? xip(core, at) : 0;
            } else {
                memcpy(to, &core->r[i], 4);
                to += 4;
            }
            at += 4;
        }
    }
    if (!is_load || !(list & 1u << (op >> 8 & 7))) {
        *base = address + 4 * count; /* STM always writes its base back (A6.7.58) */
    }
    return 1 + late + (int)count;
}

int stack(core_t *core, uint32_t op) { /* PUSH, POP */
    uint32_t *r = core->r, low = __builtin_popcount(op & 255), count = low + (op >> 8 & 1);
    uint32_t address = op & 0x800 ? r[13] : r[13] - 4 * count;
    uint8_t *at = writable(core, address, 4);
    if (!count || !at || !writable(core, address + 4 * count - 4, 4)) {
        note_words(core, address, (op & 255) | (op & 0x100 ? 1u << 14 : 0), !(op & 0x800));
        return 0;
    }
    if (op & 0x800) {
        uint32_t to = 0;
        if (op & 0x100) {
            memcpy(&to, at + 4 * low, 4);
            if (!(to & 1) || (core->handler && to >> 28 == 15)) {
                return 0;
            }
        }
        for (uint32_t i = 0; i < 8; i++) {
            if (op & 1u << i) {
                memcpy(&r[i], at, 4);
                at += 4;
            }
        }
        r[13] = (address + 4 * count) & ~3u;
        if (op & 0x100) {
            r[15] = to & ~1u;
            return 3 + (int)low;
        }
        return 1 + (int)low;
    }
    for (uint32_t i = 0; i < 8; i++) {
        if (op & 1u << i) {
            memcpy(at, &r[i], 4);
            at += 4;
        }
    }
    if (op & 0x100) {
        memcpy(at, &r[14], 4);
    }
    r[13] = address & ~3u;
    return 1 + (int)low;
}
