/* commands: what the rig does for each request. docs/hil/rig.md has the protocol. SPDX-License-Identifier: MIT */
#include "rig.h"

#include <stdio.h>
#include <string.h>

#include "films.h"
#include "hardware/gpio.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "identity.h"
#include "notes.h"

#define CHUNK_WORDS 256u
#define TIME_SLACK_US 50000u

static uint32_t words[CHUNK_WORDS];

static const char *const FAILURES[] = { "",
                                        "there is no such request",
                                        "wrong number of words",
                                        "this word is wrong",
                                        "not possible now",
                                        "the queue is full",
                                        "the target does not answer",
                                        "the line is too long" };

static void fail(enum failure failure, const char *about) {
    char text[96];
    snprintf(text, sizeof text, "%s%s%.48s", FAILURES[failure], *about ? ": " : "", about);
    answer_error(failure, text);
}

static void fit(uint32_t film) {
    sink_fit(&FILMS[film]);
    bus_fit(FILMS[film].ssd1680 ? TOUCH_ICNT86X : TOUCH_FT6336U);
    answer_ok("%s", FILMS[film].name);
}

static void variant(uint32_t which, uint32_t value) {
    switch (which) {
        case VARIANT_SWAPS: panel.variants.swaps_planes = value; break;
        case VARIANT_DROPS: panel.variants.drops_when_busy = value; break;
        case VARIANT_RELOADS: panel.variants.reloads = value; break;
        case VARIANT_MUTE: panel.variants.mute = value; break;
        default: panel.variants.overhead_us = value;
    }
    sink_offer();
    answer_ok("%s", "");
}

static void state(void) {
    answer_ok(
        "film=%s busy=%u running=%u sleep=%u rst=%u powered=%u driven=%u queue=%lu commands=%lu activations=%lu "
        "resets=%lu reports=%lu missed=%lu notes=%lu probe=%u halt=%u",
        panel.film->name, panel.busy, panel.running, panel.sleep, !panel.held, power_there(), lines_driven(),
        (unsigned long)queue_length(), (unsigned long)panel.commands, (unsigned long)panel.activations,
        (unsigned long)panel.resets, (unsigned long)touch.reports, (unsigned long)touch.missed,
        (unsigned long)note_count, swd_connected(), swd_halted());
}

/* Errors of the driver, then both planes. */
static void planes(void) {
    uint32_t size = panel_plane_bytes(&panel);
    sink_drain();
    answer_begin(sizeof panel.errors + 2 * size);
    answer_part(panel.errors, sizeof panel.errors);
    answer_part(panel.plane[0], size);
    answer_part(panel.plane[1], size);
    answer_end();
    answer_ok("%lu", (unsigned long)size);
}

static void touch_registers(void) {
    answer_begin(sizeof touch.registers + 1 + sizeof touch.points);
    answer_part(touch.registers, sizeof touch.registers);
    answer_part(&touch.count, 1);
    answer_part(touch.points, sizeof touch.points);
    answer_end();
    answer_ok("%s", "");
}

/* The notes of the ring, oldest first; the number of all so far says whether some are missing. */
static void log_out(void) {
    uint32_t last = note_count, kept = last < NOTES ? last : NOTES;
    answer_begin(kept * sizeof(note_t));
    for (uint32_t i = last - kept; i != last; i++) {
        answer_part(&notes[i % NOTES], sizeof(note_t));
    }
    answer_end();
    answer_ok("%lu %llu", (unsigned long)last, (unsigned long long)time_us_64());
}

static void recorded(void) {
    uint8_t bytes[64];
    uint32_t left = sink_recorded();
    answer_begin(left);
    while (left) {
        uint32_t count = record_take(&record, bytes, left < sizeof bytes ? left : sizeof bytes);
        answer_part(bytes, count);
        left -= count;
    }
    answer_end();
    answer_ok("lost=%u", record.lost);
}

static void convert(uint32_t channel, uint32_t count) {
    uint32_t sum = 0, least = 4095, most = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t code = power_convert(channel);
        sum += code;
        least = code < least ? code : least;
        most = code > most ? code : most;
        if (i % 64 == 63) {
            answers_keep();
        }
    }
    answer_ok("sum=%lu count=%lu least=%lu most=%lu", (unsigned long)sum, (unsigned long)count, (unsigned long)least,
              (unsigned long)most);
}

static void read_memory(uint32_t address, uint32_t size) {
    if (address % 4 || size % 4 || !size) {
        fail(FAILED_VALUE, "whole words only");
        return;
    }
    bool right = true;
    answer_begin(size);
    for (uint32_t done = 0; done < size;) {
        uint32_t count = (size - done) / 4 < CHUNK_WORDS ? (size - done) / 4 : CHUNK_WORDS;
        right = right && swd_read(address + done, words, count);
        if (!right) {
            memset(words, 0, sizeof words); /* the length was announced; the error comes after it */
        }
        answer_part(words, 4 * count);
        done += 4 * count;
    }
    answer_end();
    if (right) {
        answer_ok("%s", "");
    } else {
        fail(FAILED_ANSWER, "");
    }
}

static void timed(const request_t *request) {
    if (!request->timed) {
        act(request);
    } else if (request->at_us + TIME_SLACK_US < time_us_64()) {
        fail(FAILED_VALUE, "that time is over");
        return;
    } else if (!queue_add(request)) {
        fail(FAILED_FULL, "");
        return;
    }
    answer_ok("%s", "");
}

static void debug(const request_t *request) {
    const uint32_t *n = request->number;
    bool right = true;
    if (request->timed) {
        timed(request);
        return;
    }
    if (request->verb == VERB_CONNECT) {
        if (swd_connect(n[0], n[1])) {
            answer_ok("%08lx", (unsigned long)(n[0] == TARGET_NONE ? 0 : swd_identity()));
        } else {
            fail(FAILED_ANSWER, "");
        }
        return;
    }
    if (!swd_connected()) {
        fail(FAILED_STATE, "connect first");
        return;
    }
    switch (request->verb) {
        case VERB_READ: read_memory(n[0], n[1]); return;
        case VERB_WRITE: right = swd_write(n[0], n[1]); break;
        case VERB_HALT: right = swd_halt(n[0]); break;
        default: right = swd_resume();
    }
    if (right) {
        answer_ok("%s", "");
    } else {
        fail(FAILED_ANSWER, "");
    }
}

static void fetch(uint8_t op, uint32_t count) {
    /* A controller gives all bytes of one read in one go, so the block is read whole into the planes' room. */
    uint32_t most = sizeof panel.plane;
    if (count > most) {
        fail(FAILED_VALUE, "");
        return;
    }
    drive_fetch(op, panel.plane[0], count);
    answer_block(panel.plane[0], count);
    answer_ok("%s", "");
}

static void drive(const request_t *request) {
    const uint32_t *n = request->number;
    uint32_t rise = 0, fall = 0;
    if (request->verb == VERB_DRIVE) {
        if (drive_set(n[0])) {
            answer_ok("%s", "");
        } else {
            fail(FAILED_STATE, "unplug the pad first");
        }
        return;
    }
    if (!drive_on()) {
        fail(FAILED_STATE, "drive on first");
        return;
    }
    switch (request->verb) {
        case VERB_SEND: drive_send((uint8_t)n[0], request->bytes, request->length); break;
        case VERB_FILL: drive_fill((uint8_t)n[0], n[1], (uint8_t)n[2]); break;
        case VERB_FETCH: fetch((uint8_t)n[0], n[1]); return;
        case VERB_RESET: drive_reset(n[0]); break;
        default:
            if (!drive_run((uint8_t)n[0], n[1], &rise, &fall)) {
                answer_ok("rise_us=%lu fall_us=0", (unsigned long)rise);
                return;
            }
            answer_ok("rise_us=%lu fall_us=%lu", (unsigned long)rise, (unsigned long)fall);
            return;
    }
    answer_ok("%s", "");
}

static void pull(uint32_t number, uint32_t which) {
    if (number == 16 || (lines_driven() && number != 19 && number != 20)) {
        fail(FAILED_STATE, "the pad has power");
        return;
    }
    gpio_set_pulls(number, which == 1, which == 2);
    answer_ok("%s", "");
}

void command_line(char *text) {
    static request_t request;
    const char *problem;
    enum failure failure = request_parse(text, &request, &problem);
    if (failure) {
        fail(failure, problem);
        return;
    }
    const uint32_t *n = request.number;
    sense_t found;
    switch (request.verb) {
        case VERB_VERSION: answer_ok("%s %u %s", RIG_PRODUCT_WORD, RIG_PROTOCOL, RIG_ID); break;
        case VERB_TIME: answer_ok("%llu", (unsigned long long)time_us_64()); break;
        case VERB_FILM: fit(n[0]); break;
        case VERB_SENSOR:
            panel.sensed_celsius = (int16_t)n[0];
            answer_ok("%s", "");
            break;
        case VERB_VARIANT: variant(n[0], n[1]); break;
        case VERB_SILENT:
        case VERB_CONTACT:
        case VERB_PEN:
        case VERB_LIFT:
        case VERB_POWER: timed(&request); break;
        case VERB_CANCEL:
            queue_cancel();
            answer_ok("%s", "");
            break;
        case VERB_STATE: state(); break;
        case VERB_PLANES: planes(); break;
        case VERB_TOUCH: touch_registers(); break;
        case VERB_LOG: log_out(); break;
        case VERB_RECORD:
            sink_record(n[0]);
            answer_ok("%s", "");
            break;
        case VERB_RECORDED: recorded(); break;
        case VERB_SENSE:
            found = power_sense();
            answer_ok("3v3_mv=%lu vsys_mv=%lu current_ma=%lu", (unsigned long)found.supply_mv,
                      (unsigned long)found.vsys_mv, (unsigned long)found.current_ma);
            break;
        case VERB_LEVELS: answer_ok("%08lx", (unsigned long)gpio_get_all()); break;
        case VERB_PULL: pull(n[0], n[1]); break;
        case VERB_ADC: convert(n[0], n[1] ? n[1] : 1); break;
        case VERB_CONNECT:
        case VERB_READ:
        case VERB_WRITE:
        case VERB_HALT:
        case VERB_RESUME: debug(&request); break;
        default: drive(&request);
    }
}
