/* region: makes the inside of a ring white; the ring is the path of the eraser. Nothing is copied or allocated. */
/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdint.h>

#include "py/runtime.h"

#include "frame.h"
#include "native.h"

#define POINTS_LIMIT (96)
/* In pixels. On a 4.2" page the ends are at most 5 mm apart, and a ring is at least 7 mm across; less is a dab. */
#define GAP_LIMIT (24)
#define LEAST_SIDE (32)
#define LEAST_POINTS (8)

typedef struct {
    mp_int_t left, right, top, bottom;
} box_t;

static box_t box_of(const int16_t *way, mp_int_t count) {
    box_t box = { way[0], way[0], way[1], way[1] };
    for (mp_int_t i = 1; i < count; ++i) {
        box.left = MIN(box.left, way[2 * i]);
        box.right = MAX(box.right, way[2 * i]);
        box.top = MIN(box.top, way[2 * i + 1]);
        box.bottom = MAX(box.bottom, way[2 * i + 1]);
    }
    return box;
}

/* Twice the area that the closed path encloses (shoelace formula); segments drawn back and forth cancel out. */
static int64_t twice_area(const int16_t *way, mp_int_t count) {
    int64_t sum = 0; /* POINTS_LIMIT edges of maximum length need more than 31 bits */
    for (mp_int_t i = 0, j = count - 1; i < count; j = i++) {
        sum += way[2 * j] * way[2 * i + 1] - way[2 * i] * way[2 * j + 1];
    }
    return sum < 0 ? -sum : sum;
}

static bool is_ring(const int16_t *way, mp_int_t count, const box_t *box) {
    mp_int_t gap_x = way[2 * (count - 1)] - way[0], gap_y = way[2 * (count - 1) + 1] - way[1];
    mp_int_t width = box->right - box->left, height = box->bottom - box->top;
    return gap_x * gap_x + gap_y * gap_y <= GAP_LIMIT * GAP_LIMIT && width >= LEAST_SIDE && height >= LEAST_SIDE &&
           5 * twice_area(way, count) >= 4 * width * height;
}

typedef struct {
    int16_t x;
    int16_t turn; /* +1 where the path goes down, -1 where it goes up */
} crossing_t;

/* Where the closed path crosses row y, from left to right; an end of two edges counts for the lower edge only. */
static mp_int_t crossings(const int16_t *way, mp_int_t count, mp_int_t y, crossing_t *found) {
    mp_int_t number = 0;
    for (mp_int_t i = 0, j = count - 1; i < count; j = i++) {
        mp_int_t y0 = way[2 * j + 1], y1 = way[2 * i + 1];
        if ((y0 <= y) == (y1 <= y)) {
            continue;
        }
        crossing_t here = { way[2 * j] + (y - y0) * (way[2 * i] - way[2 * j]) / (y1 - y0), y1 > y0 ? 1 : -1 };
        mp_int_t at = number++;
        for (; at > 0 && found[at - 1].x > here.x; --at) {
            found[at] = found[at - 1];
        }
        found[at] = here;
    }
    return number;
}

/* enclose(frame, stride, way, count, row0, row1): if the path is a ring, makes its inside white in rows row0..row1-1;
 * returns whether it is a ring. A path that goes round twice encloses its middle as well. Called for slices of rows,
 * because a large ring takes long. */
static mp_obj_t kesu_enclose(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    frame_t frame = frame_from(args[0], args[1]);
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(args[2], &buffer, MP_BUFFER_READ);
    const int16_t *way = buffer.buf;
    mp_int_t count = mp_obj_get_int(args[3]);
    mp_int_t row = mp_obj_get_int(args[4]), end = mp_obj_get_int(args[5]);
    /* A slice may start at an odd address, where a Cortex-M0+ cannot load a half-word. */
    if (count < 0 || count > POINTS_LIMIT || (size_t)count * 2 * sizeof(int16_t) > buffer.len ||
        (uintptr_t)way % 2 != 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("points"));
    }
    if (count < LEAST_POINTS) {
        return mp_const_false;
    }
    box_t box = box_of(way, count);
    if (MIN(box.left, box.top) < -COORDINATE_LIMIT || MAX(box.right, box.bottom) > COORDINATE_LIMIT) {
        mp_raise_ValueError(MP_ERROR_TEXT("coordinate"));
    }
    if (!is_ring(way, count, &box)) {
        return mp_const_false;
    }
    crossing_t found[POINTS_LIMIT];
    for (mp_int_t y = MAX(box.top, row); y <= box.bottom && y < end; ++y) {
        mp_int_t number = crossings(way, count, y, found);
        mp_int_t turns = 0;
        for (mp_int_t i = 0; i + 1 < number; ++i) {
            turns += found[i].turn;
            if (turns != 0) {
                span(&frame, found[i].x, y, found[i + 1].x - found[i].x + 1, false);
            }
        }
    }
    return mp_const_true;
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_enclose_obj, 6, 6, kesu_enclose);
