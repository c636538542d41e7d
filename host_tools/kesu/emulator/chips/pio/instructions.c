/* instructions: the nine instructions of a PIO state machine (RP2040 datasheet 3.4; RP2350 datasheet 11.4). */
/* SPDX-License-Identifier: MIT */

#include "pio.h"

enum { JMP, WAIT, IN, OUT, PUSH_PULL, MOV, IRQ, SET };

uint32_t tx_depth(const machine_t *machine) {
    return machine->shiftctrl & FJOIN_TX ? 2 * DEPTH : machine->shiftctrl & FJOIN_RX ? 0 : DEPTH;
}

uint32_t rx_depth(const machine_t *machine) {
    if (machine->shiftctrl & (RX_PUT | RX_GET)) {
        return 0;
    }
    return machine->shiftctrl & FJOIN_RX ? 2 * DEPTH : machine->shiftctrl & FJOIN_TX ? 0 : DEPTH;
}

/* The FIFOs share eight words: transmit data in the first half, received data in the second, or one of them in both. */
static uint32_t *rx_word(machine_t *machine, uint32_t index) {
    return machine->storage + (rx_depth(machine) > DEPTH ? index % STORAGE : DEPTH + index % DEPTH);
}

uint32_t take_tx(machine_t *machine) {
    uint32_t value = machine->storage[machine->tx_first];
    machine->tx_first = (machine->tx_first + 1) % tx_depth(machine);
    machine->tx_count--;
    return value;
}

void put_rx(machine_t *machine, uint32_t value) {
    *rx_word(machine, (machine->rx_first + machine->rx_count++) % rx_depth(machine)) = value;
}

/* Autopull outside OUT (3.5.4.2). */
void refill(machine_t *machine) {
    if (machine->shiftctrl & AUTOPULL && machine->osr_count >= threshold(machine->shiftctrl >> 25) &&
        machine->tx_count) {
        machine->osr = take_tx(machine);
        machine->osr_count = 0;
    }
}

/* Levels of the pins as the state machines see them in this cycle. */
static uint32_t inputs(const pio_t *pio) {
    uint32_t late = pio->level[HISTORY - 1];
    for (int at = HISTORY - 1; at >= 0; at--) {
        if (pio->since[at] <= pio->cycle - SYNCHRONISER) {
            late = pio->level[at];
        }
    }
    return (late & ~pio->bypass) | (pio->level[0] & pio->bypass);
}

static uint32_t in_pins(const pio_t *pio, const machine_t *machine) {
    uint32_t value = rotate_left(inputs(pio), 32 - (machine->pinctrl >> 15 & 31));
    return pio->version ? value & lowest(threshold(machine->shiftctrl)) : value;
}

static uint32_t status(const pio_t *pio, const machine_t *machine) {
    uint32_t n = machine->execctrl & (pio->version ? 31 : 15);
    uint32_t select = pio->version ? machine->execctrl >> 5 & 3 : machine->execctrl >> 4 & 1;
    if (select == 2) {
        uint32_t flags = n >> 3 == 1 ? pio->irq_prev : n >> 3 == 2 ? pio->irq_next : pio->irq_before;
        return flags >> (n & 7) & 1 ? UINT32_MAX : 0;
    }
    return (select ? machine->rx_count : machine->tx_count) < n ? UINT32_MAX : 0;
}

static uint32_t source(const pio_t *pio, const machine_t *machine, uint32_t from) {
    switch (from) {
        case 0: return in_pins(pio, machine);
        case 1: return machine->x;
        case 2: return machine->y;
        case 5: return status(pio, machine);
        case 6: return machine->isr;
        case 7: return machine->osr;
        default: return 0; /* NULL, and a reserved source */
    }
}

static void drive(uint32_t *pins, uint32_t value, uint32_t base, uint32_t count) {
    uint32_t mask = rotate_left(lowest(count), base);
    *pins = (*pins & ~mask) | (rotate_left(value, base) & mask);
}

/* OUT and MOV to PINS and PINDIRS. */
static void drive_out(pio_t *pio, const machine_t *machine, uint32_t *pins, uint32_t value, int with_enable) {
    if (machine->execctrl & OUT_STICKY) {
        pio->unsupported = 1;
    }
    if (with_enable && machine->execctrl & INLINE_OUT_EN && !(value >> (machine->execctrl >> 19 & 31) & 1)) {
        return;
    }
    drive(pins, value, machine->pinctrl & 31, machine->pinctrl >> 20 & 63);
}

static void side_set(pio_t *pio, const machine_t *machine, uint32_t field) {
    uint32_t count = machine->pinctrl >> 29, value;
    if (!count) {
        return;
    }
    value = field >> (5 - count);
    if (machine->execctrl & SIDE_EN) {
        if (!(field & 16)) {
            return;
        }
        count--;
    }
    drive(machine->execctrl & SIDE_PINDIR ? &pio->oe : &pio->out, value, machine->pinctrl >> 10 & 31, count);
}

static int jump(const pio_t *pio, machine_t *machine, uint32_t condition) {
    switch (condition) {
        case 1: return !machine->x;
        case 2: return machine->x-- != 0;
        case 3: return !machine->y;
        case 4: return machine->y-- != 0;
        case 5: return machine->x != machine->y;
        case 6: return (int)(inputs(pio) >> (machine->execctrl >> 24 & 31) & 1);
        case 7: return machine->osr_count < threshold(machine->shiftctrl >> 25);
        default: return 1;
    }
}

/* The flag of an index field, relative to the state machine if its bit 4 says so (3.4.9). */
static uint32_t flag(uint32_t number, uint32_t index) {
    return 1u << (index & 16 ? (index & 4) | ((index + number) & 3) : index & 7);
}

/* Index modes 1 and 3 of the RP2350: the neighbouring blocks (RP2350 datasheet 11.4.9). */
static int of_neighbour(const pio_t *pio, uint32_t index) {
    return pio->version && index & 8;
}

static int wait(pio_t *pio, const machine_t *machine, uint32_t number, uint32_t arg) {
    uint32_t index = arg & 31, polarity = arg >> 7, bit;
    switch (arg >> 5 & 3) {
        case 0: return (inputs(pio) >> index & 1) == polarity;
        case 1: return (in_pins(pio, machine) >> index & 1) == polarity;
        case 3:
            if (!pio->version) {
                pio->unsupported = 1;
            }
            return (inputs(pio) >> ((machine->execctrl >> 24) + (index & 3)) % 32 & 1) == polarity;
        default: break;
    }
    if (of_neighbour(pio, index)) {
        bit = 1u << (index & 7);
        if (((index & 16 ? pio->irq_next : pio->irq_prev) & bit ? 1 : 0) != (int)polarity) {
            return 0;
        }
        *(index & 16 ? &pio->clear_next : &pio->clear_prev) |= polarity ? bit : 0;
        return 1;
    }
    bit = flag(number, index);
    if ((pio->irq_before & bit ? 1u : 0u) != polarity) {
        return 0;
    }
    pio->irq &= polarity ? ~bit : UINT32_MAX; /* WAIT 1 IRQ clears the flag */
    return 1;
}

static int push(pio_t *pio, machine_t *machine, uint32_t number, int block) {
    if (machine->rx_count >= rx_depth(machine)) {
        pio->fdebug |= 1u << (RXSTALL + number);
        if (block) {
            return 0;
        }
    } else {
        put_rx(machine, machine->isr);
    }
    machine->isr = machine->isr_count = 0;
    return 1;
}

static int in(pio_t *pio, machine_t *machine, uint32_t number, uint32_t arg) {
    uint32_t count = threshold(arg), value = source(pio, machine, arg >> 5) & lowest(count);
    if (!machine->half) {
        if (count == 32) {
            machine->isr = value;
        } else if (machine->shiftctrl & IN_RIGHT) {
            machine->isr = machine->isr >> count | value << (32 - count);
        } else {
            machine->isr = machine->isr << count | value;
        }
        machine->isr_count = machine->isr_count + count > 32 ? 32 : machine->isr_count + count;
    }
    if (machine->shiftctrl & AUTOPUSH && machine->isr_count >= threshold(machine->shiftctrl >> 20)) {
        machine->half = 1;
        return push(pio, machine, number, 1);
    }
    return 1;
}

static int out(pio_t *pio, machine_t *machine, uint32_t number, uint32_t arg, int *moved) {
    uint32_t count = threshold(arg), value;
    if (machine->shiftctrl & AUTOPULL && machine->osr_count >= threshold(machine->shiftctrl >> 25)) {
        if (!machine->tx_count) {
            pio->fdebug |= 1u << (TXSTALL + number);
        }
        refill(machine);
        return 0;
    }
    if (machine->shiftctrl & OUT_RIGHT) {
        value = machine->osr & lowest(count);
        machine->osr = count == 32 ? 0 : machine->osr >> count;
    } else {
        value = machine->osr >> (32 - count);
        machine->osr = count == 32 ? 0 : machine->osr << count;
    }
    machine->osr_count = machine->osr_count + count > 32 ? 32 : machine->osr_count + count;
    switch (arg >> 5) {
        case 0: drive_out(pio, machine, &pio->out, value, 1); break;
        case 1: machine->x = value; break;
        case 2: machine->y = value; break;
        case 4: drive_out(pio, machine, &pio->oe, value, 1); break;
        case 5:
            machine->pc = value & 31;
            *moved = 1;
            break;
        case 6:
            machine->isr = value;
            machine->isr_count = count;
            break;
        case 7:
            machine->op = value & 0xffff;
            machine->source = FROM_EXEC;
            break;
        default: break; /* NULL */
    }
    refill(machine);
    return 1;
}

/* MOV between the receive FIFO's storage and a shift register (RP2350 datasheet 11.4.8, 11.4.9). */
static int rx_storage(pio_t *pio, machine_t *machine, uint32_t arg) {
    uint32_t *word = machine->storage + DEPTH + ((arg & 8 ? arg : machine->y) & 3);
    if (!pio->version) {
        pio->unsupported = 1;
    } else if (arg & 0x80) {
        machine->osr = *word;
        machine->osr_count = 0;
    } else {
        *word = machine->isr;
        machine->isr_count = 0;
    }
    return 1;
}

static int push_or_pull(pio_t *pio, machine_t *machine, uint32_t number, uint32_t arg) {
    int block = arg >> 5 & 1, conditional = arg >> 6 & 1;
    if (arg & 16) {
        return rx_storage(pio, machine, arg);
    }
    if (!(arg & 0x80)) {
        if (conditional && machine->isr_count < threshold(machine->shiftctrl >> 20)) {
            return 1;
        }
        return push(pio, machine, number, block);
    }
    if ((conditional && machine->osr_count < threshold(machine->shiftctrl >> 25)) ||
        (machine->shiftctrl & AUTOPULL && !machine->osr_count)) {
        return 1;
    }
    if (machine->tx_count) {
        machine->osr = take_tx(machine);
    } else {
        pio->fdebug |= 1u << (TXSTALL + number);
        if (block) {
            return 0;
        }
        machine->osr = machine->x;
    }
    machine->osr_count = 0;
    return 1;
}

static uint32_t reversed(uint32_t value) {
    uint32_t result = 0;
    for (int bit = 0; bit < 32; bit++) {
        result = result << 1 | (value >> bit & 1);
    }
    return result;
}

static int mov(pio_t *pio, machine_t *machine, uint32_t arg, int *moved) {
    uint32_t value = source(pio, machine, arg & 7), operation = arg >> 3 & 3;
    value = operation == 1 ? ~value : operation == 2 ? reversed(value) : value;
    switch (arg >> 5) {
        case 0: drive_out(pio, machine, &pio->out, value, 0); break;
        case 1: machine->x = value; break;
        case 2: machine->y = value; break;
        case 3:
            if (pio->version) {
                drive_out(pio, machine, &pio->oe, value, 0);
            }
            break;
        case 4:
            machine->op = value & 0xffff;
            machine->source = FROM_EXEC;
            break;
        case 5:
            machine->pc = value & 31;
            *moved = 1;
            break;
        case 6:
            machine->isr = value;
            machine->isr_count = 0;
            break;
        default:
            machine->osr = value;
            machine->osr_count = 0;
            break;
    }
    return 1;
}

static int irq(pio_t *pio, machine_t *machine, uint32_t number, uint32_t arg) {
    uint32_t index = arg & 31, bit = of_neighbour(pio, index) ? 1u << (index & 7) : flag(number, index);
    if (of_neighbour(pio, index)) {
        if (arg & 0x20) {
            pio->unsupported = 1; /* to wait until a neighbour clears its flag */
        } else if (arg & 0x40) {
            *(index & 16 ? &pio->clear_next : &pio->clear_prev) |= bit;
        } else {
            *(index & 16 ? &pio->set_next : &pio->set_prev) |= bit;
        }
        return 1;
    }
    if (arg & 0x40) {
        pio->irq &= ~bit;
        return 1;
    }
    if (!machine->half) {
        pio->irq |= bit;
        machine->half = 1;
        return !(arg & 0x20);
    }
    return !(pio->irq_before & bit);
}

static int set(pio_t *pio, machine_t *machine, uint32_t arg) {
    uint32_t value = arg & 31, base = machine->pinctrl >> 5 & 31, count = machine->pinctrl >> 26 & 7;
    switch (arg >> 5) {
        case 0: drive(&pio->out, value, base, count); break;
        case 1: machine->x = value; break;
        case 2: machine->y = value; break;
        case 4: drive(&pio->oe, value, base, count); break;
        default: break;
    }
    return 1;
}

/* Execute one instruction: 1 if it completed, 0 if it stalls. moved: set to 1 if it wrote the program counter. Side-set
 * happens also in a cycle that stalls (3.5.1). */
int execute(pio_t *pio, uint32_t number, uint32_t op, int *moved) {
    machine_t *machine = pio->machine + number;
    uint32_t arg = op & 0xff;
    side_set(pio, machine, op >> 8 & 31);
    switch (op >> 13) {
        case JMP:
            if (jump(pio, machine, arg >> 5)) {
                machine->pc = arg & 31;
                *moved = 1;
            }
            return 1;
        case WAIT: return wait(pio, machine, number, arg);
        case IN: return in(pio, machine, number, arg);
        case OUT: return out(pio, machine, number, arg, moved);
        case PUSH_PULL: return push_or_pull(pio, machine, number, arg);
        case MOV: return mov(pio, machine, arg, moved);
        case IRQ: return irq(pio, machine, number, arg);
        default: return set(pio, machine, arg);
    }
}
