/* panel_update: how long an activation (20h) holds BUSY, from the bits of 22h (hardware-facts A.3 to A.5), and the walk
 * of the address counters. SPDX-License-Identifier: MIT */
#include "panel_parts.h"

enum {
    CLOCK_ON = 0x80,
    ANALOG_ON = 0x40,
    LOAD_TEMPERATURE = 0x20,
    LOAD_LUT = 0x10,
    MODE_2 = 0x08,
    DISPLAY = 0x04,
    ANALOG_OFF = 0x02,
    CLOCK_OFF = 0x01
};
#define MOST_PHASES 4096u

/* SSD1680: 12 groups of four phases from byte 60 on, counts of repeats one less than meant, a nibble of rate for each. */
static bool frames_1680(const film_t *film, const uint8_t *lut, uint64_t *ns) {
    uint32_t phases = 0;
    for (uint32_t group = 0; group < 12; group++) {
        const uint8_t *timing = lut + 60 + 7 * group;
        uint32_t code = (uint32_t)(lut[144 + group / 2] >> (group % 2 ? 0 : 4)) & 15;
        uint32_t pairs[2] = { timing[2] + 1u, timing[5] + 1u };
        uint32_t once = 0;
        for (uint32_t pair = 0; pair < 2; pair++) {
            once += pairs[pair] * ((timing[3 * pair] != 0) + (timing[3 * pair + 1] != 0));
        }
        if (!once) {
            continue;
        }
        if (!film->frame_ns[code]) {
            return false;
        }
        uint32_t repeats = timing[6] + 1u;
        if (repeats > MOST_PHASES / once) {
            repeats = MOST_PHASES / once;
        }
        while (repeats-- && phases < MOST_PHASES) {
            for (uint32_t pair = 0; pair < 2; pair++) {
                for (uint32_t i = 0; i < pairs[pair]; i++) {
                    for (uint32_t phase = 0; phase < 2; phase++) {
                        uint32_t frames = timing[3 * pair + phase];
                        if (frames && phases < MOST_PHASES) {
                            phases++;
                            *ns += (uint64_t)frames * film->frame_ns[code];
                        }
                    }
                }
            }
        }
    }
    return true;
}

/* SSD1683: five tables of six groups (repeats, four phases, repeats of each pair), counts as meant. The longest counts. */
static bool frames_1683(const film_t *film, const uint8_t *lut, uint64_t *ns) {
    uint32_t code = lut[224] & 15u, longest = 0;
    if (!film->frame_ns[code]) {
        return false;
    }
    for (uint32_t table = 0; table < 5; table++) {
        uint32_t total = 0, phases = 0;
        for (uint32_t group = 0; group < 6; group++) {
            const uint8_t *g = lut + 42 * table + 7 * group;
            uint32_t once = 0, frames = 0;
            for (uint32_t phase = 0; phase < 4; phase++) {
                uint32_t times = phase < 2 ? g[5] : g[6], length = g[1 + phase] & 63u;
                once += length ? times : 0;
                frames += times * length;
            }
            if (!once) {
                continue;
            }
            uint32_t repeats = g[0] < MOST_PHASES / once ? g[0] : MOST_PHASES / once;
            if (phases + repeats * once > MOST_PHASES) {
                repeats = (MOST_PHASES - phases) / once; /* the rest of a waveform that no public table comes near */
            }
            phases += repeats * once;
            total += repeats * frames;
        }
        longest = total > longest ? total : longest;
    }
    *ns += (uint64_t)longest * film->frame_ns[code];
    return true;
}

static const stored_t *stored_for(const panel_t *panel, bool mode_2) {
    for (uint32_t i = 0; i < panel->film->stored_count; i++) {
        const stored_t *each = &panel->film->stored[i];
        if (each->mode_2 == mode_2 && panel->celsius >= each->from_celsius && panel->celsius < each->to_celsius) {
            return each;
        }
    }
    return 0;
}

/* Length of the frames that a display phase drives; 0 if it drives none. */
static uint32_t drive_us(const panel_t *panel) {
    if (panel->custom) {
        uint64_t ns = 0;
        bool known = panel->film->ssd1680 ? frames_1680(panel->film, panel->lut, &ns)
                                          : frames_1683(panel->film, panel->lut, &ns);
        uint64_t us = (ns + 500) / 1000;
        return !known ? 0 : us < PANEL_FOREVER ? (uint32_t)us : PANEL_FOREVER - 1;
    }
    return panel->stored ? panel->stored->drive_us : 0;
}

uint32_t panel_activation_us(panel_t *panel, bool *drives, bool *mode_2) {
    const film_t *film = panel->film;
    uint32_t us = 0, after = 0, frames = 0, overhead = panel->variants.overhead_us, control = panel->control;
    bool was_on = panel->clock_on && panel->analog_on;
    *mode_2 = control & MODE_2;
    if (control & CLOCK_ON && !panel->clock_on) {
        panel->clock_on = true;
        us += film->clock_us;
    }
    if (control & ANALOG_ON && !panel->analog_on && panel->clock_on) {
        panel->analog_on = true;
        us += film->power_on_us - film->clock_us;
    }
    bool shows = control & DISPLAY && panel->clock_on && panel->analog_on;
    if (shows && control & (CLOCK_ON | ANALOG_ON) && (was_on || control & LOAD_LUT) && film->recycled_us > overhead) {
        us += film->recycled_us - overhead;
    }
    if (control & LOAD_TEMPERATURE && panel->clock_on) {
        us += film->load_us;
        if (panel->sensor == 0x80) {
            panel->celsius = panel->sensed_celsius;
        }
    }
    if ((control & LOAD_LUT && panel->clock_on) || (shows && panel->variants.reloads)) {
        us += film->load_us;
        panel->stored = stored_for(panel, *mode_2);
        panel->custom = 0;
    }
    if (shows) {
        frames = drive_us(panel);
        us += overhead * 2 / 3;
        after += overhead - overhead * 2 / 3;
    }
    *drives = frames != 0;
    if (control & ANALOG_OFF && panel->analog_on) {
        panel->analog_on = false;
        after += film->power_off_us - film->clock_us;
    }
    if (control & CLOCK_OFF && panel->clock_on) {
        panel->clock_on = false;
        after += film->clock_us;
    }
    return (us > film->clock_us ? us : film->clock_us) + frames + after;
}

void panel_advance(panel_t *panel) {
    bool along_y = panel->entry & 4;
    uint16_t *first = along_y ? &panel->y : &panel->x, *second = along_y ? &panel->x : &panel->y;
    uint16_t first_end = along_y ? panel->y_end : panel->x_end, second_end = along_y ? panel->x_end : panel->y_end;
    uint16_t first_start = along_y ? panel->y_start : panel->x_start;
    uint16_t second_start = along_y ? panel->x_start : panel->y_start;
    int x_step = panel->entry & 1 ? 1 : -1, y_step = panel->entry & 2 ? 1 : -1;
    uint16_t x_mask = 0x3f, y_mask = 0x1ff;
    if (*first != first_end) {
        *first = (uint16_t)(*first + (along_y ? y_step : x_step)) & (along_y ? y_mask : x_mask);
        return;
    }
    *first = first_start;
    if (*second == second_end) {
        *second = second_start;
    } else {
        *second = (uint16_t)(*second + (along_y ? x_step : y_step)) & (along_y ? x_mask : y_mask);
    }
}

void panel_fill(panel_t *panel, uint8_t *plane, uint8_t pattern) {
    uint32_t stride = panel->film->stride, rows = panel->film->rows;
    uint32_t y_code = pattern >> 4 & 7u, x_code = pattern & 7u;
    uint32_t y_step = y_code < 6 ? 8u << y_code : rows, x_step = x_code < 6 ? 8u << x_code : 8 * stride;
    for (uint32_t y = 0; y < rows; y++) {
        for (uint32_t x = 0; x < stride; x++) {
            bool odd = (y / y_step + 8 * x / x_step) % 2;
            plane[y * stride + x] = odd != (pattern >> 7) ? 0xff : 0;
        }
    }
}
