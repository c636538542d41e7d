/* frame.h: a 1-bit frame in the caller's buffer, 0 bits ink, and the row of pixels that everything is drawn with. */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_FRAME_H
#define KESU_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "py/runtime.h"

#define COORDINATE_LIMIT (4095) /* 12 bits, the most a touch controller reports */

typedef struct {
    uint8_t *bytes;
    mp_int_t stride;
    mp_int_t columns;
    mp_int_t rows;
} frame_t;

static inline frame_t frame_from(mp_obj_t buffer_in, mp_obj_t stride_in) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(buffer_in, &buffer, MP_BUFFER_RW);
    mp_int_t stride = mp_obj_get_int(stride_in);
    if (stride < 1 || (size_t)stride > buffer.len || buffer.len % stride != 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("stride"));
    }
    frame_t frame = { buffer.buf, stride, stride * 8, buffer.len / stride };
    return frame;
}

static inline mp_int_t coordinate(mp_obj_t value_in) {
    mp_int_t value = mp_obj_get_int(value_in);
    if (value < -COORDINATE_LIMIT || value > COORDINATE_LIMIT) {
        mp_raise_ValueError(MP_ERROR_TEXT("coordinate"));
    }
    return value;
}

/* Ink (0 bits) or white from column x for `length` pixels, clipped. */
static inline void span(const frame_t *frame, mp_int_t x, mp_int_t y, mp_int_t length, bool ink) {
    if (y < 0 || y >= frame->rows) {
        return;
    }
    mp_int_t end = MIN(x + length, frame->columns);
    x = MAX(x, 0);
    if (x >= end) {
        return;
    }
    uint8_t *at = frame->bytes + y * frame->stride + (x >> 3), *last = at + ((end - 1) >> 3) - (x >> 3);
    uint8_t mask = 0xff >> (x & 7), last_mask = 0xff << (7 - ((end - 1) & 7));
    for (; at <= last; ++at, mask = 0xff) {
        uint8_t here = at == last ? mask & last_mask : mask;
        *at = ink ? *at & ~here : *at | here;
    }
}

#endif
