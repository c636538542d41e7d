/* panel: registers and planes of an SSD16xx, from the words of the sink (hardware-facts A.1 to A.6).
 * SPDX-License-Identifier: MIT */
#include "panel_parts.h"

#define X_MASK 0x3fu
#define Y_MASK 0x1ffu
#define ANY_LENGTH 0xffffu

static void command(panel_t *panel, uint8_t op) {
    if (panel->heard) {
        panel_heard(panel, false, &op, 1);
    }
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
                panel_activate(panel);
            }
            break;
        case SOFT_RESET:
            panel_break_off(panel);
            panel_defaults(panel);
            panel_busy_for(panel, panel->film->reset_us);
            panel_note(panel, op, panel->film->reset_us);
            break;
        case WRITE_BW:
        case WRITE_RED: panel->expected = ANY_LENGTH; break;
        case NOP: break;
        case READ_TEMPERATURE:
            panel->errors[PANEL_READ] += panel->variants.mute;
            panel_offer(panel); /* the answer before is used up */
            break;
        case READ_RAM:
        case READ_STATUS: panel->errors[PANEL_READ]++; break;
        default: panel->errors[PANEL_UNKNOWN]++;
    }
}

static void fall_asleep(panel_t *panel, uint8_t mode) {
    panel_break_off(panel);
    panel->sleep = mode;
    if (mode == 2) {
        panel_scramble(panel);
    }
    panel->clock_on = panel->analog_on = false;
    panel->stored = 0;
    panel->custom = 0;
    panel->celsius = 127;
    panel_offer(panel);
    panel_now_busy(panel, true, PANEL_FOREVER);
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
        case TEMPERATURE:
            panel->celsius = celsius(panel);
            panel_offer(panel);
            break;
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
            panel_busy_for(panel, panel->film->fill_us);
            break;
        case X_COUNTER: panel->x = byte & X_MASK; break;
        case Y_COUNTER: panel->y = (uint16_t)((p[0] | p[1] << 8) & Y_MASK); break;
        default: break;
    }
}

static void parameter(panel_t *panel, uint8_t byte) {
    uint16_t at = panel->got;
    if (panel->heard) {
        panel_heard(panel, true, &byte, 1);
    }
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

/* The rest of a row (step 1), or of a column (step: the stride): how many bytes were taken. */
static uint32_t take_line(uint8_t *at, uint32_t step, uint32_t room, const uint16_t *words, const uint16_t *end) {
    const uint16_t *first = words;
    end = (uint32_t)(end - words) > room ? words + room : end;
    while (words < end && *words & 2u) {
        at += step;
        *at = mosi(*words++);
    }
    return (uint32_t)(words - first);
}

static void hear_line(panel_t *panel, const uint8_t *at, uint32_t step, uint32_t count) {
    uint8_t some[32];
    if (step == 1) {
        panel_heard(panel, true, at, count);
        return;
    }
    while (count) {
        uint32_t number = 0;
        for (; number < count && number < sizeof some; number++, at += step) {
            some[number] = *at;
        }
        panel_heard(panel, true, some, number);
        count -= number;
    }
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
        uint32_t stride = panel->film->stride, more = 0, step = 0;
        panel->data_bytes++;
        if (panel->x >= stride || panel->y >= panel->film->rows) {
            uint8_t byte = mosi(word);
            if (panel->heard) {
                panel_heard(panel, true, &byte, 1);
            }
            panel->errors[PANEL_OUTSIDE]++;
            panel_advance(panel);
            continue;
        }
        uint8_t *at = panel->plane[panel->op == WRITE_RED] + panel->y * stride + panel->x;
        *at = mosi(word);
        /* Nearly all bytes follow the one before in the same row or column; this is what bounds the load. */
        if (panel->entry == 3 && panel->x < panel->x_end && panel->x_end < stride) {
            step = 1;
            more = take_line(at, step, panel->x_end - (uint32_t)panel->x, words, end);
            panel->x = (uint16_t)(panel->x + more);
        } else if ((panel->entry & 6) == 6 && panel->y < panel->y_end && panel->y_end < panel->film->rows) {
            step = stride;
            more = take_line(at, step, panel->y_end - (uint32_t)panel->y, words, end);
            panel->y = (uint16_t)(panel->y + more);
        }
        words += more;
        panel->data_bytes += more;
        if (panel->heard) {
            hear_line(panel, at, step ? step : 1, more + 1);
        }
        panel_advance(panel);
    }
}
