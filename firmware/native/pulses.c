/* pulses: which pixels the panel still has to drive. A pixel gets its drive in several pulses, and each pixel begins when
 * its ink comes. So each has a count of the pulses that it still needs, 0 to 7, in three planes of bits: `ages` holds
 * them one after another, each as long as `shown`, what the panel's new plane has. The old plane is the same with the
 * pixels inverted that still need pulses: those the controller drives. */
/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdint.h>

#include "py/runtime.h"

#include "hardware/spi.h"

#include "frame.h"
#include "native.h"
#include "spi_port.h"

#define AGE_BITS (3)
#define PULSES_MAX (7)

typedef struct {
    uint8_t *shown;
    uint8_t *ages[AGE_BITS];
    mp_int_t length;
} pulses_t;

static pulses_t pulses_from(mp_obj_t shown_in, mp_obj_t ages_in) {
    mp_buffer_info_t shown, ages;
    mp_get_buffer_raise(shown_in, &shown, MP_BUFFER_RW);
    mp_get_buffer_raise(ages_in, &ages, MP_BUFFER_RW);
    if (shown.len == 0 || ages.len != AGE_BITS * shown.len) {
        mp_raise_ValueError(MP_ERROR_TEXT("ages"));
    }
    pulses_t of = { shown.buf, { 0 }, shown.len };
    for (int bit = 0; bit < AGE_BITS; ++bit) {
        of.ages[bit] = (uint8_t *)ages.buf + bit * shown.len;
    }
    return of;
}

static mp_int_t pulse_count(mp_obj_t pulses_in) {
    mp_int_t pulses = mp_obj_get_int(pulses_in);
    if (pulses < 1 || pulses > PULSES_MAX) {
        mp_raise_ValueError(MP_ERROR_TEXT("pulses"));
    }
    return pulses;
}

static void check_range(const pulses_t *of, mp_int_t start, mp_int_t end) {
    if (start < 0 || end < start || end > of->length) {
        mp_raise_ValueError(MP_ERROR_TEXT("range"));
    }
}

/* Whether four bytes at a time can be taken from `at` on: buffers of the heap are word-aligned, and so are bands. */
static bool by_words(const pulses_t *of, mp_int_t at) {
    return (((uintptr_t)of->shown | (uintptr_t)of->ages[0] | of->length | at) & 3) == 0;
}

static inline uint32_t *word_at(uint8_t *bytes, mp_int_t at) {
    return (uint32_t *)(bytes + at);
}

/* Pixels of byte or word `at` that still need pulses. */
static inline uint8_t driven(const pulses_t *of, mp_int_t at) {
    return of->ages[0][at] | of->ages[1][at] | of->ages[2][at];
}

static inline uint32_t driven_word(const pulses_t *of, mp_int_t at) {
    return *word_at(of->ages[0], at) | *word_at(of->ages[1], at) | *word_at(of->ages[2], at);
}

/* The answer of aim(): how many pixels were given a new tone, and whether others have to wait. */
typedef struct {
    mp_int_t given;
    bool waits;
} aimed_t;

static mp_obj_t answer(aimed_t aimed) {
    return MP_OBJ_NEW_SMALL_INT(aimed.given << 1 | aimed.waits);
}

/* Gives the pixels of byte `at` that should be as in `wanted` and are not a new tone and `pulses` pulses. A pixel that
 * still needs pulses keeps its tone until it has had them: cut short, it would stay grey. */
static void give(const pulses_t *of, mp_int_t at, uint8_t wanted, mp_int_t pulses, aimed_t *aimed) {
    uint8_t differing = of->shown[at] ^ wanted;
    if (differing == 0) {
        return;
    }
    uint8_t given = differing & ~driven(of, at);
    of->shown[at] ^= given;
    for (int bit = 0; bit < AGE_BITS; ++bit) {
        if (pulses >> bit & 1) {
            of->ages[bit][at] |= given;
        }
    }
    aimed->given += __builtin_popcount(given);
    aimed->waits |= given != differing;
}

/* The same for four bytes at once. */
static void give_word(const pulses_t *of, mp_int_t at, uint32_t wanted, mp_int_t pulses, aimed_t *aimed) {
    uint32_t differing = *word_at(of->shown, at) ^ wanted;
    if (differing == 0) {
        return;
    }
    uint32_t given = differing & ~driven_word(of, at);
    *word_at(of->shown, at) ^= given;
    for (int bit = 0; bit < AGE_BITS; ++bit) {
        if (pulses >> bit & 1) {
            *word_at(of->ages[bit], at) |= given;
        }
    }
    aimed->given += __builtin_popcount(given);
    aimed->waits |= given != differing;
}

/* aim(shown, ages, under, over, start, end, pulses): bytes start..end-1 should show ink where `under` or `over` has ink.
 * Returns twice the number of pixels that begin to change, plus 1 if others have to wait for that. */
static mp_obj_t kesu_aim(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    pulses_t of = pulses_from(args[0], args[1]);
    mp_buffer_info_t under, over;
    mp_get_buffer_raise(args[2], &under, MP_BUFFER_READ);
    mp_get_buffer_raise(args[3], &over, MP_BUFFER_READ);
    mp_int_t at = mp_obj_get_int(args[4]), end = mp_obj_get_int(args[5]), pulses = pulse_count(args[6]);
    check_range(&of, at, end);
    if (under.len != (size_t)of.length || over.len != (size_t)of.length) {
        mp_raise_ValueError(MP_ERROR_TEXT("length"));
    }
    aimed_t aimed = { 0, false };
    uint8_t *below = under.buf, *above = over.buf;
    if (by_words(&of, at) && (((uintptr_t)below | (uintptr_t)above) & 3) == 0) {
        for (; at + 4 <= end; at += 4) {
            give_word(&of, at, *word_at(below, at) & *word_at(above, at), pulses, &aimed);
        }
    }
    for (; at < end; ++at) {
        give(&of, at, below[at] & above[at], pulses, &aimed);
    }
    return answer(aimed);
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_aim_obj, 7, 7, kesu_aim);

/* Turns eight bytes of eight rows, `stride` apart, by swapping halves of ever larger squares: column 0 becomes the first
 * byte, the first row its low bit. */
static void turn_square(const uint8_t *under, const uint8_t *over, mp_int_t stride, uint8_t out[8]) {
    uint32_t high = 0, low = 0;
    for (int row = 7; row >= 4; --row) {
        high = high << 8 | (under[row * stride] & over[row * stride]);
        low = low << 8 | (under[(row - 4) * stride] & over[(row - 4) * stride]);
    }
    uint32_t swapped = (high ^ high >> 7) & 0x00aa00aa;
    high ^= swapped ^ swapped << 7;
    swapped = (low ^ low >> 7) & 0x00aa00aa;
    low ^= swapped ^ swapped << 7;
    swapped = (high ^ high >> 14) & 0x0000cccc;
    high ^= swapped ^ swapped << 14;
    swapped = (low ^ low >> 14) & 0x0000cccc;
    low ^= swapped ^ swapped << 14;
    swapped = (high & 0xf0f0f0f0) | (low >> 4 & 0x0f0f0f0f);
    low = (high << 4 & 0xf0f0f0f0) | (low & 0x0f0f0f0f);
    for (int column = 3; column >= 0; --column) {
        out[column] = swapped;
        out[column + 4] = low;
        swapped >>= 8;
        low >>= 8;
    }
}

/* aim_turned(shown, ages, under, over, stride, row0, row1, pulses): as aim(), of rows row0..row1-1, multiples of 8, of two
 * frames that are turned into strips of eight rows as by turn(). */
static mp_obj_t kesu_aim_turned(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    pulses_t of = pulses_from(args[0], args[1]);
    frame_t under = frame_from(args[2], args[4]), over = frame_from(args[3], args[4]);
    mp_int_t row = mp_obj_get_int(args[5]), end = mp_obj_get_int(args[6]), pulses = pulse_count(args[7]);
    if (row < 0 || end < row || end > under.rows || ((row | end) & 7) != 0 || over.rows != under.rows ||
        of.length != under.rows * under.stride) {
        mp_raise_ValueError(MP_ERROR_TEXT("rows or length"));
    }
    aimed_t aimed = { 0, false };
    for (; row < end; row += 8) {
        for (mp_int_t i = 0; i < under.stride; ++i) {
            mp_int_t at = row * under.stride;
            uint8_t wanted[8];
            turn_square(under.bytes + at + i, over.bytes + at + i, under.stride, wanted);
            for (mp_int_t column = 0; column < 8; ++column) {
                give(&of, at + 8 * i + column, wanted[column], pulses, &aimed);
            }
        }
    }
    return answer(aimed);
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_aim_turned_obj, 8, 8, kesu_aim_turned);

/* age(shown, ages, start, end): the pixels of bytes start..end-1 that need pulses have had one. Returns 1 if any needs
 * more, else 0. */
static mp_obj_t kesu_age(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    pulses_t of = pulses_from(args[0], args[1]);
    mp_int_t at = mp_obj_get_int(args[2]), end = mp_obj_get_int(args[3]), left = 0;
    check_range(&of, at, end);
    if (by_words(&of, at)) {
        for (; at + 4 <= end; at += 4) {
            uint32_t borrow = driven_word(&of, at);
            if (borrow != 0) {
                for (int bit = 0; bit < AGE_BITS; ++bit) {
                    uint32_t had = *word_at(of.ages[bit], at);
                    *word_at(of.ages[bit], at) = had ^ borrow;
                    borrow &= ~had;
                }
                left |= driven_word(&of, at) != 0;
            }
        }
    }
    for (; at < end; ++at) {
        uint8_t borrow = driven(&of, at);
        for (int bit = 0; bit < AGE_BITS; ++bit) {
            uint8_t had = of.ages[bit][at];
            of.ages[bit][at] = had ^ borrow;
            borrow &= ~had;
        }
        left |= driven(&of, at) != 0;
    }
    return MP_OBJ_NEW_SMALL_INT(left);
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_age_obj, 4, 4, kesu_age);

static inline void push(spi_inst_t *spi, uint8_t value) {
    while (!spi_is_writable(spi)) {
    }
    spi_get_hw(spi)->dr = value;
}

/* spi_old(spi_id, shown, ages, start, stop): sends bytes start..stop-1 of the old plane; returns when the bus is idle. */
static mp_obj_t kesu_spi_old(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    spi_inst_t *spi = kesu_spi_from(args[0]);
    pulses_t of = pulses_from(args[1], args[2]);
    mp_int_t at = mp_obj_get_int(args[3]), stop = mp_obj_get_int(args[4]);
    check_range(&of, at, stop);
    if (by_words(&of, at)) {
        const uint32_t *shown = word_at(of.shown, at), *low = word_at(of.ages[0], at),
                       *middle = word_at(of.ages[1], at), *high = word_at(of.ages[2], at);
        for (; at + 4 <= stop; at += 4) {
            uint32_t value = *shown++ ^ (*low++ | *middle++ | *high++);
            push(spi, value & 0xff);
            push(spi, value >> 8 & 0xff);
            push(spi, value >> 16 & 0xff);
            push(spi, value >> 24);
        }
    }
    for (; at < stop; ++at) {
        push(spi, of.shown[at] ^ driven(&of, at));
    }
    kesu_spi_finish(spi);
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_spi_old_obj, 5, 5, kesu_spi_old);
