/* notes: a log of what happened when: the last edges and commands that matter, with the rig's microseconds.
 * SPDX-License-Identifier: MIT */
#ifndef RIG_NOTES_H
#define RIG_NOTES_H
#include <stdint.h>

#define NOTES 2048u

/* The host has the same list (kesu_dev.rig.protocol). */
enum note {
    NOTE_PANEL_RST = 1, /* level */
    NOTE_PANEL_BUSY,    /* level */
    NOTE_PANEL_COMMAND, /* command in the high byte of 24 bits, below it its BUSY in ms, or the mode of sleep */
    NOTE_TOUCH_RST,     /* level */
    NOTE_TOUCH_INT,     /* level */
    NOTE_TOUCH_PORT,    /* open */
    NOTE_CONTACT,       /* number of the contact << 1 | closed */
    NOTE_POWER,         /* of VBUS: on */
    NOTE_SUPPLY,        /* of the pad's 3V3: there */
    NOTE_OUTPUTS,       /* driven, or high impedance */
    NOTE_HALT,          /* the pad's core: stopped, or HALT_FAILED */
    NOTE_LATE,          /* an action of the queue began so many us late */
    NOTE_STRIKE,        /* a word was written at its time: done, or not */
    NOTE_CONNECT,       /* the debug port was connected at its time: answers, or not */
    NOTE_LOST           /* words of the sink that the ring had no room for */
};

#define HALT_FAILED 2u

typedef struct {
    uint32_t us, what; /* the low word of the time; kind << 24 | value */
} note_t;

extern note_t notes[NOTES];
/* How many notes there were; the last NOTES of them are kept. */
extern volatile uint32_t note_count;
void note_add(enum note kind, uint32_t value);
#endif
