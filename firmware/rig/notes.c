/* notes: a log of what happened when. SPDX-License-Identifier: MIT */
#include "notes.h"

#include "hardware/sync.h"
#include "hardware/timer.h"

note_t notes[NOTES];
volatile uint32_t note_count;

void note_add(enum note kind, uint32_t value) {
    uint32_t state = save_and_disable_interrupts();
    note_t *note = &notes[note_count % NOTES];
    note->us = timer_hw->timerawl;
    note->what = (uint32_t)kind << 24 | (value & 0xffffffu);
    note_count++;
    restore_interrupts(state);
}
