/* panel: registers and planes of an SSD16xx, from the words of the sink (hardware-facts A.1 to A.6).
 * SPDX-License-Identifier: MIT */
#include "panel.h"

#include <string.h>

enum {
    SLEEP = 0x10,
    ENTRY = 0x11,
    SOFT_RESET = 0x12,
    SENSOR = 0x18,
    TEMPERATURE = 0x1a,
    READ_TEMPERATURE = 0x1b,
    ACTIVATE = 0x20,
    OPTION = 0x21,
    CONTROL = 0x22,
    WRITE_BW = 0x24,
    WRITE_RED = 0x26,
    READ_RAM = 0x27,
    READ_STATUS = 0x2f,
    LUT = 0x32,
    DISPLAY_OPTION = 0x37,
    X_WINDOW = 0x44,
    Y_WINDOW = 0x45,
    FILL_RED = 0x46,
    FILL_BW = 0x47,
    X_COUNTER = 0x4e,
    Y_COUNTER = 0x4f,
    NOP = 0x7f
};
#define X_MASK 0x3fu
#define Y_MASK 0x1ffu
#define ANY_LENGTH 0xffffu

uint32_t panel_plane_bytes(const panel_t *panel) {
    return (uint32_t)panel->film->stride * panel->film->rows;
}

static uint32_t next_noise(panel_t *panel) {
    /* xorshift32 (Marsaglia 2003); only has to be unlike a picture. */
    panel->noise ^= panel->noise << 13;
    panel->noise ^= panel->noise >> 17;
    panel->noise ^= panel->noise << 5;
    return panel->noise;
}

static void scramble(panel_t *panel) {
    for (uint32_t i = 0; i < panel_plane_bytes(panel); i++) {
        panel->plane[0][i] = (uint8_t)next_noise(panel);
        panel->plane[1][i] = (uint8_t)next_noise(panel);
    }
}

static void defaults(panel_t *panel) {
    panel->op = NOP;
    panel->got = panel->expected = panel->shortest = 0;
    panel->entry = 3;
    panel->x_start = panel->y_start = panel->x = panel->y = 0;
    panel->x_end = (uint16_t)(panel->film->stride - 1);
    panel->y_end = (uint16_t)(panel->film->rows - 1);
    panel->control = 0xff;
    panel->sensor = 0x80;
    panel->display_option = 0;
    panel->option[0] = 0;
    panel->option[1] &= panel->film->ssd1680 ? 0x80 : 0; /* hardware-facts A.6-9: it outlasts RST */
    panel->temperature[0] = 0x7f;
    panel->temperature[1] = 0xf0;
    memset(panel->lut, 0, sizeof panel->lut);
    panel->clock_on = panel->analog_on = false;
    panel->celsius = 127;
    panel->stored = 0;
    panel->custom = 0;
}

static void set_busy(panel_t *panel, bool level, uint32_t us) {
    panel->busy = level;
    panel_set_busy(panel, level, us);
}

static void break_off(panel_t *panel) {
    if (panel->running) {
        panel->running = false;
        set_busy(panel, false, 0);
    }
}

static void busy_for(panel_t *panel, uint32_t us) {
    if (!panel->running) {
        set_busy(panel, true, us);
    }
}

void panel_power(panel_t *panel, const film_t *film, uint32_t seed) {
    panel->film = film;
    panel->noise = seed ? seed : 1;
    panel->option[1] = 0;
    panel->running = false;
    panel->sleep = 0;
    defaults(panel);
    scramble(panel);
    set_busy(panel, false, 0);
}

void panel_reset(panel_t *panel, bool level) {
    if (panel->held == !level) {
        return;
    }
    panel->held = !level;
    if (level) {
        busy_for(panel, panel->film->reset_us);
        return;
    }
    panel->resets++;
    break_off(panel);
    defaults(panel);
    panel->sleep = 0;
    set_busy(panel, false, 0);
}

void panel_busy_ended(panel_t *panel) {
    if (panel->running) {
        panel->running = false;
        if (panel->swap) {
            for (uint32_t i = 0; i < panel_plane_bytes(panel); i++) {
                uint8_t kept = panel->plane[0][i];
                panel->plane[0][i] = panel->plane[1][i];
                panel->plane[1][i] = kept;
            }
        }
        if (panel->ping_pong) {
            memcpy(panel->plane[1], panel->next_old, panel_plane_bytes(panel));
        }
    }
    set_busy(panel, false, 0);
}

static void activate(panel_t *panel) {
    bool drives, mode_2;
    uint32_t us = panel_activation_us(panel, &drives, &mode_2);
    panel->swap = panel->variants.swaps_planes && drives && mode_2;
    panel->ping_pong = drives && mode_2 && panel->display_option & 0x40;
    if (panel->ping_pong) {
        memcpy(panel->next_old, panel->plane[0], panel_plane_bytes(panel));
    }
    panel->activations++;
    panel->running = true;
    set_busy(panel, true, us);
    panel_note(panel, ACTIVATE, us);
}

static void command(panel_t *panel, uint8_t op) {
    if (panel->got < panel->shortest) {
        panel->errors[PANEL_TOO_FEW]++;
    }
    panel->op = op;
    panel->got = panel->expected = panel->shortest = 0;
    panel->commands++;
    if (panel->busy && op != NOP && op != READ_STATUS) {
        panel->errors[PANEL_BUSY_COMMAND]++;
        if (panel->variants.drops_when_busy) {
            panel->op = NOP;
            return;
        }
    }
    for (uint32_t i = 0; i < panel->film->register_count; i++) {
        if (panel->film->registers[i].op == op) {
            panel->expected = panel->film->registers[i].length;
            panel->shortest = op == LUT ? 0 : panel->film->registers[i].shortest;
            return;
        }
    }
    switch (op) {
        case ACTIVATE:
            if (!panel->busy) {
                activate(panel);
            }
            break;
        case SOFT_RESET:
            break_off(panel);
            defaults(panel);
            busy_for(panel, panel->film->reset_us);
            panel_note(panel, op, panel->film->reset_us);
            break;
        case WRITE_BW:
        case WRITE_RED: panel->expected = ANY_LENGTH; break;
        case NOP: break;
        case READ_RAM:
        case READ_TEMPERATURE:
        case READ_STATUS: panel->errors[PANEL_READ]++; break;
        default: panel->errors[PANEL_UNKNOWN]++;
    }
}

static void fall_asleep(panel_t *panel, uint8_t mode) {
    break_off(panel);
    panel->sleep = mode;
    if (mode == 2) {
        scramble(panel);
    }
    panel->clock_on = panel->analog_on = false;
    panel->stored = 0;
    panel->custom = 0;
    panel->celsius = 127;
    set_busy(panel, true, PANEL_FOREVER);
    panel_note(panel, SLEEP, mode);
}

static int16_t celsius(const panel_t *panel) {
    if (!panel->film->ssd1680) {
        return (int8_t)panel->temperature[0];
    }
    int16_t sixteenths = (int16_t)(panel->temperature[0] << 4 | panel->temperature[1] >> 4);
    if (sixteenths > 2047) {
        sixteenths = (int16_t)(sixteenths - 4096);
    }
    return (int16_t)(sixteenths >> 4); /* rounds down, as the model does */
}

/* A register has enough of its bytes. */
static void apply(panel_t *panel, uint8_t byte) {
    const uint8_t *p = panel->parameter;
    switch (panel->op) {
        case SLEEP:
            if (byte & 3) {
                fall_asleep(panel, byte & 2 ? 2 : 1);
            }
            break;
        case ENTRY: panel->entry = byte & 7; break;
        case SENSOR: panel->sensor = byte; break;
        case TEMPERATURE: panel->celsius = celsius(panel); break;
        case CONTROL: panel->control = byte; break;
        case X_WINDOW:
            panel->x_start = p[0] & X_MASK;
            panel->x_end = p[1] & X_MASK;
            break;
        case Y_WINDOW:
            panel->y_start = (uint16_t)((p[0] | p[1] << 8) & Y_MASK);
            panel->y_end = (uint16_t)((p[2] | p[3] << 8) & Y_MASK);
            break;
        case FILL_RED:
        case FILL_BW:
            panel_fill(panel, panel->plane[panel->op == FILL_RED], byte);
            busy_for(panel, panel->film->fill_us);
            break;
        case X_COUNTER: panel->x = byte & X_MASK; break;
        case Y_COUNTER: panel->y = (uint16_t)((p[0] | p[1] << 8) & Y_MASK); break;
        default: break;
    }
}

static void parameter(panel_t *panel, uint8_t byte) {
    uint16_t at = panel->got;
    if (!panel->expected) {
        if (panel->op == ACTIVATE || panel->op == SOFT_RESET || panel->op == NOP) {
            panel->errors[PANEL_TOO_MANY]++;
        }
        return;
    }
    if (at == panel->expected) {
        panel->errors[PANEL_TOO_MANY]++;
        return;
    }
    panel->got++;
    if (panel->op == LUT) {
        panel->lut[at] = byte;
        panel->custom = 1;
        return;
    }
    if (at < sizeof panel->parameter) {
        panel->parameter[at] = byte;
    }
    if (panel->op == TEMPERATURE && at < 2) {
        panel->temperature[at] = byte;
    } else if (panel->op == OPTION && at < 2) {
        panel->option[at] = byte;
    } else if (panel->op == DISPLAY_OPTION && at == 5) {
        panel->display_option = byte;
    }
    if (panel->got >= panel->shortest) {
        apply(panel, byte);
    }
}

static const uint8_t NIBBLE[256] = {
#define N(v) ((v) & 1) | ((v) >> 1 & 2) | ((v) >> 2 & 4) | ((v) >> 3 & 8)
#define N4(v) N(v), N((v) + 1), N((v) + 2), N((v) + 3)
#define N16(v) N4(v), N4((v) + 4), N4((v) + 8), N4((v) + 12)
#define N64(v) N16(v), N16((v) + 16), N16((v) + 32), N16((v) + 48)
    N64(0), N64(64), N64(128), N64(192)
};

static inline uint8_t mosi(uint32_t word) {
    return (uint8_t)(NIBBLE[word & 0xff] | NIBBLE[word >> 8] << 4);
}

void panel_take(panel_t *panel, const uint16_t *words, uint32_t count) {
    const uint16_t *end = words + count;
    while (words < end) {
        uint32_t word = *words++;
        bool data = word & 2u;
        if (panel->held) {
            continue;
        }
        if (panel->sleep) {
            panel->errors[PANEL_ASLEEP] += !data;
            continue;
        }
        if (!data) {
            command(panel, mosi(word));
            continue;
        }
        if (panel->expected != ANY_LENGTH) {
            parameter(panel, mosi(word));
            continue;
        }
        uint8_t *plane = panel->plane[panel->op == WRITE_RED];
        panel->data_bytes++;
        if (panel->x >= panel->film->stride || panel->y >= panel->film->rows) {
            panel->errors[PANEL_OUTSIDE]++;
            panel_advance(panel);
            continue;
        }
        uint8_t *at = plane + panel->y * panel->film->stride + panel->x;
        *at = mosi(word);
        /* Nearly all bytes follow the one before in the same row; this is what bounds the load. */
        if (panel->entry == 3 && panel->x_end < panel->film->stride) {
            const uint8_t *row_end = plane + panel->y * panel->film->stride + panel->x_end;
            const uint8_t *began = at;
            while (at < row_end && words < end && *words & 2u) {
                *++at = mosi(*words++);
            }
            panel->data_bytes += (uint32_t)(at - began);
            panel->x = (uint16_t)(panel->x + (at - began));
        }
        panel_advance(panel);
    }
}
