/* request: one line of the protocol, taken apart and checked; nothing is done here. It needs no chip: the tests
 * compile it for the PC and call it with random lines. SPDX-License-Identifier: MIT */
#ifndef RIG_REQUEST_H
#define RIG_REQUEST_H
#include <stdbool.h>
#include <stdint.h>

#define REQUEST_LINE_MOST 511u
#define REQUEST_NUMBERS 3u
#define REQUEST_BYTES_MOST 227u

enum verb {
    VERB_VERSION,
    VERB_TIME,
    VERB_FILM,
    VERB_SENSOR,
    VERB_VARIANT,
    VERB_SILENT,
    VERB_CONTACT,
    VERB_PEN,
    VERB_LIFT,
    VERB_POWER,
    VERB_CANCEL,
    VERB_STATE,
    VERB_PLANES,
    VERB_TOUCH,
    VERB_LOG,
    VERB_RECORD,
    VERB_RECORDED,
    VERB_SENSE,
    VERB_LEVELS,
    VERB_PULL,
    VERB_ADC,
    VERB_CONNECT,
    VERB_READ,
    VERB_WRITE,
    VERB_HALT,
    VERB_RESUME,
    VERB_DRIVE,
    VERB_SEND,
    VERB_FILL,
    VERB_FETCH,
    VERB_RESET,
    VERB_RUN,
    VERBS
};
enum contact { CONTACT_WIPE, CONTACT_AWAY, CONTACT_MODE, CONTACT_HOOK, CONTACT_RUN, CONTACT_BOOTSEL, CONTACTS };
enum power { POWER_OFF, POWER_ON, POWER_CUT };
enum target { TARGET_NONE, TARGET_RP2040, TARGET_RP2350 };
enum variant { VARIANT_SWAPS, VARIANT_DROPS, VARIANT_RELOADS, VARIANT_MUTE, VARIANT_OVERHEAD_US };

/* Numbers of the protocol's errors; the host has the same list (kesu_dev.rig.protocol). */
enum failure {
    FAILED_NOT = 0,
    FAILED_VERB = 1,
    FAILED_WORDS = 2,
    FAILED_VALUE = 3,
    FAILED_STATE = 4,
    FAILED_FULL = 5,
    FAILED_ANSWER = 6,
    FAILED_LINE = 7
};

typedef struct {
    uint8_t verb;
    bool timed;
    uint64_t at_us; /* if timed */
    uint32_t number[REQUEST_NUMBERS];
    uint8_t length, bytes[REQUEST_BYTES_MOST];
} request_t;

/* Take a line without its end apart. Changes `text`. problem: the word that is wrong, inside `text`, or "". */
enum failure request_parse(char *text, request_t *request, const char **problem);
#endif
