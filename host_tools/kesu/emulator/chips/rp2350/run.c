/* run: executes instructions until a limit, or until one is for the caller. */
/* SPDX-License-Identifier: MIT */

#include "m33.h"

uint32_t kesu_m33_size(void) {
    return sizeof(core_t);
}

/* Advance ITSTATE (B3.5.2, ITAdvance). */
static uint32_t it_advanced(uint32_t it) {
    return it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
}

/* One instruction: the cycles taken, 0 if it was not executed. */
static int step(core_t *core) {
    uint32_t pc = core->r[15], first, second = 0, it = core->it;
    const uint8_t *code = code_at(core, pc);
    uint32_t registers[16], flags = !(it & 15);
    int taken;
    core->next_pc = pc + 2;
    core->it_kept = 0;
    if (!core->thumb) {
        return raise_fault(core, USAGE_FAULT, CFSR_INVSTATE);
    }
    if (!code) {
        return raise_fault(core, BUS_FAULT, CFSR_IBUSERR);
    }
    if (pc / 4 != core->xip_word) { /* The core fetches words. */
        core->xip_word = pc / 4;
        if (pc >> 26 == 0x10000000u >> 26) {
            core->cycle += xip_fetch(core, pc);
        }
    }
    first = code[0] | (uint32_t)code[1] << 8;
    core->left_op = first;
    if (first >= 0xe800) {
        code = code_at(core, pc + 2);
        if (!code) {
            return raise_fault(core, BUS_FAULT, CFSR_IBUSERR);
        }
        second = code[0] | (uint32_t)code[1] << 8;
        core->next_pc = pc + 4;
        core->left_op = first << 16 | second;
    }
    if (it & 15 && !condition_holds(core, it >> 4) && first >> 8 != 0xbe) { /* BKPT ignores the condition */
        taken = 1;
        core->it_failed++;
    } else if (core->shadow) {
        memcpy(registers, core->r, sizeof(registers));
        taken = first >= 0xe800 ? thumb32(core, first, second) : thumb16(core, first);
        if (taken) {
            shadow_step(core->shadow, registers, first, second, (int)flags);
        }
    } else {
        taken = first >= 0xe800 ? thumb32(core, first, second) : thumb16(core, first);
    }
    if (taken) {
        core->r[15] = core->next_pc;
        if (it & 15 && !core->it_kept) {
            core->it = it_advanced(it);
        }
    }
    return taken;
}

/* Run until cycle `until` is reached or passed, for at most `most` instructions, or until core->left says why not. */
void kesu_m33_run(core_t *core, int64_t until, int64_t most, uint32_t mmio_allowed, uint32_t watch_ignored) {
    core->left = LEFT_NOTHING;
    core->mmio_allowed = mmio_allowed;
    core->watch_ignored = watch_ignored;
    while (core->cycle < until && most-- > 0) {
        if (core->systick_due >= 0 && core->cycle >= core->systick_due) {
            systick_tick(core);
        }
        if (core->check) {
            int64_t before = core->exceptions;
            if (!take_pending(core)) {
                break;
            }
            if (core->exceptions != before) {
                continue;
            }
        }
        uint32_t pc = core->r[15];
        if (pc < ROM_SIZE) {
            core->left = LEFT_ROM;
            break;
        }
        if (pc == core->watch_pc && pc && !watch_ignored) {
            core->watched = pc;
            core->left = LEFT_WATCH;
            break;
        }
        int taken = step(core);
        if (taken) {
            core->cycle += taken * core->cost;
            core->instructions++;
        } else if (core->fault && !take_fault(core)) {
            break;
        }
        if (core->left) {
            break;
        }
    }
}

/* The exception that would end WFI now: pending, of sufficient priority if PRIMASK were clear (B9.3); 0: none. */
uint32_t kesu_m33_wakes(core_t *core) {
    uint32_t masked = core->primask, exception;
    int priority;
    if (core->systick_due >= 0 && core->cycle >= core->systick_due) {
        systick_tick(core);
    }
    exception = highest_pending(core, &priority);
    core->primask = 0;
    int wakes = exception && priority < execution_priority(core);
    core->primask = masked;
    return wakes ? exception : 0;
}
