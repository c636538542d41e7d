/* scs: registers of the system control space, and SysTick. */
/* SPDX-License-Identifier: MIT
 *
 * Offsets from 0xe000e000 (Armv8-M Architecture Reference Manual D1.1, D1.2). Only those of the Secure state.
 */

#include "m33.h"

enum {
    SYST_CSR = 0x10,
    SYST_RVR = 0x14,
    SYST_CVR = 0x18,
    NVIC_ISER = 0x100,
    NVIC_ICER = 0x180,
    NVIC_ISPR = 0x200,
    NVIC_ICPR = 0x280,
    NVIC_IABR = 0x300,
    NVIC_IPR = 0x400,
    CPUID = 0xd00,
    ICSR = 0xd04,
    VTOR = 0xd08,
    AIRCR = 0xd0c,
    SCR = 0xd10,
    CCR = 0xd14,
    SHPR1 = 0xd18,
    SHPR3 = 0xd20,
    SHCSR = 0xd24,
    CFSR = 0xd28,
    HFSR = 0xd2c,
    MMFAR = 0xd34,
    BFAR = 0xd38,
    CPACR = 0xd88,
    MPU_TYPE = 0xd90,
    MPU_CTRL = 0xd94,
    MPU_RNR = 0xd98,
    MPU_RBAR = 0xd9c,
    MPU_RLAR = 0xda0,
    MPU_MAIR0 = 0xdc0,
    MPU_MAIR1 = 0xdc4,
    DEMCR = 0xdfc,
    FPCCR = 0xf34,
    FPCAR = 0xf38,
    FPDSCR = 0xf3c,
    MVFR0 = 0xf40,
    MVFR1 = 0xf44,
    MVFR2 = 0xf48
};
enum { ENABLE = 1, TICKINT = 2, CLKSOURCE = 4 };
#define COUNTFLAG (1u << 16)
#define PRIORITY_BITS 0xf0f0f0f0u /* four of eight (RP2350 datasheet 3.7.1) */
#define AIRCR_KEY 0x05faU
#define AIRCR_SYSRESETREQ (1u << 2)
#define VECTORS_ALIGNED (~0x7fu)

static int64_t systick_period(const core_t *core) {
    return (int64_t)core->systick_reload + 1;
}

/* SysTick counts from RVR to 0 and reloads; its interrupt pends when it reaches 0 (B14.1). */
static void systick_plan(core_t *core) {
    int64_t period = systick_period(core);
    core->systick_due = -1;
    if (core->systick_csr & ENABLE && core->systick_reload) {
        core->systick_due = core->systick_base + ((core->cycle - core->systick_base) / period + 1) * period - 1;
        if (core->systick_due <= core->cycle) {
            core->systick_due += period;
        }
    }
}

/* Called at systick_due. */
void systick_tick(core_t *core) {
    core->systick_flag = 1;
    if (core->systick_csr & TICKINT) {
        pend(core, SYSTICK);
    }
    systick_plan(core);
}

static uint32_t systick_value(const core_t *core) {
    if (!(core->systick_csr & ENABLE) || !core->systick_reload) {
        return 0;
    }
    return core->systick_reload - (uint32_t)((core->cycle - core->systick_base) % systick_period(core));
}

static uint32_t systick_status(core_t *core) {
    uint32_t flag = core->systick_flag ? COUNTFLAG : 0;
    core->systick_flag = 0;
    return core->systick_csr | flag;
}

static uint32_t icsr(const core_t *core) {
    int priority;
    uint32_t next = highest_pending(core, &priority), active = 0;
    uint32_t interrupts = (core->irq_pending[0] & core->irq_enabled[0]) | (core->irq_pending[1] & core->irq_enabled[1]);
    for (uint32_t bits = core->sys_active; bits; bits &= bits - 1) {
        active++;
    }
    active += (uint32_t)(__builtin_popcount(core->irq_active[0]) + __builtin_popcount(core->irq_active[1]));
    return core->ipsr | (uint32_t)(active <= 1) << 11 | next << 12 | (uint32_t)(interrupts != 0) << 22 |
           (core->sys_pending >> SYSTICK & 1) << 26 | (core->sys_pending >> PENDSV & 1) << 28 |
           (core->sys_pending >> NMI & 1) << 31;
}

/* Enable bits 16 to 18; active and pending bits of the faults, SVCall, PendSV and SysTick (D1.2.241). */
static uint32_t shcsr(const core_t *core) {
    uint32_t active = core->sys_active, pending = core->sys_pending;
    return (active >> MEM_FAULT & 1) | (active >> BUS_FAULT & 1) << 1 | (active >> HARD_FAULT & 1) << 2 |
           (active >> USAGE_FAULT & 1) << 3 | (active >> NMI & 1) << 5 | (active >> SVCALL & 1) << 7 |
           (active >> PENDSV & 1) << 10 | (active >> SYSTICK & 1) << 11 | (pending >> USAGE_FAULT & 1) << 12 |
           (pending >> MEM_FAULT & 1) << 13 | (pending >> BUS_FAULT & 1) << 14 | (pending >> SVCALL & 1) << 15 |
           (core->sys_enabled >> MEM_FAULT & 7) << 16;
}

uint32_t scs_read(core_t *core, uint32_t offset) {
    uint32_t word = offset >> 2 & 1, value;
    switch (offset & ~7u) {
        case NVIC_ISER:
        case NVIC_ICER: return core->irq_enabled[word];
        case NVIC_ISPR:
        case NVIC_ICPR: return core->irq_pending[word];
        case NVIC_IABR: return core->irq_active[word];
        default: break;
    }
    if (offset >= NVIC_IPR && offset < NVIC_IPR + IRQS) {
        memcpy(&value, core->irq_priority + (offset - NVIC_IPR), 4);
        return value;
    }
    switch (offset) {
        case SYST_CSR: return systick_status(core);
        case SYST_RVR: return core->systick_reload;
        case SYST_CVR: return systick_value(core);
        case CPUID: return 0x411fd210u; /* Cortex-M33 r1p0 (RP2350 datasheet 3.7.5) */
        case ICSR: return icsr(core);
        case VTOR: return core->vtor;
        case AIRCR: return 0xfa050000u | core->aircr;
        case SCR: return core->scr;
        case CCR: return core->ccr;
        case SHCSR: return shcsr(core);
        case CFSR: return core->cfsr;
        case HFSR: return core->hfsr;
        case MMFAR: return core->mmfar;
        case BFAR: return core->bfar;
        case CPACR: return core->cpacr;
        case MPU_TYPE: return MPU_REGIONS << 8;
        case MPU_CTRL: return core->mpu_ctrl;
        case MPU_RNR: return core->mpu_rnr;
        case MPU_RBAR: return core->mpu_rbar[core->mpu_rnr];
        case MPU_RLAR: return core->mpu_rlar[core->mpu_rnr];
        case MPU_MAIR0: return core->mpu_mair[0];
        case MPU_MAIR1: return core->mpu_mair[1];
        case DEMCR: return core->demcr;
        case FPCCR: return core->fpccr;
        case FPCAR: return core->fpcar;
        case FPDSCR: return core->fpdscr;
        case MVFR0: return 0x10110021u; /* single precision only (Cortex-M33 TRM B4) */
        case MVFR1: return 0x11000011u;
        case MVFR2: return 0x00000040u;
        default: break;
    }
    if (offset >= SHPR1 && offset <= SHPR3) {
        return core->shpr[(offset - SHPR1) >> 2];
    }
    return core->ppb[offset >> 2];
}

static void write_icsr(core_t *core, uint32_t value) {
    if (value >> 31 & 1) {
        core->sys_pending |= 1u << NMI;
    }
    if (value >> 28 & 1) {
        pend(core, PENDSV);
    } else if (value >> 27 & 1) {
        core->sys_pending &= ~(1u << PENDSV);
    }
    if (value >> 26 & 1) {
        pend(core, SYSTICK);
    } else if (value >> 25 & 1) {
        core->sys_pending &= ~(1u << SYSTICK);
    }
}

static void write_interrupts(core_t *core, uint32_t offset, uint32_t value) {
    uint32_t word = offset >> 2 & 1;
    switch (offset & ~7u) {
        case NVIC_ISER: core->irq_enabled[word] |= value; break;
        case NVIC_ICER: core->irq_enabled[word] &= ~value; break;
        case NVIC_ISPR:
            for (uint32_t bit = 0; bit < 32; bit++) {
                if (value >> bit & 1) {
                    pend(core, 16 + 32 * word + bit);
                }
            }
            break;
        default: /* a level that is still high pends again (B3.32.1) */
            core->irq_pending[word] &= ~value;
            core->irq_pending[word] |= value & core->irq_lines[word] & ~core->irq_active[word];
            break;
    }
}

void scs_write(core_t *core, uint32_t offset, uint32_t value) {
    core->check = 1;
    if (offset >= NVIC_ISER && offset < NVIC_IABR) {
        write_interrupts(core, offset, value);
        return;
    }
    if (offset >= NVIC_IPR && offset < NVIC_IPR + IRQS) {
        value &= PRIORITY_BITS;
        memcpy(core->irq_priority + (offset - NVIC_IPR), &value, 4);
        return;
    }
    if (offset >= SHPR1 && offset <= SHPR3) {
        core->shpr[(offset - SHPR1) >> 2] = value & PRIORITY_BITS;
        return;
    }
    switch (offset) {
        case SYST_CSR:
            if (value & ENABLE && !(core->systick_csr & ENABLE)) {
                core->systick_base = core->cycle;
            }
            core->systick_csr = value & (ENABLE | TICKINT | CLKSOURCE);
            systick_plan(core);
            break;
        case SYST_RVR:
            core->systick_reload = value & 0xffffff;
            systick_plan(core);
            break;
        case SYST_CVR:
            core->systick_base = core->cycle;
            core->systick_flag = 0;
            systick_plan(core);
            break;
        case ICSR: write_icsr(core, value); break;
        case VTOR: core->vtor = value & VECTORS_ALIGNED; break;
        case AIRCR:
            if (value >> 16 == AIRCR_KEY) {
                core->aircr = value & 0x700;
                if (value & AIRCR_SYSRESETREQ) {
                    core->left = LEFT_RESET;
                }
            }
            break;
        case SCR: core->scr = value & 0x1e; break;
        case CCR: core->ccr = (value & 0x0007051au) | 0x201; break; /* bits 0 and 9 are one */
        case SHCSR: core->sys_enabled = value >> 16 << MEM_FAULT & (7u << MEM_FAULT); break;
        case CFSR: core->cfsr &= ~value; break;
        case HFSR: core->hfsr &= ~value; break;
        case MMFAR: core->mmfar = value; break;
        case BFAR: core->bfar = value; break;
        case CPACR: core->cpacr = value; break;
        case MPU_CTRL:
            core->mpu_ctrl = value & 7;
            if (value & 1) { /* no image of this project enables it */
                core->left_op = 0xe000ed94u;
                core->left = LEFT_UNSUPPORTED;
            }
            break;
        case MPU_RNR: core->mpu_rnr = value % MPU_REGIONS; break;
        case MPU_RBAR: core->mpu_rbar[core->mpu_rnr] = value; break;
        case MPU_RLAR: core->mpu_rlar[core->mpu_rnr] = value; break;
        case MPU_MAIR0: core->mpu_mair[0] = value; break;
        case MPU_MAIR1: core->mpu_mair[1] = value; break;
        case DEMCR: core->demcr = value; break;
        case FPCCR:
            core->fpccr = (value & (FPCCR_ASPEN | FPCCR_LSPEN | FPCCR_CLRONRET)) | (core->fpccr & FPCCR_LSPACT);
            if (value & FPCCR_TS) { /* the larger frame is not modelled */
                core->left_op = 0xe000ef34u;
                core->left = LEFT_UNSUPPORTED;
            }
            break;
        case FPCAR: core->fpcar = value & ~7u; break;
        case FPDSCR: core->fpdscr = value & 0x07c00000u; break;
        default: core->ppb[offset >> 2] = value; break;
    }
}
