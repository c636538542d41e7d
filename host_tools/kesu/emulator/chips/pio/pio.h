/* pio: state of one PIO block (RP2040 datasheet chapter 3, RP2350 datasheet chapter 11). */
/* SPDX-License-Identifier: MIT
 *
 * Section numbers are those of the RP2040 datasheet unless the RP2350's is named.
 */
#ifndef KESU_PIO_H
#define KESU_PIO_H

#include <stdint.h>
#include <string.h>

enum { MACHINES = 4, CODE = 32, STORAGE = 8, DEPTH = 4, HISTORY = 4 };

#define NEVER (INT64_MAX / 2)
#define SYNCHRONISER 2 /* cycles from a pin to a state machine (3.5.6.3) */

/* EXECCTRL, SHIFTCTRL (3.7). */
#define SIDE_EN (1u << 30)
#define SIDE_PINDIR (1u << 29)
#define INLINE_OUT_EN (1u << 18)
#define OUT_STICKY (1u << 17)
#define FJOIN_RX (1u << 31)
#define FJOIN_TX (1u << 30)
#define OUT_RIGHT (1u << 19)
#define IN_RIGHT (1u << 18)
#define AUTOPULL (1u << 17)
#define AUTOPUSH (1u << 16)
#define RX_PUT (1u << 15) /* RP2350 */
#define RX_GET (1u << 14) /* RP2350 */

/* FDEBUG: one bit for each state machine. */
enum { RXSTALL = 0, RXUNDER = 8, TXOVER = 16, TXSTALL = 24 };

/* What a state machine executes next: its program, an instruction from OUT EXEC or MOV EXEC, or one that was written to
 * SMx_INSTR and could not be completed yet. */
enum { FROM_PROGRAM, FROM_EXEC, FROM_REGISTER };

typedef struct {
    uint32_t execctrl, shiftctrl, pinctrl, divider; /* divider: in 1/256 of a cycle */
    uint32_t x, y, isr, osr, isr_count, osr_count, pc;
    uint32_t enabled, source, op, delayed;
    uint32_t stalled;  /* the instruction did not complete */
    uint32_t half;     /* of a stalled instruction, the part before the stall is done */
    uint32_t asleep;   /* nothing has happened that could end the stall */
    uint32_t storage[STORAGE], tx_first, tx_count, rx_first, rx_count;
    int64_t due;       /* next tick of its clock divider, in 1/256 of a cycle */
} machine_t;

/* Levels that pins get from outside at a cycle to come: of those in pio_t.waved. */
typedef struct {
    int64_t cycle;
    uint64_t level;
} edge_t;

/* A DMA channel that empties the receive FIFO of a state machine, lent to this block: each word goes to memory at once, in
 * a ring of `ring` + 1 bytes, or to SMx_INSTR of state machine `instr`, counted from 1. */
typedef struct {
    uint8_t *memory;
    uint32_t to, ring, size, left, instr, moved;
} drain_t;

typedef struct {
    int64_t cycle;        /* all cycles before this one have been executed */
    int64_t recheck;      /* until this cycle, stalled state machines look again at each tick */
    uint32_t version;     /* 0: RP2040, 1: RP2350 */
    uint32_t code[CODE];
    uint32_t irq, irq_before, irq_prev, irq_next; /* flags; as the cycle began; of the neighbouring blocks */
    uint32_t set_prev, set_next, clear_prev, clear_next; /* what IRQ PREV and NEXT did to the neighbours */
    uint32_t fdebug, bypass, inte[2], intf[2];
    uint32_t out, oe;     /* levels and directions that the state machines have set */
    uint32_t own, outside, watched; /* pins that this block has; levels of all others; pins whose change is an event */
    uint32_t level[HISTORY]; /* levels of all pins, the newest first, and the cycle from which each holds */
    int64_t since[HISTORY];
    const edge_t *wave; /* edges to come, in the order of time; of a copy that looks ahead, the same ones */
    uint32_t waved, wave_at, wave_count;
    uint32_t ahead; /* this is a copy that looks ahead: it must not write to memory */
    drain_t drain[MACHINES];
    uint32_t signals; /* interrupt lines and data requests as they were reported last */
    uint32_t seen_pins; /* watched pins as they were reported last */
    uint32_t unsupported; /* an instruction or setting that this model does not have */
    machine_t machine[MACHINES];
} pio_t;

/* instructions.c */
int execute(pio_t *pio, uint32_t number, uint32_t op, int *moved);
void refill(machine_t *machine);
uint32_t tx_depth(const machine_t *machine);
uint32_t rx_depth(const machine_t *machine);
uint32_t take_tx(machine_t *machine);
void put_rx(machine_t *machine, uint32_t value);

/* run.c */
void pins_moved(pio_t *pio, int64_t cycle);
uint32_t signals_of(const pio_t *pio);

static inline uint32_t rotate_left(uint32_t value, uint32_t by) {
    return by & 31 ? value << (by & 31) | value >> (32 - (by & 31)) : value;
}

static inline uint32_t lowest(uint32_t count) {
    return count >= 32 ? UINT32_MAX : (1u << count) - 1;
}

static inline uint32_t threshold(uint32_t field) {
    return field & 31 ? field & 31 : 32;
}
#endif
