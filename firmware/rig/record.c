/* record: what the pad sends to its panel, with runs of equal bytes as their number. SPDX-License-Identifier: MIT */
#include "record.h"

#define SHORTEST_RUN 5u
#define LONGEST_RUN 65535u
#define LONGEST_LITERAL 255u
#define LONGEST_PIECE 8u

static uint32_t room(const record_t *record) {
    return RECORD_BYTES - (record->head - record->tail);
}

static void put(record_t *record, uint8_t byte) {
    record->bytes[record->head++ % RECORD_BYTES] = byte;
}

static inline bool fits(record_t *record) {
    if (room(record) < LONGEST_PIECE) {
        record->lost = true;
        record->on = false;
    }
    return record->on;
}

static void put_us(record_t *record, uint32_t us) {
    for (uint32_t shift = 0; shift < 32; shift += 8) {
        put(record, (uint8_t)(us >> shift));
    }
}

static void literal(record_t *record, uint8_t byte) {
    if (!fits(record)) {
        return;
    }
    uint8_t *count = &record->bytes[record->literal % RECORD_BYTES];
    if (record->open && *count < LONGEST_LITERAL) {
        ++*count;
        put(record, byte);
        return;
    }
    put(record, RECORD_BYTES_OF);
    record->literal = record->head;
    record->open = true;
    put(record, 1);
    put(record, byte);
}

static void end_run(record_t *record) {
    uint32_t count = record->run;
    record->run = 0;
    if (count < SHORTEST_RUN) {
        while (count--) {
            literal(record, record->run_byte);
        }
    } else if (fits(record)) {
        record->open = false;
        put(record, RECORD_RUN);
        put(record, (uint8_t)count);
        put(record, (uint8_t)(count >> 8));
        put(record, record->run_byte);
    }
}

void record_start(record_t *record, bool on) {
    record->head = record->tail = record->run = 0;
    record->open = record->lost = false;
    record->on = on;
}

void record_data(record_t *record, const uint8_t *bytes, uint32_t count) {
    if (!record->on) {
        return;
    }
    for (const uint8_t *end = bytes + count; bytes < end; bytes++) {
        if (record->run && *bytes == record->run_byte && record->run < LONGEST_RUN) {
            record->run++;
            continue;
        }
        if (record->run == 1) {
            literal(record, record->run_byte); /* most ends of a run */
        } else if (record->run) {
            end_run(record);
        }
        record->run_byte = *bytes;
        record->run = 1;
    }
}

uint32_t record_ready(record_t *record) {
    if (record->run) {
        end_run(record);
    }
    record->open = false;
    return record->head - record->tail;
}

void record_command(record_t *record, uint8_t op, uint32_t us) {
    record_mark(record, RECORD_COMMAND, op, us);
}

void record_mark(record_t *record, enum record_kind kind, uint8_t level, uint32_t us) {
    if (!record->on) {
        return;
    }
    (void)record_ready(record);
    if (fits(record)) {
        put(record, (uint8_t)kind);
        if (kind != RECORD_POWER) {
            put(record, level);
        }
        put_us(record, us);
    }
}

uint32_t record_take(record_t *record, uint8_t *bytes, uint32_t most) {
    uint32_t count = record->head - record->tail;
    count = count < most ? count : most;
    for (uint32_t i = 0; i < count; i++) {
        bytes[i] = record->bytes[record->tail++ % RECORD_BYTES];
    }
    return count;
}
