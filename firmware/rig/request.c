/* request: one line of the protocol, taken apart and checked. SPDX-License-Identifier: MIT */
#include "request.h"

#include <string.h>

#define MOST_WORDS 8u

/* Names a word may be, in the order of the numbers that they stand for. */
static const char *const ONOFF[] = { "off", "on", 0 };
static const char *const ENDS[] = { "open", "low", 0 };
static const char *const CONTACT_NAMES[] = { "WIPE_KEY", "AWAY_KEY", "MODE_KEY", "HOOK", "RUN", "BOOTSEL", 0 };
static const char *const POWERS[] = { "off", "on", "cut", 0 };
static const char *const TARGETS[] = { "none", "rp2040", "rp2350", 0 };
static const char *const VARIANTS[] = { "swaps", "drops", "reloads", "mute", "overhead_us", 0 };
static const char *const FILM_NAMES[] = { "4in2", "2in9", "2in9-v2", 0 };
static const char *const PULLS[] = { "none", "up", "down", 0 };

typedef struct {
    const char *name;
    bool timed;
    uint8_t least, most;                        /* words after the verb */
    const char *const *names[REQUEST_NUMBERS]; /* 0: a number */
    uint32_t limit[REQUEST_NUMBERS];
    bool bytes;                                 /* the last word is bytes in hexadecimal */
} form_t;

#define ANY 0xffffffffu
static const form_t FORMS[VERBS] = {
    [VERB_VERSION] = { "version", false, 0, 0, { 0 }, { 0 }, false },
    [VERB_TIME] = { "time", false, 0, 0, { 0 }, { 0 }, false },
    [VERB_FILM] = { "film", false, 1, 1, { FILM_NAMES }, { 0 }, false },
    [VERB_SENSOR] = { "sensor", false, 1, 1, { 0 }, { 100 }, false },
    [VERB_VARIANT] = { "variant", false, 2, 2, { VARIANTS }, { 0, 1000000 }, false },
    [VERB_SILENT] = { "silent", true, 1, 1, { ONOFF }, { 0 }, false },
    [VERB_CONTACT] = { "contact", true, 2, 2, { CONTACT_NAMES, ENDS }, { 0 }, false },
    [VERB_PEN] = { "pen", true, 2, 2, { 0 }, { 4095, 4095 }, false },
    [VERB_LIFT] = { "lift", true, 1, 1, { ONOFF }, { 0 }, false },
    [VERB_POWER] = { "power", true, 1, 1, { POWERS }, { 0 }, false },
    [VERB_CANCEL] = { "cancel", false, 0, 0, { 0 }, { 0 }, false },
    [VERB_STATE] = { "state", false, 0, 0, { 0 }, { 0 }, false },
    [VERB_PLANES] = { "planes", false, 0, 0, { 0 }, { 0 }, false },
    [VERB_TOUCH] = { "touch", false, 0, 0, { 0 }, { 0 }, false },
    [VERB_LOG] = { "log", false, 0, 0, { 0 }, { 0 }, false },
    [VERB_RECORD] = { "record", false, 1, 1, { ONOFF }, { 0 }, false },
    [VERB_RECORDED] = { "recorded", false, 0, 0, { 0 }, { 0 }, false },
    [VERB_SENSE] = { "sense", false, 0, 0, { 0 }, { 0 }, false },
    [VERB_LEVELS] = { "levels", false, 0, 0, { 0 }, { 0 }, false },
    [VERB_PULL] = { "pull", false, 2, 2, { 0, PULLS }, { 28 }, false },
    [VERB_ADC] = { "adc", false, 2, 2, { 0 }, { 3, 65536 }, false },
    [VERB_CONNECT] = { "connect", true, 2, 2, { TARGETS, 0 }, { 0, 255 }, false },
    [VERB_READ] = { "read", false, 2, 2, { 0 }, { ANY, 0x400000 }, false },
    [VERB_WRITE] = { "write", true, 2, 2, { 0 }, { ANY, ANY }, false },
    [VERB_HALT] = { "halt", true, 1, 1, { 0 }, { 2000000 }, false },
    [VERB_RESUME] = { "resume", false, 0, 0, { 0 }, { 0 }, false },
    [VERB_DRIVE] = { "drive", false, 1, 1, { ONOFF }, { 0 }, false },
    [VERB_SEND] = { "send", false, 1, 2, { 0 }, { 255 }, true },
    [VERB_FILL] = { "fill", false, 3, 3, { 0 }, { 255, 65536, 255 }, false },
    [VERB_FETCH] = { "fetch", false, 2, 2, { 0 }, { 255, 32768 }, false },
    [VERB_RESET] = { "reset", false, 1, 1, { 0 }, { 1000000 }, false },
    [VERB_RUN] = { "run", false, 2, 2, { 0 }, { 255, 60000000 }, false },
};

static bool digit(char c, uint32_t base, uint32_t *value) {
    uint32_t v = 99;
    if (c >= '0' && c <= '9') {
        v = (uint32_t)(c - '0');
    } else if (c >= 'a' && c <= 'f') {
        v = (uint32_t)(c - 'a') + 10;
    }
    *value = v;
    return v < base;
}

/* A number, decimal or with 0x, up to `most`. */
static bool number(const char *word, uint64_t most, uint64_t *value) {
    uint32_t base = 10, v;
    if (word[0] == '0' && word[1] == 'x') {
        base = 16;
        word += 2;
    }
    if (!*word) {
        return false;
    }
    *value = 0;
    for (; *word; word++) {
        if (!digit(*word, base, &v) || *value > (most - v) / base) {
            return false;
        }
        *value = *value * base + v;
    }
    return *value <= most;
}

static bool name(const char *word, const char *const *names, uint32_t *value) {
    for (uint32_t i = 0; names[i]; i++) {
        if (!strcmp(word, names[i])) {
            *value = i;
            return true;
        }
    }
    return false;
}

static bool hexadecimal(const char *word, request_t *request) {
    uint32_t high, low;
    for (request->length = 0; *word; word += 2) {
        if (request->length == REQUEST_BYTES_MOST || !digit(word[0], 16, &high) || !digit(word[1], 16, &low)) {
            return false;
        }
        request->bytes[request->length++] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Words of the text, which become strings; MOST_WORDS + 1 if there are more. */
static uint32_t split(char *text, char **word) {
    uint32_t count = 0;
    bool inside = false;
    for (; *text; text++) {
        if (*text == ' ') {
            *text = 0;
            inside = false;
        } else if (!inside) {
            inside = true;
            if (count == MOST_WORDS) {
                return MOST_WORDS + 1;
            }
            word[count++] = text;
        }
    }
    return count;
}

static enum failure arguments(const form_t *form, char **word, uint32_t count, request_t *request,
                              const char **problem) {
    if (count < form->least || count > form->most) {
        return FAILED_WORDS;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t value = 0;
        *problem = word[i];
        bool right;
        if (form->bytes && i + 1 == form->most) {
            right = hexadecimal(word[i], request);
        } else if (form->names[i]) {
            right = name(word[i], form->names[i], &request->number[i]);
        } else {
            right = number(word[i], form->limit[i], &value);
            request->number[i] = (uint32_t)value;
        }
        if (!right) {
            return FAILED_VALUE;
        }
    }
    *problem = "";
    return FAILED_NOT;
}

enum failure request_parse(char *text, request_t *request, const char **problem) {
    char *word[MOST_WORDS];
    uint32_t count = split(text, word), at = 0;
    memset(request, 0, sizeof *request);
    *problem = "";
    if (count == 0 || count > MOST_WORDS) {
        return FAILED_WORDS;
    }
    if (!strcmp(word[0], "at")) {
        request->timed = true;
        at = 2;
        if (count < 3) {
            return FAILED_WORDS;
        }
        *problem = word[1];
        if (!number(word[1], 1ull << 62, &request->at_us)) {
            return FAILED_VALUE;
        }
    }
    *problem = word[at];
    for (uint32_t verb = 0; verb < VERBS; verb++) {
        if (!strcmp(word[at], FORMS[verb].name)) {
            request->verb = (uint8_t)verb;
            if (request->timed && !FORMS[verb].timed) {
                return FAILED_STATE;
            }
            return arguments(&FORMS[verb], word + at + 1, count - at - 1, request, problem);
        }
    }
    return FAILED_VERB;
}
