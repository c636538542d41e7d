/* controller: commands, window and planes out of the words of the SPI sink: DC and MOSI of eight rising edges
 * in turn, the first edge highest. Facts: docs/hardware-facts.md A.2. SPDX-License-Identifier: MIT */
#include "controller.h"

#define DC_OF_LAST_BIT 2u

static uint32_t byte_of(uint32_t word) {
    word &= 0x5555u;
    word = (word | word >> 1) & 0x3333u;
    word = (word | word >> 2) & 0x0f0fu;
    return (word | word >> 4) & 0xffu;
}

/* RST or SWRESET: registers, not the planes. */
void controller_reset(controller_t *panel) {
    panel->op = 0x7f;
    panel->got = panel->asleep = 0;
    panel->entry = 3;
    panel->x = panel->y = panel->x_from = panel->y_from = 0;
    panel->x_to = panel->y_to = 0xffff; /* the whole RAM */
}

void controller_power(controller_t *panel) {
    for (uint32_t i = 0; i < PLANE; i++) {
        panel->plane[0][i] = panel->plane[1][i] = (uint8_t)(i * 37 + 11); /* not what any plane had */
    }
    controller_reset(panel);
}

static void command(controller_t *panel, const fitted_t *fitted, uint32_t op) {
    panel->commands++;
    if (op == 0x12) {
        controller_reset(panel);
        panel->act[panel->acts++ % ACTS] = 2000;
    } else if (op == 0x20) {
        panel->act[panel->acts++ % ACTS] = fitted->us;
    }
    panel->op = op;
    panel->got = 0;
}

static void parameter(controller_t *panel, uint32_t byte) {
    uint8_t *p = panel->parameter;
    uint32_t got = panel->got++;
    if (got < sizeof(panel->parameter)) {
        p[got] = (uint8_t)byte;
    }
    switch (panel->op << 4 | got) {
        case 0x100: panel->asleep = byte & 3; break;
        case 0x110: panel->entry = byte & 7; break;
        case 0x441:
            panel->x_from = p[0] & 63;
            panel->x_to = byte & 63;
            break;
        case 0x453:
            panel->y_from = (p[0] | (uint32_t)p[1] << 8) & 511;
            panel->y_to = (p[2] | byte << 8) & 511;
            break;
        case 0x4e0: panel->x = byte & 63; break;
        case 0x4f1: panel->y = (p[0] | byte << 8) & 511; break;
        default: break;
    }
}

static uint32_t next(uint32_t at, uint32_t from, uint32_t to, uint32_t up, uint32_t mask) {
    return at == to ? from : (at + (up ? 1u : mask)) & mask;
}

static void advance(controller_t *panel) {
    uint32_t up_x = panel->entry & 1, up_y = panel->entry >> 1 & 1;
    if (panel->entry & 4) {
        if (panel->y == panel->y_to) {
            panel->x = next(panel->x, panel->x_from, panel->x_to, up_x, 63);
        }
        panel->y = next(panel->y, panel->y_from, panel->y_to, up_y, 511);
    } else {
        if (panel->x == panel->x_to) {
            panel->y = next(panel->y, panel->y_from, panel->y_to, up_y, 511);
        }
        panel->x = next(panel->x, panel->x_from, panel->x_to, up_x, 63);
    }
}

/* The loop for each byte of a plane, alone so that it has enough registers: some 30 cycles. */
static __attribute__((noinline)) uint32_t stored(uint8_t *at, int32_t step, const uint16_t *words, uint32_t count) {
    const uint16_t *from = words, *end = words + count;
    while (words < end && *words & DC_OF_LAST_BIT) {
        *at = (uint8_t)byte_of(*words++);
        at += step;
    }
    return (uint32_t)(words - from);
}

/* Data for a plane: as many words as end within the row, or the column of the RAM. Returns how many. */
static uint32_t row(controller_t *panel, const fitted_t *fitted, uint8_t *plane, const uint16_t *words,
                    uint32_t count) {
    uint32_t along_y = panel->entry & 4, up = panel->entry & (along_y ? 2 : 1), done;
    uint32_t from = along_y ? panel->y : panel->x, to = along_y ? panel->y_to : panel->x_to;
    uint32_t left = (up ? to - from : from - to) + 1;
    int32_t step = (along_y ? (int32_t)fitted->stride : 1) * (up ? 1 : -1);
    done = stored(plane + panel->y * fitted->stride + panel->x, step, words, count < left ? count : left);
    *(along_y ? &panel->y : &panel->x) = up ? from + done - 1 : from - (done - 1);
    advance(panel);
    return done;
}

/* Whether the counters are in their window, and it is in the RAM. */
static uint32_t within(uint32_t at, uint32_t from, uint32_t to, uint32_t size) {
    return at < size && from < size && to < size && (from <= to ? at >= from && at <= to : at <= from && at >= to);
}

void controller_words(controller_t *panel, const fitted_t *fitted, const uint16_t *words, uint32_t count) {
    for (uint32_t i = 0; i < count;) {
        uint32_t word = words[i];
        panel->x_to = panel->x_to == 0xffff ? fitted->stride - 1 : panel->x_to;
        panel->y_to = panel->y_to == 0xffff ? fitted->rows - 1 : panel->y_to;
        if (panel->asleep) {
            i++;
        } else if (!(word & DC_OF_LAST_BIT)) {
            command(panel, fitted, byte_of(word));
            i++;
        } else if (panel->op != 0x24 && panel->op != 0x26) {
            parameter(panel, byte_of(word));
            i++;
        } else {
            uint8_t *plane = panel->plane[panel->op == 0x26];
            uint32_t inside = panel->x < fitted->stride && panel->y < fitted->rows;
            if (within(panel->x, panel->x_from, panel->x_to, fitted->stride) &&
                within(panel->y, panel->y_from, panel->y_to, fitted->rows)) {
                i += row(panel, fitted, plane, words + i, count - i);
                continue;
            }
            if (inside) {
                plane[panel->y * fitted->stride + panel->x] = (uint8_t)byte_of(word);
            } else {
                panel->outside++;
            }
            advance(panel);
            i++;
        }
    }
}
