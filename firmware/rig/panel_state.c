/* panel_state: what a controller is between its commands: power, RST, BUSY, an activation and its end.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "panel_parts.h"

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

void panel_scramble(panel_t *panel) {
    for (uint32_t i = 0; i < panel_plane_bytes(panel); i++) {
        panel->plane[0][i] = (uint8_t)next_noise(panel);
        panel->plane[1][i] = (uint8_t)next_noise(panel);
    }
}

/* Whole degrees in one byte, or sixteenths in the upper 12 of 16 bits (hardware-facts A.2); again and again. */
void panel_offer(panel_t *panel) {
    uint32_t celsius = (uint32_t)panel->celsius;
    uint32_t bits = panel->film->ssd1680 ? (celsius << 8 & 0xffffu) * 0x10001u : (celsius & 0xffu) * 0x1010101u;
    panel_set_answer(panel, !panel->variants.mute && !panel->held && !panel->sleep, bits);
}

void panel_defaults(panel_t *panel) {
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
    panel_offer(panel);
}

void panel_now_busy(panel_t *panel, bool level, uint32_t us) {
    panel->busy = level;
    panel_set_busy(panel, level, us);
}

void panel_break_off(panel_t *panel) {
    if (panel->running) {
        panel->running = false;
        panel_now_busy(panel, false, 0);
    }
}

void panel_busy_for(panel_t *panel, uint32_t us) {
    if (!panel->running) {
        panel_now_busy(panel, true, us);
    }
}

void panel_power(panel_t *panel, const film_t *film, uint32_t seed) {
    panel->film = film;
    panel->noise = seed ? seed : 1;
    panel->option[1] = 0;
    panel->running = false;
    panel->sleep = 0;
    panel_defaults(panel);
    panel_scramble(panel);
    panel_now_busy(panel, false, 0);
}

void panel_reset(panel_t *panel, bool level) {
    if (panel->held == !level) {
        return;
    }
    panel->held = !level;
    if (level) {
        panel_offer(panel);
        panel_busy_for(panel, panel->film->reset_us);
        return;
    }
    panel->resets++;
    panel_break_off(panel);
    panel->sleep = 0;
    panel_defaults(panel);
    panel_now_busy(panel, false, 0);
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
    panel_now_busy(panel, false, 0);
}

void panel_activate(panel_t *panel) {
    bool drives, mode_2;
    uint32_t us = panel_activation_us(panel, &drives, &mode_2);
    panel->swap = panel->variants.swaps_planes && drives && mode_2;
    panel->ping_pong = drives && mode_2 && panel->display_option & 0x40;
    if (panel->ping_pong) {
        memcpy(panel->next_old, panel->plane[0], panel_plane_bytes(panel));
    }
    panel->activations++;
    panel->running = true;
    panel_offer(panel);
    panel_now_busy(panel, true, us);
    panel_note(panel, ACTIVATE, us);
}
