/* exceptions: priorities, entry, return and faults of an Armv8-M Mainline core in Secure state. */
/* SPDX-License-Identifier: MIT
 *
 * Sections are those of the Armv8-M Architecture Reference Manual (DDI 0553B): B3.
 */

#include "m33.h"

enum { LOWEST = 256, BASIC_FRAME = 0x20, FULL_FRAME = 0x68, ENTRY_CYCLES = 12 };
#define RETPSR_ALIGNED (1u << 9)
#define THUMB_BIT (1u << 24)
/* EXC_RETURN (B3.22): Secure stack and registers; bits: 4 no floating-point frame, 3 to thread mode, 2 process stack. */
#define RETURN_SECURE 0xffffffe1u
enum { RETURN_BASIC = 0x10, RETURN_THREAD = 8, RETURN_PROCESS = 4 };

static int priority_of(const core_t *core, uint32_t exception) {
    if (exception == NMI) {
        return -2;
    }
    if (exception == HARD_FAULT) {
        return -1;
    }
    return exception < 16 ? core->shpr[(exception >> 2) - 1] >> 8 * (exception & 3) & 0xff
                          : core->irq_priority[exception - 16];
}

/* The part of a priority that decides about preemption (B3.15, AIRCR.PRIGROUP). */
static int group_of(const core_t *core, int priority) {
    return priority < 0 ? priority : priority & (int)~((2u << (core->aircr >> 8 & 7)) - 1);
}

/* Priority of what is executed now, with the effect of the mask registers (B3.14). */
int execution_priority(const core_t *core) {
    int lowest = LOWEST;
    for (uint32_t bits = core->sys_active; bits; bits &= bits - 1) {
        int priority = group_of(core, priority_of(core, (uint32_t)__builtin_ctz(bits)));
        lowest = priority < lowest ? priority : lowest;
    }
    for (uint32_t word = 0; word < 2; word++) {
        for (uint32_t bits = core->irq_active[word]; bits; bits &= bits - 1) {
            int priority = group_of(core, core->irq_priority[32 * word + (uint32_t)__builtin_ctz(bits)]);
            lowest = priority < lowest ? priority : lowest;
        }
    }
    if (core->basepri && group_of(core, (int)core->basepri) < lowest) {
        lowest = group_of(core, (int)core->basepri);
    }
    if (core->primask && lowest > 0) {
        lowest = 0;
    }
    return core->faultmask && lowest > -1 ? -1 : lowest;
}

/* The pending and enabled exception of the highest priority, 0 if none; of equals that of the lowest number (B3.13). */
uint32_t highest_pending(const core_t *core, int *priority) {
    uint32_t best = 0;
    *priority = LOWEST + 1;
    for (uint32_t bits = core->sys_pending; bits; bits &= bits - 1) {
        uint32_t exception = (uint32_t)__builtin_ctz(bits);
        if (priority_of(core, exception) < *priority) {
            best = exception;
            *priority = priority_of(core, exception);
        }
    }
    for (uint32_t word = 0; word < 2; word++) {
        for (uint32_t bits = core->irq_pending[word] & core->irq_enabled[word]; bits; bits &= bits - 1) {
            uint32_t irq = 32 * word + (uint32_t)__builtin_ctz(bits);
            if (core->irq_priority[irq] < *priority) {
                best = 16 + irq;
                *priority = core->irq_priority[irq];
            }
        }
    }
    return best;
}

/* Set an exception pending; an event if SCR.SEVONPEND says so (B3.32, B9.1). */
void pend(core_t *core, uint32_t exception) {
    uint32_t *word = exception < 16 ? &core->sys_pending : &core->irq_pending[(exception - 16) >> 5];
    uint32_t bit = 1u << (exception < 16 ? exception : (exception - 16) & 31);
    if (!(*word & bit) && core->scr & SCR_SEVONPEND) {
        core->event = 1;
    }
    *word |= bit;
    core->check = 1;
}

/* Level of an interrupt line: a rise pends (B3.32). */
void kesu_m33_line(core_t *core, uint32_t irq, uint32_t high) {
    uint32_t *lines = &core->irq_lines[irq >> 5], bit = 1u << (irq & 31);
    if (high && !(*lines & bit)) {
        pend(core, 16 + irq);
    }
    *lines = high ? *lines | bit : *lines & ~bit;
}

uint32_t xpsr(const core_t *core) {
    return core->n << 31 | core->z << 30 | core->c << 29 | core->v << 28 | core->q << 27 | (core->it & 3) << 25 |
           core->thumb << 24 | core->ge << 16 | (core->it >> 2 & 0x3f) << 10 | core->ipsr;
}

void use_stack(core_t *core, uint32_t process) {
    if (process != core->spsel) {
        uint32_t other = core->r[13];
        core->r[13] = core->sp_other;
        core->sp_other = other;
        core->spsel = process;
    }
}

static uint32_t stack_limit(const core_t *core) {
    return core->spsel ? core->psplim : core->msplim;
}

/* Write SP in an instruction: below its limit it is a fault, and SP stays (B3.9, the stack limit checks). */
int set_sp(core_t *core, uint32_t value) {
    if ((value & ~3u) < stack_limit(core)) {
        return raise_fault(core, USAGE_FAULT, CFSR_STKOF);
    }
    core->r[13] = value & ~3u;
    return 1;
}

int raise_fault(core_t *core, uint32_t exception, uint32_t cfsr) {
    core->fault = exception;
    core->cfsr |= cfsr;
    return 0;
}

static int lock_up(core_t *core) {
    core->left = LEFT_LOCKUP;
    return 0;
}

static void deactivate(core_t *core, uint32_t exception) {
    if (exception < 16) {
        core->sys_active &= ~(1u << exception);
        return;
    }
    uint32_t word = (exception - 16) >> 5, bit = 1u << ((exception - 16) & 31);
    core->irq_active[word] &= ~bit;
    if (core->irq_lines[word] & bit) {
        core->irq_pending[word] |= bit; /* still high: pends again (B3.32) */
    }
}

static void activate(core_t *core, uint32_t exception) {
    if (exception < 16) {
        core->sys_active |= 1u << exception;
        core->sys_pending &= ~(1u << exception);
        return;
    }
    uint32_t word = (exception - 16) >> 5, bit = 1u << ((exception - 16) & 31);
    core->irq_active[word] |= bit;
    core->irq_pending[word] &= ~bit;
}

/* PushStack (E2.1.294): the frame, with room for the FPU's registers if they are in use; they are stored now, or lazily
 * by the next floating-point instruction (B3.24). Returns 0 if the frame is below the limit or not in RAM. */
static int push_frame(core_t *core, uint32_t return_address) {
    uint32_t size = core->fpca ? FULL_FRAME : BASIC_FRAME, sp = core->r[13];
    uint32_t frame = (sp - size) & ~7u;
    uint32_t values[8] = { core->r[0],  core->r[1],  core->r[2],     core->r[3],
                           core->r[12], core->r[14], return_address, xpsr(core) | (sp & 4 ? RETPSR_ALIGNED : 0) };
    if (frame < stack_limit(core)) {
        core->r[13] = stack_limit(core);
        core->cfsr |= CFSR_STKOF;
        return USAGE_FAULT;
    }
    core->r[13] = frame;
    uint8_t *at = sram_at(core, frame, size);
    if (!at) {
        core->cfsr |= CFSR_STKERR;
        return BUS_FAULT;
    }
    memcpy(at, values, sizeof(values));
    if (core->shadow) {
        shadow_push(core->shadow, frame);
    }
    if (core->fpca && core->fpccr & FPCCR_LSPEN) {
        core->fpcar = frame + BASIC_FRAME;
        core->fpccr |= FPCCR_LSPACT;
    } else if (core->fpca) {
        fpu_save(core, frame + BASIC_FRAME);
    }
    return 0;
}

/* The exception that a fault becomes: HardFault if its own handler is disabled or could not preempt (B3.12). */
static uint32_t escalated(core_t *core, uint32_t exception) {
    int enabled = exception > USAGE_FAULT || core->sys_enabled >> exception & 1;
    if (exception > HARD_FAULT &&
        (!enabled || group_of(core, priority_of(core, exception)) >= execution_priority(core))) {
        core->hfsr |= HFSR_FORCED;
        return HARD_FAULT;
    }
    return exception;
}

/* ExceptionEntry (E2.1.139). return_address: of the instruction to return to. 0: the core locks up. */
static int enter(core_t *core, uint32_t exception, uint32_t return_address) {
    uint32_t from_handler = core->ipsr != 0, from_process = core->spsel && !from_handler, fp = core->fpca, vector;
    uint32_t failed = (uint32_t)push_frame(core, return_address);
    if (failed) { /* a derived exception (B3.25): it is taken instead, the first stays pending */
        uint32_t derived = escalated(core, failed);
        if (-1 >= execution_priority(core)) {
            return lock_up(core);
        }
        if (exception >= 16 || exception == PENDSV || exception == SYSTICK) {
            pend(core, exception);
        }
        exception = derived;
    }
    core->r[14] = RETURN_SECURE | (fp ? 0 : RETURN_BASIC) | (from_handler ? 0 : RETURN_THREAD) |
                  (from_process ? RETURN_PROCESS : 0);
    use_stack(core, 0);
    activate(core, exception);
    core->ipsr = exception;
    core->it = 0;
    core->fpca = 0;
    core->exclusive = 0;
    core->event = 1;
    core->check = 1;
    core->exceptions++;
    core->cycle += ENTRY_CYCLES * core->cost;
    if (!load_slowly(core, core->vtor + 4 * exception, 4, &vector)) {
        core->fault = 0;
        core->left = LEFT_NOTHING;
        core->hfsr |= HFSR_VECTTBL;
        return lock_up(core);
    }
    core->r[15] = vector & ~1u;
    core->thumb = vector & 1;
    return 1;
}

/* Take the exception that is pending, if its priority is higher than the present one. 0: the core locks up. */
int take_pending(core_t *core) {
    int priority;
    uint32_t exception = highest_pending(core, &priority);
    core->check = 0;
    if (!exception || group_of(core, priority) >= execution_priority(core)) {
        return 1;
    }
    return enter(core, exception, core->r[15]);
}

/* Take the fault, or the call, that the instruction at r[15] raised. 0: the core locks up. */
int take_fault(core_t *core) {
    uint32_t exception = core->fault, first = exception;
    core->fault = 0;
    if (exception == HARD_FAULT ? execution_priority(core) <= -1 : 0) {
        return lock_up(core);
    }
    exception = escalated(core, exception);
    if (exception == HARD_FAULT && execution_priority(core) <= -1) {
        return lock_up(core);
    }
    /* SVC returns to the next instruction, a fault to its own (B3.23). */
    return enter(core, exception, first == SVCALL ? core->next_pc : core->r[15]);
}

/* ExceptionReturn (E2.1.141), from the handler that runs now. */
int exception_return(core_t *core, uint32_t value) {
    uint32_t leaving = core->ipsr, to_thread = value >> 3 & 1, full = !(value & RETURN_BASIC), nested = 0;
    uint32_t size = full ? FULL_FRAME : BASIC_FRAME, frame[8];
    for (uint32_t bits = core->sys_active; bits; bits &= bits - 1) {
        nested++;
    }
    nested += (uint32_t)(__builtin_popcount(core->irq_active[0]) + __builtin_popcount(core->irq_active[1]));
    uint32_t active = leaving < 16 ? core->sys_active >> leaving & 1
                                   : core->irq_active[(leaving - 16) >> 5] >> ((leaving - 16) & 31) & 1;
    if ((value & ~0x1cu) != RETURN_SECURE || !active || (!to_thread && nested == 1) ||
        (value & RETURN_PROCESS && !to_thread)) {
        /* Integrity checks on return (B3.27). The fault is taken in the place of the code returned to. */
        deactivate(core, leaving);
        return raise_fault(core, USAGE_FAULT, CFSR_INVPC);
    }
    uint32_t old_spsel = core->spsel;
    if (to_thread) {
        use_stack(core, value >> 2 & 1);
    }
    uint8_t *at = sram_at(core, core->r[13], size);
    if (!at) {
        use_stack(core, old_spsel);
        return raise_fault(core, BUS_FAULT, CFSR_UNSTKERR);
    }
    deactivate(core, leaving);
    if (leaving != NMI && (leaving != HARD_FAULT || core->faultmask)) {
        core->faultmask = 0; /* B3.26 */
    }
    memcpy(frame, at, sizeof(frame));
    if (core->shadow) { /* after what the instruction itself loads */
        core->shadow->frame = core->r[13];
        core->shadow->frame_floats = full && !(core->fpccr & FPCCR_LSPACT);
    }
    if (full && core->fpccr & FPCCR_LSPACT) {
        core->fpccr &= ~FPCCR_LSPACT; /* never stored: the registers still hold the values */
    } else if (full) {
        memcpy(core->s, at + BASIC_FRAME, 64);
        memcpy(&core->fpscr, at + BASIC_FRAME + 64, 4);
    } else if (core->fpca && core->fpccr & FPCCR_CLRONRET) {
        memset(core->s, 0, 64);
        core->fpscr = 0;
    }
    core->fpca = full;
    memcpy(core->r, frame, 16);
    core->r[12] = frame[4];
    core->r[14] = frame[5];
    core->next_pc = frame[6] & ~1u;
    core->n = frame[7] >> 31;
    core->z = frame[7] >> 30 & 1;
    core->c = frame[7] >> 29 & 1;
    core->v = frame[7] >> 28 & 1;
    core->q = frame[7] >> 27 & 1;
    core->thumb = frame[7] >> 24 & 1;
    core->ge = frame[7] >> 16 & 15;
    core->it = (frame[7] >> 25 & 3) | (frame[7] >> 10 & 0x3f) << 2;
    core->ipsr = frame[7] & 0x1ff;
    core->it_kept = 1;
    core->r[13] = (core->r[13] + size) | (frame[7] & RETPSR_ALIGNED ? 4 : 0);
    core->exclusive = 0;
    core->event = 1;
    core->check = 1;
    if (to_thread ? core->ipsr != 0 : core->ipsr == 0) {
        return raise_fault(core, USAGE_FAULT, CFSR_INVPC);
    }
    if (to_thread && core->scr & 2) { /* SLEEPONEXIT (B9.2) */
        core->left = LEFT_WFI;
    }
    return ENTRY_CYCLES;
}

/* MRS (C2.4.106) and MSR (C2.4.109): 0 for a register that this core does not have. */
int special_read(core_t *core, uint32_t number, uint32_t *value) {
    switch (number) {
        case 0:
        case 1:
        case 2:
        case 3: *value = (xpsr(core) & 0xf80f0000u) | (number & 1 ? core->ipsr : 0); return 1;
        case 5: *value = core->ipsr; return 1;
        case 6:
        case 7: *value = number & 1 ? core->ipsr : 0; return 1; /* EPSR reads as zero */
        case 8: *value = core->spsel ? core->sp_other : core->r[13]; return 1;
        case 9: *value = core->spsel ? core->r[13] : core->sp_other; return 1;
        case 10: *value = core->msplim; return 1;
        case 11: *value = core->psplim; return 1;
        case 16: *value = core->primask; return 1;
        case 17:
        case 18: *value = core->basepri; return 1;
        case 19: *value = core->faultmask; return 1;
        case 20: *value = core->npriv | core->spsel << 1 | core->fpca << 2; return 1;
        default: return unsupported(core);
    }
}

int special_write(core_t *core, uint32_t number, uint32_t mask, uint32_t value) {
    core->check = 1;
    switch (number) {
        case 0:
        case 1:
        case 2:
        case 3:
            if (mask & 2) {
                core->n = value >> 31;
                core->z = value >> 30 & 1;
                core->c = value >> 29 & 1;
                core->v = value >> 28 & 1;
                core->q = value >> 27 & 1;
            }
            if (mask & 1) {
                core->ge = value >> 16 & 15;
            }
            return 1;
        case 5:
        case 6:
        case 7: return 1; /* writes are ignored */
        case 8: *(core->spsel ? &core->sp_other : &core->r[13]) = value & ~3u; return 1;
        case 9: *(core->spsel ? &core->r[13] : &core->sp_other) = value & ~3u; return 1;
        case 10: core->msplim = value & ~7u; return 1;
        case 11: core->psplim = value & ~7u; return 1;
        case 16: core->primask = value & 1; return 1;
        case 17: core->basepri = value & 0xf0; return 1;
        case 18:
            value &= 0xf0;
            if (value && (value < core->basepri || !core->basepri)) {
                core->basepri = value;
            }
            return 1;
        case 19:
            if (execution_priority(core) > -1) {
                core->faultmask = value & 1;
            }
            return 1;
        case 20:
            core->npriv = value & 1;
            if (!core->ipsr) {
                use_stack(core, value >> 1 & 1);
            }
            core->fpca = value >> 2 & 1;
            return 1;
        default: return unsupported(core);
    }
}
