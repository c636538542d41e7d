/* fuzz: calls the C module with numbers and buffers that no caller should give. usage: fuzz SEED CALLS
 *
 * Every buffer is an allocation of exactly its length, so AddressSanitizer detects an access just before or after it.
 * A refused call must have changed nothing. Prints for each function how many calls were accepted and refused. */
/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hardware/spi.h"
#include "native.h"

#define ARGUMENTS_MAX (8)
#define COORDINATE_EDGE (4095)

jmp_buf raised;
spi_inst_t spi_ports[2];

static uint64_t state;

/* splitmix64: the same calls on every machine. */
static uint64_t chance(void) {
    uint64_t value = state += 0x9E3779B97F4A7C15u;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
}

static int32_t below(int32_t limit) {
    return chance() % (uint64_t)limit;
}

static int32_t between(int32_t low, int32_t high) {
    return low + below(high - low + 1);
}

/* Mostly numbers at a limit of this kind of argument, sometimes any number. */
static int32_t wild(int32_t edge) {
    static const int32_t ends[] = {
        INT32_MIN, INT32_MIN + 1, INT32_MAX, INT32_MAX - 6, -65536, 65536, 65537, -256, 256
    };
    switch (below(4)) {
        case 0: return between(-9, 9);
        case 1: return edge + between(-9, 9);
        case 2: return ends[below(sizeof(ends) / sizeof(ends[0]))];
        default: return (int32_t)chance();
    }
}

/* Mostly a valid number, sometimes an invalid one. */
static int32_t likely(int32_t low, int32_t high) {
    return below(8) == 0 ? wild(high) : between(low, high);
}

typedef struct {
    mp_buffer_info_t info;
    uint8_t *allocation, *before;
} buffer_t;

/* An empty bytearray of MicroPython has no address. One buffer in eight starts at an odd one, as a slice may. */
static void make(buffer_t *buffer, size_t length) {
    size_t skew = length != 0 && below(8) == 0 ? 1 + below(3) : 0;
    buffer->allocation = length == 0 ? NULL : malloc(length + skew);
    buffer->before = length == 0 ? NULL : malloc(length);
    buffer->info.buf = length == 0 ? NULL : buffer->allocation + skew;
    buffer->info.len = length;
    for (size_t i = 0; i < length; ++i) {
        buffer->before[i] = buffer->allocation[skew + i] = chance();
    }
}

static bool unchanged(const buffer_t *buffer) {
    return buffer->info.len == 0 || memcmp(buffer->info.buf, buffer->before, buffer->info.len) == 0;
}

static void drop(buffer_t *buffer) {
    free(buffer->allocation);
    free(buffer->before);
}

/* Each letter of `shape` is an argument: B buffer, S buffer as long as the first, F frame's stride, X coordinate,
 * T a buffer three times as long as the first, L number of pulses, W width of a nib, P picture's width, V value of a byte, A start and Z end of a range, R row, D points of a path,
 * N their number, I port, C count. */
typedef struct {
    const char *name;
    mp_obj_t (*entry)(size_t, const mp_obj_t *);
    const char *shape;
    unsigned long taken, refused;
} target_t;

static target_t targets[] = {
    { "stroke", kesu_stroke_obj, "BFXXXXW", 0, 0 },  { "erase", kesu_erase_obj, "BFXXXXW", 0, 0 },
    { "blit", kesu_blit_obj, "BFXXBP", 0, 0 },       { "turn", kesu_turn_obj, "BSSFRR", 0, 0 },
    { "fill", kesu_fill_obj, "BV", 0, 0 },           { "blank", kesu_blank_obj, "BAZ", 0, 0 },
    { "copy", kesu_copy_obj, "BS", 0, 0 },           { "compose", kesu_compose_obj, "BSSAZ", 0, 0 },
    { "aim", kesu_aim_obj, "BTSSAZL", 0, 0 },        { "aim_turned", kesu_aim_turned_obj, "BTSSFRRL", 0, 0 },
    { "age", kesu_age_obj, "BTAZ", 0, 0 },           { "spi_old", kesu_spi_old_obj, "IBTAZ", 0, 0 },
    { "enclose", kesu_enclose_obj, "BFDNRR", 0, 0 }, { "spi_write", kesu_spi_write_obj, "IBAZ", 0, 0 },
    { "spi_fill", kesu_spi_fill_obj, "IVC", 0, 0 },
};

#define TARGETS (sizeof(targets) / sizeof(targets[0]))

/* Fills the buffer with `count` points of a ring around a random place. */
static void fill_way(buffer_t *buffer, int32_t count) {
    static const int8_t around[8][2] = { { 4, 0 },  { 3, 3 },   { 0, 4 },  { -3, 3 },
                                         { -4, 0 }, { -3, -3 }, { 0, -4 }, { 3, -3 } };
    bool large = below(10) == 0; /* up to the limit of coordinates, and beyond */
    int32_t size = large ? between(900, 1100) : between(4, 60);
    int32_t x = large ? between(-99, 99) : likely(-50, 450), y = large ? between(-99, 99) : likely(-50, 350);
    for (int32_t i = 0; i < count; ++i) {
        int16_t point[2] = { (uint32_t)x + size * around[i % 8][0], (uint32_t)y + size * around[i % 8][1] };
        memcpy((uint8_t *)buffer->info.buf + 4 * i, point, 4);
    }
    if (count > 0) {
        memcpy(buffer->before, buffer->info.buf, buffer->info.len);
    }
}

static void call(target_t *target) {
    buffer_t buffers[4];
    mp_obj_t args[ARGUMENTS_MAX];
    int32_t stride = between(1, 60), rows = below(48), points = below(2) == 0 ? 8 * between(1, 12) + 1 : between(0, 97),
            start = 0;
    volatile size_t used = 0;
    size_t n_args = strlen(target->shape);
    for (size_t i = 0; i < n_args; ++i) {
        int32_t length = stride * rows;
        switch (target->shape[i]) {
            case 'B':
                make(&buffers[used], below(6) == 0 ? below(200) : length);
                args[i] = (mp_obj_t)&buffers[used++].info;
                break;
            case 'S':
                make(&buffers[used], below(12) == 0 ? (size_t)below(200) : buffers[0].info.len);
                args[i] = (mp_obj_t)&buffers[used++].info;
                break;
            case 'T':
                make(&buffers[used], below(12) == 0 ? (size_t)below(200) : 3 * buffers[0].info.len);
                args[i] = (mp_obj_t)&buffers[used++].info;
                break;
            case 'D':
                make(&buffers[used], 4 * points);
                fill_way(&buffers[used], below(6) == 0 ? 0 : points);
                args[i] = (mp_obj_t)&buffers[used++].info;
                break;
            case 'F': args[i] = below(8) == 0 ? wild(length) : stride; break;
            case 'X':
                args[i] = below(6) == 0 ? likely(-COORDINATE_EDGE, COORDINATE_EDGE) : likely(-40, 8 * stride + 40);
                break;
            case 'W': args[i] = likely(1, 31); break;
            case 'P': args[i] = below(2) == 0 ? 8 * stride - below(8) : likely(1, COORDINATE_EDGE); break;
            case 'L': args[i] = likely(1, 7); break;
            case 'V': args[i] = likely(0, 255); break;
            case 'A': args[i] = start = likely(0, buffers[0].info.len); break;
            case 'Z':
                args[i] = below(6) == 0 ? wild(buffers[used - 1].info.len) : likely(MAX(0, MIN(start, length)), length);
                break;
            case 'R': args[i] = start = below(4) == 0 ? wild(rows) : start + 8 * below(rows / 8 + 1); break;
            case 'N': args[i] = likely(points - 1, points); break;
            case 'I': args[i] = likely(0, 1); break;
            default: /* C */ args[i] = likely(0, 300); break;
        }
        if (start < 0 || start > 4096) {
            start = 0; /* a refused start; later arguments build on it */
        }
    }
    if (setjmp(raised) == 0) {
        target->entry(n_args, args);
        ++target->taken;
    } else {
        ++target->refused;
        for (size_t i = 0; i < used; ++i) {
            if (!unchanged(&buffers[i])) {
                fprintf(stderr, "%s: refused, but changed a buffer\n", target->name);
                abort();
            }
        }
    }
    for (size_t i = 0; i < used; ++i) {
        drop(&buffers[i]);
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: fuzz SEED CALLS\n");
        return 2;
    }
    state = strtoull(argv[1], NULL, 10);
    for (unsigned long calls = strtoul(argv[2], NULL, 10); calls > 0; --calls) {
        call(&targets[below(TARGETS)]);
    }
    for (size_t i = 0; i < TARGETS; ++i) {
        printf("%s %lu %lu\n", targets[i].name, targets[i].taken, targets[i].refused);
    }
    return 0;
}
