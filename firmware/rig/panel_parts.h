/* panel_parts: what the files of the panel share: panel.c (commands and data), panel_state.c, panel_update.c (an
 * activation's length, counters, fills). SPDX-License-Identifier: MIT */
#ifndef RIG_PANEL_PARTS_H
#define RIG_PANEL_PARTS_H
#include "panel.h"

enum panel_code {
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

/* panel_state.c */
void panel_defaults(panel_t *panel);
void panel_scramble(panel_t *panel);
void panel_now_busy(panel_t *panel, bool level, uint32_t us);
/* BUSY, unless a waveform runs. */
void panel_busy_for(panel_t *panel, uint32_t us);
void panel_break_off(panel_t *panel);
void panel_activate(panel_t *panel);

/* panel_update.c */
uint32_t panel_activation_us(panel_t *panel, bool *drives, bool *mode_2);
void panel_advance(panel_t *panel);
void panel_fill(panel_t *panel, uint8_t *plane, uint8_t pattern);
#endif
