/* record: what the pad sends to its panel, for a model of the glass on the PC: commands with their time, data, RST, power.
 * It needs no chip: the tests compile it for the PC. SPDX-License-Identifier: MIT */
#ifndef RIG_RECORD_H
#define RIG_RECORD_H
#include <stdbool.h>
#include <stdint.h>

#define RECORD_BYTES 32768u

/* Each begins with one of these; times are the low 32 bits of the rig's us, all numbers little-endian. The host has the
 * same list (kesu_dev.rig.recording). */
enum record_kind {
    RECORD_COMMAND = 1, /* command, us */
    RECORD_BYTES_OF, /* how many, 1 to 255; they */
    RECORD_RUN, /* how many, 16 bits; of which byte */
    RECORD_RST, /* level, us */
    RECORD_POWER /* us */
};

typedef struct {
    uint8_t bytes[RECORD_BYTES];
    uint32_t head, tail, literal, run;
    uint8_t run_byte;
    bool on, open, lost; /* open: the literal at `literal` can grow; lost: there was no room, and recording has ended */
} record_t;

void record_start(record_t *record, bool on);
void record_command(record_t *record, uint8_t op, uint32_t us);
void record_data(record_t *record, const uint8_t *bytes, uint32_t count);
void record_mark(record_t *record, enum record_kind kind, uint8_t level, uint32_t us);
/* Close what is open; how many bytes can be taken. */
uint32_t record_ready(record_t *record);
/* At most so many of the bytes that are ready, in one piece. */
uint32_t record_take(record_t *record, uint8_t *bytes, uint32_t most);
#endif
