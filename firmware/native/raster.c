/* raster: draws strokes and pictures directly into the caller's 1-bit frame; nothing is copied or allocated. */
/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "py/runtime.h"

#include "frame.h"
#include "native.h"

#define WIDTH_LIMIT (31)

/* First column and length of each row of a round nib `width` pixels across. A pixel belongs to the nib when the square
 * of twice its distance from the nib's middle is at most width^2 - 2: square at 2, a plus at 3, round from 4 on. */
static void nib_rows(mp_int_t width, uint8_t *first, uint8_t *length) {
    for (mp_int_t j = 0; j < width; ++j) {
        mp_int_t dy = 2 * j - (width - 1);
        mp_int_t i = 0;
        while (i < width / 2) {
            mp_int_t dx = 2 * i - (width - 1);
            if (dx * dx + dy * dy <= width * width - 2) {
                break;
            }
            ++i;
        }
        first[j] = i;
        length[j] = width - 2 * i;
    }
}

/* Bresenham's line drawn with a round nib. */
static void line(const mp_obj_t *args, bool ink) {
    frame_t frame = frame_from(args[0], args[1]);
    mp_int_t x = coordinate(args[2]), y = coordinate(args[3]);
    mp_int_t x1 = coordinate(args[4]), y1 = coordinate(args[5]);
    mp_int_t width = mp_obj_get_int(args[6]);
    if (width < 1 || width > WIDTH_LIMIT) {
        mp_raise_ValueError(MP_ERROR_TEXT("width"));
    }
    uint8_t first[WIDTH_LIMIT], length[WIDTH_LIMIT];
    nib_rows(width, first, length);

    mp_int_t dx = x1 > x ? x1 - x : x - x1, step_x = x1 > x ? 1 : -1;
    mp_int_t dy = y1 > y ? y - y1 : y1 - y, step_y = y1 > y ? 1 : -1;
    mp_int_t error = dx + dy;
    mp_int_t reach = (width - 1) / 2;
    for (;;) {
        for (mp_int_t j = 0; j < width; ++j) {
            span(&frame, x - reach + first[j], y - reach + j, length[j], ink);
        }
        if (x == x1 && y == y1) {
            return;
        }
        mp_int_t twice = 2 * error;
        if (twice >= dy) {
            error += dy;
            x += step_x;
        }
        if (twice <= dx) {
            error += dx;
            y += step_y;
        }
    }
}

/* stroke(frame, stride, x0, y0, x1, y1, width) */
static mp_obj_t kesu_stroke(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    line(args, true);
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_stroke_obj, 7, 7, kesu_stroke);

/* erase(frame, stride, x0, y0, x1, y1, width): draws a white stroke. */
static mp_obj_t kesu_erase(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    line(args, false);
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_erase_obj, 7, 7, kesu_erase);

/* Replaces the bits of `mask` (bit 15 = leftmost) in the 16 pixels that start at byte `index` of a row. */
static void merge(uint8_t *row, mp_int_t stride, mp_int_t index, uint32_t bits, uint32_t mask) {
    if (index >= 0 && index < stride) {
        row[index] = (row[index] & ~(mask >> 8)) | ((bits & mask) >> 8);
    }
    if (index + 1 >= 0 && index + 1 < stride) {
        row[index + 1] = (row[index + 1] & ~mask) | (bits & mask);
    }
}

/* blit(frame, stride, x, y, picture, picture_width): copies ink and white alike, clipped to the frame. */
static mp_obj_t kesu_blit(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    frame_t frame = frame_from(args[0], args[1]);
    mp_int_t x = coordinate(args[2]), y = coordinate(args[3]);
    mp_buffer_info_t picture;
    mp_get_buffer_raise(args[4], &picture, MP_BUFFER_READ);
    mp_int_t width = mp_obj_get_int(args[5]);
    mp_int_t picture_stride = width < 1 || width > COORDINATE_LIMIT ? 0 : (width + 7) / 8;
    if (picture_stride == 0 || picture.len % picture_stride != 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("picture width"));
    }
    const uint8_t *source = picture.buf;
    mp_int_t rows = picture.len / picture_stride;
    mp_int_t shift = x & 7, index = x >> 3;
    for (mp_int_t j = 0; j < rows; ++j, source += picture_stride) {
        if (y + j < 0 || y + j >= frame.rows) {
            continue;
        }
        uint8_t *row = frame.bytes + (y + j) * frame.stride;
        for (mp_int_t i = 0; i < picture_stride; ++i) {
            mp_int_t valid = MIN(width - 8 * i, 8);
            uint32_t mask = (0xff00u << (8 - valid)) & 0xff00u;
            merge(row, frame.stride, index + i, ((uint32_t)source[i] << 8) >> shift, mask >> shift);
        }
    }
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_blit_obj, 6, 6, kesu_blit);

/* Number of bits that differ; most bytes of a page are equal. */
static inline mp_int_t differing(uint32_t before, uint32_t after) {
    return before == after ? 0 : __builtin_popcount(before ^ after);
}

/* turn(strips, under, over, stride, row0, row1): converts rows row0..row1-1, multiples of 8, of two frames (ink where
 * either has ink) to strips of eight rows, for a controller that scans by columns: one byte per column, left to right,
 * its low bit the topmost row. A strip has 8 * stride bytes, strips are contiguous, and all buffers have the same
 * length. Returns how many pixels that changed. */
static mp_obj_t kesu_turn(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    mp_buffer_info_t strips;
    mp_get_buffer_raise(args[0], &strips, MP_BUFFER_RW);
    frame_t frame = frame_from(args[1], args[3]), over = frame_from(args[2], args[3]);
    mp_int_t row = mp_obj_get_int(args[4]), end = mp_obj_get_int(args[5]);
    if (row < 0 || end < row || end > frame.rows || ((row | end) & 7) != 0 || over.rows != frame.rows ||
        strips.len != (size_t)(frame.rows * frame.stride)) {
        mp_raise_ValueError(MP_ERROR_TEXT("rows or length"));
    }
    mp_int_t changed = 0;
    for (; row < end; row += 8) {
        uint8_t *out = (uint8_t *)strips.buf + row * frame.stride;
        const uint8_t *in = frame.bytes + row * frame.stride, *on = over.bytes + row * frame.stride;
        for (mp_int_t i = 0; i < frame.stride; ++i, ++in, ++on, out += 8) {
            for (mp_int_t column = 0; column < 8; ++column) {
                uint32_t turned = 0;
                for (mp_int_t j = 7; j >= 0; --j) {
                    turned = turned << 1 | (((in[j * frame.stride] & on[j * frame.stride]) >> (7 - column)) & 1);
                }
                changed += differing(out[column], turned);
                out[column] = turned;
            }
        }
    }
    return MP_OBJ_NEW_SMALL_INT(changed);
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_turn_obj, 6, 6, kesu_turn);

/* fill(buffer, value) */
static mp_obj_t kesu_fill(mp_obj_t buffer_in, mp_obj_t value_in) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(buffer_in, &buffer, MP_BUFFER_RW);
    mp_int_t value = mp_obj_get_int(value_in);
    if (value < 0 || value > 255) {
        mp_raise_ValueError(MP_ERROR_TEXT("value"));
    }
    if (buffer.len != 0) { /* an empty bytearray has no address, and memset must have one (C11 7.24.1) */
        memset(buffer.buf, value, buffer.len);
    }
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_2(kesu_fill_obj, kesu_fill);

/* blank(buffer, start, end): makes bytes start..end-1 white. */
static mp_obj_t kesu_blank(mp_obj_t buffer_in, mp_obj_t start_in, mp_obj_t end_in) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(buffer_in, &buffer, MP_BUFFER_RW);
    mp_int_t start = mp_obj_get_int(start_in), end = mp_obj_get_int(end_in);
    if (start < 0 || end < start || (size_t)end > buffer.len) {
        mp_raise_ValueError(MP_ERROR_TEXT("range"));
    }
    if (end != start) {
        memset((uint8_t *)buffer.buf + start, 0xff, end - start);
    }
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_3(kesu_blank_obj, kesu_blank);

/* invert(buffer, start, end): inverts all pixels of bytes start..end-1. */
static mp_obj_t kesu_invert(mp_obj_t buffer_in, mp_obj_t start_in, mp_obj_t end_in) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(buffer_in, &buffer, MP_BUFFER_RW);
    mp_int_t start = mp_obj_get_int(start_in), end = mp_obj_get_int(end_in);
    if (start < 0 || end < start || (size_t)end > buffer.len) {
        mp_raise_ValueError(MP_ERROR_TEXT("range"));
    }
    for (mp_int_t i = start; i < end; ++i) {
        ((uint8_t *)buffer.buf)[i] ^= 0xff;
    }
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_3(kesu_invert_obj, kesu_invert);

/* copy(target, source): copies a whole buffer to one of the same size. */
static mp_obj_t kesu_copy(mp_obj_t target_in, mp_obj_t source_in) {
    mp_buffer_info_t target, source;
    mp_get_buffer_raise(target_in, &target, MP_BUFFER_RW);
    mp_get_buffer_raise(source_in, &source, MP_BUFFER_READ);
    if (target.len != source.len) {
        mp_raise_ValueError(MP_ERROR_TEXT("length"));
    }
    if (target.len != 0) {
        memmove(target.buf, source.buf, target.len);
    }
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_2(kesu_copy_obj, kesu_copy);

/* compose(target, under, over, start, end): makes target ink where `under` or `over` is ink, in bytes start..end-1.
 * Returns how many pixels that changed. */
static mp_obj_t kesu_compose(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    mp_buffer_info_t target, under, over;
    mp_get_buffer_raise(args[0], &target, MP_BUFFER_RW);
    mp_get_buffer_raise(args[1], &under, MP_BUFFER_READ);
    mp_get_buffer_raise(args[2], &over, MP_BUFFER_READ);
    mp_int_t at = mp_obj_get_int(args[3]), end = mp_obj_get_int(args[4]);
    if (at < 0 || end < at || target.len != under.len || target.len != over.len || (size_t)end > target.len) {
        mp_raise_ValueError(MP_ERROR_TEXT("range"));
    }
    uint8_t *to = target.buf;
    const uint8_t *below = under.buf, *above = over.buf;
    mp_int_t changed = 0;
    /* Buffers of the heap are word-aligned, and so may the range be (a band is 800 bytes). */
    if (((uintptr_t)to | (uintptr_t)below | (uintptr_t)above | at) % 4 == 0) {
        for (; at + 4 <= end; at += 4) {
            uint32_t both = *(const uint32_t *)(below + at) & *(const uint32_t *)(above + at);
            changed += differing(*(const uint32_t *)(to + at), both);
            *(uint32_t *)(to + at) = both;
        }
    }
    for (; at < end; ++at) {
        changed += differing(to[at], below[at] & above[at]);
        to[at] = below[at] & above[at];
    }
    return MP_OBJ_NEW_SMALL_INT(changed);
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_compose_obj, 5, 5, kesu_compose);
