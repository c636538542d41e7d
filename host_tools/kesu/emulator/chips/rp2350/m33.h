/* m33: state of an Armv8-M Mainline core (Secure state only, one core) with an RP2350's memories. */
/* SPDX-License-Identifier: MIT
 *
 * Sections are those of the Armv8-M Architecture Reference Manual (DDI 0553B) unless another source is named.
 */
#ifndef KESU_M33_H
#define KESU_M33_H

#include <stdint.h>
#include <string.h>

#include "shadow.h"
#include "uses.h"

/* RP2350 datasheet 2.2. */
#define ROM_SIZE 0x8000u
#define FLASH_SIZE 0x400000u /* of a Pico 2; the chip's address lines above it are not connected */
#define CACHE_RAM_BASE 0x13ffc000u
#define CACHE_RAM_SIZE 0x4000u
#define SRAM_BASE 0x20000000u
#define SRAM_SIZE 0x82000u
#define DPRAM_BASE 0x50100000u
#define DPRAM_SIZE 0x1000u
#define SIO_BASE 0xd0000000u

/* RP2350 datasheet 4.4: 16 KB in two ways, lines of 8 bytes. */
enum { XIP_LINE = 8, XIP_WAYS = 2, XIP_SETS = 16384 / 8 / 2 };

#define SPI_MOST 1024u
enum { LENT_STATUS = 1, LENT_QUEUE };
#define IRQS 52u
#define MPU_REGIONS 8u

/* Why kesu_m33_run returned before its limit. */
enum left {
    LEFT_NOTHING,
    LEFT_MMIO,        /* the next instruction accesses a peripheral */
    LEFT_WFE,         /* sleeps until an event */
    LEFT_WFI,         /* sleeps until an interrupt */
    LEFT_ROM,         /* the next instruction is in the boot ROM */
    LEFT_WATCH,       /* a watchpoint was hit; the instruction is not executed */
    LEFT_LOCKUP,      /* a fault in a fault handler (B3.33) */
    LEFT_UNSUPPORTED, /* an instruction or a setting that this core does not have; `left_op` says which */
    LEFT_RESET        /* AIRCR.SYSRESETREQ */
};

/* Exception numbers (B3.8). */
enum { RESET = 1, NMI = 2, HARD_FAULT, MEM_FAULT, BUS_FAULT, USAGE_FAULT, SVCALL = 11, PENDSV = 14, SYSTICK = 15 };

/* CFSR (D1.2.9, D1.2.15, D1.2.261). */
enum {
    CFSR_IBUSERR = 1u << 8,
    CFSR_PRECISERR = 1u << 9,
    CFSR_UNSTKERR = 1u << 11,
    CFSR_STKERR = 1u << 12,
    CFSR_LSPERR = 1u << 13,
    CFSR_BFARVALID = 1u << 15,
    CFSR_UNDEFINSTR = 1u << 16,
    CFSR_INVSTATE = 1u << 17,
    CFSR_INVPC = 1u << 18,
    CFSR_NOCP = 1u << 19,
    CFSR_STKOF = 1u << 20,
    CFSR_UNALIGNED = 1u << 24,
    CFSR_DIVBYZERO = 1u << 25
};
#define HFSR_VECTTBL (1u << 1)
#define HFSR_FORCED (1u << 30)
#define HFSR_DEBUGEVT (1u << 31)
#define CCR_UNALIGN_TRP (1u << 3)
#define CCR_DIV_0_TRP (1u << 4)
#define SCR_SEVONPEND (1u << 4)
#define FPCCR_LSPACT 1u
#define FPCCR_TS (1u << 26)
#define FPCCR_CLRONRET (1u << 28)
#define FPCCR_LSPEN (1u << 30)
#define FPCCR_ASPEN (1u << 31)

typedef struct core core_t;
struct core {
    uint8_t *sram, *flash, *rom, *dpram, *cache_ram;
    uint32_t (*read)(uint32_t address, uint32_t size);
    void (*write)(uint32_t address, uint32_t size, uint32_t value);

    /* Registers (B3.5). While an instruction is executed, r[15] is its own address. sp_other: the stack pointer that is not
     * in use. thumb: EPSR.T. s: of the FPU. */
    uint32_t r[16];
    uint32_t n, z, c, v, q, ge, it, thumb;
    uint32_t primask, faultmask, basepri, ipsr, npriv, spsel, fpca;
    uint32_t sp_other, msplim, psplim;
    uint32_t s[32], fpscr;
    uint32_t event, exclusive, exclusive_address;

    /* System control space: exceptions below 16 as bits of sys_*, interrupts in words of 32. */
    uint32_t sys_pending, sys_active, sys_enabled;
    uint32_t irq_enabled[2], irq_pending[2], irq_lines[2], irq_active[2];
    uint8_t irq_priority[64];
    uint32_t vtor, aircr, scr, ccr, shpr[3], cfsr, hfsr, mmfar, bfar, cpacr, fpccr, fpcar, fpdscr;
    uint32_t systick_csr, systick_reload, systick_flag;
    uint32_t mpu_ctrl, mpu_rnr, mpu_rbar[MPU_REGIONS], mpu_rlar[MPU_REGIONS], mpu_mair[2];
    uint32_t demcr, dwt_ctrl;
    uint32_t dcp_engaged, dcp_x[2], dcp_y[2]; /* of the double-precision coprocessor: its operands */
    uint32_t ppb[1024]; /* registers of 0xe000e000 that have no meaning here keep what is written */
    int64_t systick_base, systick_due; /* cycles: of the last reload; of the next interrupt, -1: none */
    int64_t dwt_base;

    /* The XIP cache: counters CTR_HIT and CTR_ACC, the cycles of a miss, and the cached lines. A tag is the line's offset
     * in flash / XIP_LINE, plus one; 0 is an empty line. */
    uint32_t xip_hits, xip_accesses, xip_miss_cycles, xip_word;
    uint32_t xip_tag[XIP_SETS][XIP_WAYS];
    uint8_t xip_older[XIP_SETS], xip_pinned[XIP_SETS][XIP_WAYS];

    /* Bytes in the panel's PL022, oldest first: the queue of kesu.emulator.board.spi_port while it is lent, or only what
     * the status register shows. */
    uint32_t spi_lent, spi_count, spi_ended, spi_received, spi_byte_ns;
    uint8_t spi_value[SPI_MOST];
    int64_t spi_end_ns[SPI_MOST];
    int64_t spi_last_end_ns;
    double timer_epoch_ns; /* time at which TIMER0 was 0 */
    uint32_t i2c_raw, i2c_abort,
        i2c_level; /* of I2C1: IC_RAW_INTR_STAT, IC_TX_ABRT_SOURCE, IC_RXFLR until the next alarm */

    /* The run. cycle: since the emulator was built; cost: factor for the cycles of every instruction. */
    int64_t cycle, instructions, it_failed, cost; /* it_failed: of the instructions, those whose condition failed */
    uint32_t check;       /* an exception may have become pending */
    uint32_t left, left_op, mmio_allowed, watch_ignored, bus_error;
    uint32_t fault;       /* exception that the instruction raises, 0: none */
    uint32_t next_pc, it_kept;
    uint32_t exceptions;  /* taken so far */

    /* Watchpoints: bytes of flash (one flag in `watch` for each address from watch_base on) and one instruction by its
     * address (0: none). `watched` is the address that was hit. */
    const uint8_t *watch;
    uint32_t watch_base, watch_size, watch_pc, watched;

    shadow_t *shadow; /* not 0: where the ink is, is traced */
    uses_t *uses; /* not 0: which registers the program uses is noted */
};

/* Functions that execute an instruction return the cycles taken, or 0: it raised `fault` or is not executed (`left`). */

/* bus.c */
int load_slowly(core_t *core, uint32_t address, uint32_t size, uint32_t *value);
int store_slowly(core_t *core, uint32_t address, uint32_t size, uint32_t value);
const uint8_t *code_at(core_t *core, uint32_t address);
int xip_fetch(core_t *core, uint32_t address);
int64_t now_ns(const core_t *core);

/* exceptions.c */
int raise_fault(core_t *core, uint32_t exception, uint32_t cfsr);
int take_fault(core_t *core);
int take_pending(core_t *core);
int exception_return(core_t *core, uint32_t value);
uint32_t highest_pending(const core_t *core, int *priority);
int execution_priority(const core_t *core);
int set_sp(core_t *core, uint32_t value);
void use_stack(core_t *core, uint32_t process);
uint32_t xpsr(const core_t *core);
void pend(core_t *core, uint32_t exception);

/* scs.c */
uint32_t scs_read(core_t *core, uint32_t offset);
void scs_write(core_t *core, uint32_t offset, uint32_t value);
void systick_tick(core_t *core);

/* thumb16.c, thumb32.c, transfers.c, fpu.c, coprocessors.c, doubles.c */
int thumb16(core_t *core, uint32_t op);
int thumb32(core_t *core, uint32_t first, uint32_t second);
int transfers(core_t *core, uint32_t first, uint32_t second);
int load_multiple(core_t *core, uint32_t base, uint32_t list, uint32_t address, int update, uint32_t after);
int store_multiple(core_t *core, uint32_t base, uint32_t list, uint32_t address, int update, uint32_t after);
int transfer(core_t *core, uint32_t address, uint32_t register_number, uint32_t size, int store, int with_sign);
int fpu(core_t *core, uint32_t first, uint32_t second);
void fpu_save(core_t *core, uint32_t address);
int doubles(core_t *core, uint32_t first, uint32_t second);
int coprocessor(core_t *core, uint32_t first, uint32_t second);
int special_read(core_t *core, uint32_t number, uint32_t *value);
int special_write(core_t *core, uint32_t number, uint32_t mask, uint32_t value);

static inline uint8_t *sram_at(const core_t *core, uint32_t address, uint32_t size) {
    return address - SRAM_BASE <= SRAM_SIZE - size ? core->sram + (address - SRAM_BASE) : 0;
}

static inline int load(core_t *core, uint32_t address, uint32_t size, uint32_t *value) {
    const uint8_t *from = sram_at(core, address, size);
    if (from && !(address & (size - 1))) {
        *value = 0;
        memcpy(value, from, size);
        return 1;
    }
    return load_slowly(core, address, size, value);
}

static inline int store(core_t *core, uint32_t address, uint32_t size, uint32_t value) {
    uint8_t *to = sram_at(core, address, size);
    if (to && !(address & (size - 1))) {
        memcpy(to, &value, size);
        return 1;
    }
    return store_slowly(core, address, size, value);
}

/* The value of a register as an operand: the program counter reads as the instruction's address + 4. */
static inline uint32_t operand(const core_t *core, uint32_t number) {
    return number == 15 ? core->r[15] + 4 : core->r[number];
}

static inline void set_nz(core_t *core, uint32_t result) {
    core->n = result >> 31;
    core->z = result == 0;
}

/* AddWithCarry (E2.1.10); `flags`: whether to set them. */
static inline uint32_t add_with_carry(core_t *core, uint32_t one, uint32_t other, uint32_t carry, int flags) {
    uint64_t sum = (uint64_t)one + other + carry;
    uint32_t result = (uint32_t)sum;
    if (flags) {
        set_nz(core, result);
        core->c = (uint32_t)(sum >> 32);
        core->v = (~(one ^ other) & (one ^ result)) >> 31;
    }
    return result;
}

/* Shift_C (E2.1.366); type: 0 LSL, 1 LSR, 2 ASR, 3 ROR, 4 RRX. */
static inline uint32_t shift(uint32_t value, uint32_t type, uint32_t amount, uint32_t carry, uint32_t *carry_out) {
    *carry_out = carry;
    if (type == 4) {
        *carry_out = value & 1;
        return carry << 31 | value >> 1;
    }
    if (!amount) {
        return value;
    }
    switch (type) {
        case 0:
            *carry_out = amount > 32 ? 0 : amount == 32 ? value & 1 : value >> (32 - amount) & 1;
            return amount >= 32 ? 0 : value << amount;
        case 1: *carry_out = amount > 32 ? 0 : value >> (amount - 1) & 1; return amount >= 32 ? 0 : value >> amount;
        case 2:
            amount = amount > 32 ? 32 : amount;
            *carry_out = value >> (amount - 1) & 1;
            return (uint32_t)((int64_t)(int32_t)value >> amount);
        default:
            amount &= 31;
            value = amount ? value >> amount | value << (32 - amount) : value;
            *carry_out = value >> 31;
            return value;
    }
}

/* DecodeImmShift (E2.1.30) and the shift itself. */
static inline uint32_t shift_by_immediate(uint32_t value, uint32_t type, uint32_t imm5, uint32_t carry,
                                          uint32_t *carry_out) {
    if (type == 3 && !imm5) {
        return shift(value, 4, 1, carry, carry_out);
    }
    return shift(value, type, (type == 1 || type == 2) && !imm5 ? 32 : imm5, carry, carry_out);
}

static inline int condition_holds(const core_t *core, uint32_t condition) {
    uint32_t result;
    switch (condition >> 1) {
        case 0: result = core->z; break; /* EQ, NE */
        case 1: result = core->c; break; /* CS, CC */
        case 2: result = core->n; break; /* MI, PL */
        case 3: result = core->v; break; /* VS, VC */
        case 4: result = core->c && !core->z; break; /* HI, LS */
        case 5: result = core->n == core->v; break; /* GE, LT */
        case 6: result = core->n == core->v && !core->z; break; /* GT, LE */
        default: return 1; /* AL */
    }
    return condition & 1 ? !result : (int)result;
}

static inline int unsupported(core_t *core) {
    core->left = LEFT_UNSUPPORTED;
    return 0;
}

/* A branch that stays in Thumb state. */
static inline int jump(core_t *core, uint32_t target) {
    core->next_pc = target & ~1u;
    return 3;
}

/* BXWritePC (E2.1.24): an exception return in a handler; bit 0 is EPSR.T. */
static inline int branch_exchange(core_t *core, uint32_t target) {
    if (core->ipsr && target >> 24 == 0xff) {
        return exception_return(core, target);
    }
    core->thumb = target & 1;
    return jump(core, target);
}
#endif
