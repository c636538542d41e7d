/* controller: an SSD16xx as far as the pad's images use it, for the test of the bench. SPDX-License-Identifier: MIT */
#ifndef KESU_RIG_GUEST_H
#define KESU_RIG_GUEST_H
#include <stdint.h>

enum { PLANE = 15000, ACTS = 64 };

/* Set by the bench: bytes of a row and rows of the chip's RAM; how long the latest 20h holds BUSY, in us. */
typedef struct {
    uint32_t stride, rows, us;
} fitted_t;

typedef struct {
    uint8_t plane[2][PLANE];
    uint32_t op, got, entry, x, y, x_from, x_to, y_from, y_to;
    uint8_t parameter[8];
    uint32_t asleep, commands, outside;
    uint32_t acts, act[ACTS]; /* BUSY to be driven from now on, in us, for each 20h and 12h in turn */
} controller_t;

void controller_reset(controller_t *panel);
void controller_power(controller_t *panel);
void controller_words(controller_t *panel, const fitted_t *fitted, const uint16_t *words, uint32_t count);
#endif
