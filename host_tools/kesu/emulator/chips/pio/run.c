/* run: the ticks of the four state machines of a block, in the order of time. */
/* SPDX-License-Identifier: MIT */

#include "pio.h"

static const machine_t MACHINE_AT_RESET = {
    .execctrl = 0x1f << 12, .shiftctrl = 3 << 18, .pinctrl = 5u << 26, .divider = 256, .osr_count = 32, .due = 0
};

/* Levels on the pads: of pins that the block drives, its own. */
static uint32_t pads(const pio_t *pio) {
    uint32_t driven = pio->own & pio->oe;
    return (pio->outside & ~driven) | (pio->out & driven);
}

static int active(const machine_t *machine) {
    return machine->enabled || machine->source == FROM_REGISTER;
}

/* The first tick of a state machine's clock at or after a cycle. Its divider runs freely (3.5.5). */
static void not_before(machine_t *machine, int64_t cycle) {
    int64_t late = cycle * 256 - machine->due;
    if (late > 0) {
        machine->due += (late + machine->divider - 1) / machine->divider * machine->divider;
    }
}

/* Whether a state machine that sleeps waits for one of `pins`: a stalled instruction of another kind than WAIT GPIO, WAIT
 * PIN (3.4.3) and WAIT JMPPIN (RP2350 datasheet 11.4.3) waits for no pin. */
static int waits_for(const pio_t *pio, const machine_t *machine, uint32_t pins) {
    uint32_t op = machine->source == FROM_PROGRAM ? pio->code[machine->pc] : machine->op, pin = op & 31;
    if (op >> 13 != 1) {
        return 0;
    }
    switch (op >> 5 & 3) {
        case 0: break;
        case 1: pin += machine->pinctrl >> 15 & 31; break;
        case 3: pin = (machine->execctrl >> 24 & 31) + (op & 3); break;
        default: return 0;
    }
    return (int)(pins >> (pin & 31) & 1);
}

/* Something that a stalled state machine may wait for has changed: those look again, until the change has come through
 * the synchroniser. pins: those that changed, 0 if it was something else. */
static void wake(pio_t *pio, int64_t cycle, uint32_t pins) {
    int woken = 0;
    for (int number = 0; number < MACHINES; number++) {
        machine_t *machine = pio->machine + number;
        if (machine->asleep && (!pins || waits_for(pio, machine, pins))) {
            machine->asleep = 0;
            not_before(machine, cycle + (pins && !(pins & pio->bypass) ? SYNCHRONISER : 0));
            woken = 1;
        } else if (!pins && machine->stalled) { /* woken by a pin, for the end of the synchroniser */
            int64_t early = machine->due - cycle * 256;
            machine->due -= early > 0 ? early / machine->divider * machine->divider : 0;
        }
        woken |= active(machine) && !machine->asleep;
    }
    if (woken) {
        pio->recheck = cycle + SYNCHRONISER + 1;
    }
}

/* Take the levels of the pads into the history, if they differ. */
void pins_moved(pio_t *pio, int64_t cycle) {
    uint32_t level = pads(pio), moved = level ^ pio->level[0];
    if (!moved) {
        return;
    }
    if (cycle > pio->since[0]) {
        memmove(pio->level + 1, pio->level, sizeof pio->level - sizeof pio->level[0]);
        memmove(pio->since + 1, pio->since, sizeof pio->since - sizeof pio->since[0]);
        pio->since[0] = cycle;
    }
    pio->level[0] = level;
    wake(pio, cycle, moved);
}

/* INTR (3.7): receive FIFO not empty, transmit FIFO not full, flags. */
static uint32_t raw_interrupts(const pio_t *pio) {
    uint32_t raw = (pio->irq & (pio->version ? 0xff : 0xf)) << 8;
    for (int number = 0; number < MACHINES; number++) {
        const machine_t *machine = pio->machine + number;
        raw |= (machine->rx_count ? 1u : 0u) << number;
        raw |= (machine->tx_count < tx_depth(machine) ? 16u : 0u) << number;
    }
    return raw;
}

/* What the rest of the chip sees: data requests (bits 0 to 7), the two interrupt lines (8, 9), the flags that both chips'
 * neighbours may read (16 to 23). */
uint32_t signals_of(const pio_t *pio) {
    uint32_t raw = raw_interrupts(pio), signals = raw & 0xff;
    for (int line = 0; line < 2; line++) {
        signals |= ((raw & pio->inte[line]) | pio->intf[line] ? 0x100u : 0u) << line;
    }
    return signals | (pio->version ? pio->irq << 16 : 0);
}

static void advance_pc(machine_t *machine) {
    uint32_t top = machine->execctrl >> 12 & 31, bottom = machine->execctrl >> 7 & 31;
    machine->pc = machine->pc == top ? bottom : (machine->pc + 1) & 31;
}

static uint32_t delay_of(const machine_t *machine, uint32_t op) {
    return op >> 8 & 31 & (lowest(5 - (machine->pinctrl >> 29)));
}

/* One tick: the instruction that is due, once. */
static void tick(pio_t *pio, uint32_t number) {
    machine_t *machine = pio->machine + number;
    uint32_t from = machine->source, op = from == FROM_PROGRAM ? pio->code[machine->pc] : machine->op;
    int moved = 0, done;
    machine->delayed = 0;
    machine->source = FROM_PROGRAM;
    done = execute(pio, number, op, &moved);
    machine->due += machine->divider;
    if (!done) {
        machine->source = from;
        machine->stalled = 1;
        if (op >> 13 != 3) {
            refill(machine);
        }
        /* OUT that has just refilled its register does not wait for anything */
        machine->asleep = pio->cycle >= pio->recheck && !(op >> 13 == 3 && machine->osr_count == 0);
        return;
    }
    machine->stalled = machine->half = 0;
    if (from == FROM_PROGRAM && !moved) {
        advance_pc(machine);
    }
    if (op >> 13 != 3) { /* after MOV OSR and PULL the register is full, and OUT has refilled it itself */
        refill(machine);
    }
    if (from != FROM_REGISTER && machine->source == FROM_PROGRAM) { /* none for OUT EXEC and MOV EXEC themselves */
        machine->delayed = delay_of(machine, op);
        machine->due += (int64_t)machine->delayed * machine->divider;
    }
}

static int64_t next_cycle(const pio_t *pio) {
    int64_t due = NEVER;
    for (int number = 0; number < MACHINES; number++) {
        const machine_t *machine = pio->machine + number;
        if (active(machine) && !machine->asleep && machine->due < due) {
            due = machine->due;
        }
    }
    return due == NEVER ? NEVER : (due + 255) / 256;
}

static int64_t next_edge(const pio_t *pio) {
    return pio->wave_at < pio->wave_count ? pio->wave[pio->wave_at].cycle : NEVER;
}

static int64_t next_event(const pio_t *pio) {
    int64_t cycle = next_cycle(pio), edge = next_edge(pio);
    return cycle < edge ? cycle : edge;
}

/* Take the edges that are due into the levels of the pads. */
static void take_edges(pio_t *pio) {
    while (next_edge(pio) <= pio->cycle) {
        const edge_t *edge = pio->wave + pio->wave_at++;
        pio->outside = (pio->outside & ~pio->waved) | ((uint32_t)edge->level & pio->waved);
        pins_moved(pio, pio->cycle);
    }
}

static int changed(pio_t *pio) {
    return signals_of(pio) != pio->signals || (pads(pio) ^ pio->seen_pins) & pio->watched || pio->unsupported ||
           pio->set_prev | pio->set_next | pio->clear_prev | pio->clear_next;
}

static void execute_now(pio_t *pio, uint32_t number, uint32_t op);
uint32_t kesu_pio_get(pio_t *pio, uint32_t number);

/* Lent DMA channels take what the receive FIFOs have. */
static void empty_fifos(pio_t *pio) {
    for (uint32_t number = 0; number < MACHINES; number++) {
        machine_t *machine = pio->machine + number;
        drain_t *drain = pio->drain + number;
        while (machine->rx_count && drain->left) {
            uint32_t value = kesu_pio_get(pio, number);
            drain->left--;
            drain->moved++;
            if (drain->instr) {
                execute_now(pio, drain->instr - 1, value & 0xffff);
                continue;
            }
            if (!pio->ahead) {
                memcpy(drain->memory + drain->to, &value, drain->size);
            }
            drain->to = (drain->to & ~drain->ring) | ((drain->to + drain->size) & drain->ring);
        }
    }
}

/* Execute all cycles before `until`, or end with the first that changes what others see: an interrupt line, a data
 * request, a watched pin. Returns whether it did. */
int kesu_pio_run(pio_t *pio, int64_t until) {
    for (;;) {
        int64_t cycle = next_event(pio);
        if (cycle >= until) {
            pio->cycle = until > pio->cycle ? until : pio->cycle;
            return 0;
        }
        pio->cycle = cycle > pio->cycle ? cycle : pio->cycle;
        take_edges(pio);
        if (next_cycle(pio) > pio->cycle) {
            continue;
        }
        pio->irq_before = pio->irq;
        uint32_t fifos = signals_of(pio);
        for (uint32_t number = 0; number < MACHINES; number++) {
            machine_t *machine = pio->machine + number;
            if (active(machine) && !machine->asleep && (machine->due + 255) / 256 <= pio->cycle) {
                tick(pio, number);
            }
        }
        pio->cycle++;
        pins_moved(pio, pio->cycle);
        empty_fifos(pio);
        if (pio->irq != pio->irq_before || signals_of(pio) != fifos) {
            wake(pio, pio->cycle, 0);
        }
        if (changed(pio)) {
            return 1;
        }
    }
}

/* The cycle at which a run from here would end with a change, at most `until`; `ahead` receives the state then. NEVER: no
 * state machine has anything to do until something from outside happens. */
int64_t kesu_pio_look(const pio_t *pio, pio_t *ahead, int64_t until) {
    if (next_event(pio) == NEVER) {
        return NEVER;
    }
    memcpy(ahead, pio, sizeof *pio);
    ahead->ahead = 1;
    if (changed(ahead)) {
        return ahead->cycle;
    }
    return kesu_pio_run(ahead, until) || next_event(ahead) != NEVER ? ahead->cycle : NEVER;
}

uint32_t kesu_pio_signals(const pio_t *pio) {
    return signals_of(pio);
}

/* Remember what others see as reported. Returns the signals. */
uint32_t kesu_pio_reported(pio_t *pio) {
    pio->signals = signals_of(pio);
    pio->seen_pins = pads(pio);
    return pio->signals;
}

/* Pins that the block has, levels of the others, pins to watch, flags of the neighbours. */
void kesu_pio_outside(pio_t *pio, uint32_t own, uint32_t outside, uint32_t watched, uint32_t prev, uint32_t next) {
    if (pio->irq_prev != prev || pio->irq_next != next) {
        pio->irq_prev = prev;
        pio->irq_next = next;
        wake(pio, pio->cycle, 0);
    }
    pio->own = own;
    pio->outside = (outside & ~pio->waved) | (pio->outside & pio->waved);
    pio->watched = watched;
    pins_moved(pio, pio->cycle);
}

/* A reset of the block; the wires keep their levels. */
void kesu_pio_reset(pio_t *pio) {
    pio_t before = *pio;
    memset(pio, 0, sizeof *pio);
    pio->cycle = before.cycle;
    pio->version = before.version;
    pio->outside = before.outside & before.waved;
    pio->wave = before.wave;
    pio->waved = before.waved;
    pio->wave_at = before.wave_at;
    pio->wave_count = before.wave_count;
    memcpy(pio->drain, before.drain, sizeof before.drain);
    for (int number = 0; number < MACHINES; number++) {
        pio->machine[number] = MACHINE_AT_RESET;
        not_before(pio->machine + number, pio->cycle);
    }
}

/* An instruction written to SMx_INSTR: executed at once, without its delay; latched if it stalls (3.5.7). */
static void execute_now(pio_t *pio, uint32_t number, uint32_t op) {
    machine_t *machine = pio->machine + number;
    int moved = 0;
    pio->irq_before = pio->irq;
    machine->half = machine->stalled = machine->asleep = 0;
    machine->source = FROM_PROGRAM;
    if (!execute(pio, number, op & 0xffff, &moved)) {
        machine->op = op & 0xffff;
        machine->source = FROM_REGISTER;
        machine->stalled = 1;
    } else {
        machine->half = 0;
    }
    not_before(machine, pio->cycle);
    pins_moved(pio, pio->cycle);
    wake(pio, pio->cycle, 0);
}

void kesu_pio_execute(pio_t *pio, uint32_t number, uint32_t op) {
    execute_now(pio, number, op);
}

/* CTRL: enable, restart, restart of the dividers; four bits each. */
void kesu_pio_control(pio_t *pio, uint32_t enable, uint32_t restart, uint32_t divider) {
    for (uint32_t number = 0; number < MACHINES; number++) {
        machine_t *machine = pio->machine + number;
        if (restart >> number & 1) { /* 3.7, SM_RESTART */
            machine->isr = machine->isr_count = machine->stalled = machine->half = machine->delayed = 0;
            machine->osr_count = 32;
            machine->source = FROM_PROGRAM;
            machine->asleep = 0;
        }
        if (divider >> number & 1) {
            machine->due = pio->cycle * 256;
        }
        machine->enabled = enable >> number & 1;
        not_before(machine, pio->cycle);
    }
    wake(pio, pio->cycle, 0);
}

/* A word for the transmit FIFO of a state machine; one too many is lost (FDEBUG.TXOVER). */
void kesu_pio_put(pio_t *pio, uint32_t number, uint32_t value) {
    machine_t *machine = pio->machine + number;
    if (machine->tx_count >= tx_depth(machine)) {
        pio->fdebug |= 1u << (TXOVER + number);
        return;
    }
    machine->storage[(machine->tx_first + machine->tx_count++) % tx_depth(machine)] = value;
    if (machine->enabled && machine->delayed && (machine->due + 255) / 256 > pio->cycle) {
        refill(machine); /* in the next cycle of the delay, which makes room for another word (3.5.4.2) */
    }
    wake(pio, pio->cycle, 0);
}

/* The next word of the receive FIFO; of an empty one, the word that was read last (FDEBUG.RXUNDER). */
uint32_t kesu_pio_get(pio_t *pio, uint32_t number) {
    machine_t *machine = pio->machine + number;
    uint32_t depth = rx_depth(machine), first = machine->rx_first;
    uint32_t half = depth > DEPTH ? 0 : DEPTH, full = machine->rx_count == depth;
    if (!machine->rx_count) {
        pio->fdebug |= 1u << (RXUNDER + number);
        return depth ? machine->storage[half + (first + depth - 1) % depth] : 0;
    }
    machine->rx_first = (first + 1) % depth;
    machine->rx_count--;
    if (full) { /* nothing waits for less */
        wake(pio, pio->cycle, 0);
    }
    return machine->storage[half + first];
}

/* CLKDIV, EXECCTRL, SHIFTCTRL, PINCTRL (0 to 3 in this order) of a state machine. */
void kesu_pio_configure(pio_t *pio, uint32_t number, uint32_t which, uint32_t value) {
    machine_t *machine = pio->machine + number;
    switch (which) {
        case 0:
            machine->divider = (value >> 16 ? value >> 16 : 65536) << 8 | (value >> 8 & 255); /* 0 is 65536 */
            break;
        case 1: machine->execctrl = value & 0x7fffffff; break;
        case 2:
            value &= pio->version ? 0xffffc01f : 0xffff0000;
            if (value & (RX_PUT | RX_GET)) {
                value &= ~(FJOIN_RX | FJOIN_TX);
            }
            if ((machine->shiftctrl ^ value) & (FJOIN_RX | FJOIN_TX | RX_PUT | RX_GET)) {
                machine->tx_first = machine->tx_count = machine->rx_first = machine->rx_count = 0;
            }
            machine->shiftctrl = value;
            break;
        default: machine->pinctrl = value; break;
    }
    wake(pio, pio->cycle, 0);
}

uint32_t kesu_pio_size(void) {
    return sizeof(pio_t);
}
