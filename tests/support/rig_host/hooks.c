/* hooks: what the rig's pure parts ask of the outside, recorded for a test. SPDX-License-Identifier: MIT */
#include "films.h"
#include "panel.h"
#include "record.h"
#include "request.h"
#include "touch.h"

panel_t panel;
touch_t touch;
uint32_t busy_us, timer_us;
int busy_level, int_level, port_open;

void panel_set_busy(panel_t *which, bool level, uint32_t us) {
    (void)which;
    busy_level = level;
    busy_us = us;
}

void panel_note(panel_t *which, uint8_t op, uint32_t us) {
    (void)which;
    (void)op;
    (void)us;
}

record_t record;
uint32_t now_us;

void panel_heard(panel_t *which, bool data, const uint8_t *bytes, uint32_t count) {
    (void)which;
    if (data) {
        record_data(&record, bytes, count);
    } else {
        record_command(&record, bytes[0], now_us);
    }
}

void host_record(int on) {
    record_start(&record, on);
    panel.heard = on;
}

unsigned host_recorded(uint8_t *bytes, unsigned most) {
    (void)record_ready(&record);
    return record_take(&record, bytes, most);
}

int answers;
uint32_t answer_bits;

void panel_set_answer(panel_t *which, bool given, uint32_t bits) {
    (void)which;
    answers = given;
    answer_bits = bits;
}

void touch_set_int(touch_t *which, bool level, uint32_t us) {
    (void)which;
    (void)us;
    int_level = level;
}

void touch_set_port(touch_t *which, bool open) {
    (void)which;
    port_open = open;
}

void touch_set_timer(touch_t *which, uint32_t us) {
    (void)which;
    timer_us = us;
}

void host_film(unsigned number) {
    panel.sensed_celsius = 25;
    panel.variants.overhead_us = FILMS[number].overhead_us;
    panel.held = false;
    panel_power(&panel, &FILMS[number], 1);
}

/* Bytes with one level of DC, as words of the sink. */
void host_bytes(const uint8_t *bytes, unsigned count, int data) {
    for (unsigned i = 0; i < count; i++) {
        uint16_t word = 0;
        for (int bit = 7; bit >= 0; bit--) {
            word = (uint16_t)(word << 2 | (data ? 2 : 0) | (bytes[i] >> bit & 1));
        }
        panel_take(&panel, &word, 1);
    }
}

const uint8_t *host_plane(unsigned which) {
    return panel.plane[which];
}

uint32_t host_error(unsigned which) {
    return panel.errors[which];
}

void host_ended(void) {
    panel_busy_ended(&panel);
}

void host_reset(int level) {
    panel_reset(&panel, level);
}

void host_variants(int swaps, int drops, int reloads, uint32_t overhead_us) {
    panel.variants = (variants_t){ swaps, drops, reloads, false, overhead_us };
}

void host_mute(int mute) {
    panel.variants.mute = mute;
    panel_offer(&panel);
}

void host_touch(unsigned chip) {
    touch_power(&touch, (uint8_t)chip);
}

void host_touch_reset(int level) {
    touch_reset(&touch, level);
}

void host_touch_timer(void) {
    touch_timer(&touch);
}

void host_touch_written(unsigned byte, int first) {
    touch_written(&touch, (uint8_t)byte, first);
}

unsigned host_touch_read(void) {
    return touch_read(&touch);
}

void host_touch_report(unsigned x, unsigned y) {
    touch_report(&touch, (uint16_t)x, (uint16_t)y);
}

void host_touch_lift(int said) {
    touch_lift(&touch, said);
}
