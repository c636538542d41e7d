/* fuzz: random lines, words of the bus and touch traffic into the rig's pure parts. usage: fuzz SEED CALLS
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "films.h"
#include "panel.h"
#include "request.h"
#include "touch.h"

extern panel_t panel;
extern touch_t touch;
void host_film(unsigned number);

static uint32_t state;
static uint32_t draw(uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)state * below >> 32);
}

static const char *const PARTS[] = { "at",
                                     "pen",
                                     "lift",
                                     "contact",
                                     "power",
                                     "read",
                                     "send",
                                     "fill",
                                     "0x",
                                     "999999",
                                     "off",
                                     "on",
                                     "low",
                                     "RUN",
                                     "film",
                                     "2in9-v2",
                                     "18446744073709551615",
                                     "0",
                                     "-1",
                                     "4095",
                                     "zz",
                                     "",
                                     "abcdef",
                                     "version",
                                     "4611686018427387904",
                                     "connect",
                                     "rp2040",
                                     "overhead_us",
                                     "variant",
                                     "halt",
                                     "1000000" };

/* A line that looks right in parts, in memory of just its length. Returns what the parser says. */
static int line(void) {
    char text[REQUEST_LINE_MOST + 1];
    uint32_t length = 0, words = draw(12);
    for (uint32_t i = 0; i < words; i++) {
        const char *part = PARTS[draw(sizeof PARTS / sizeof PARTS[0])];
        uint32_t size = (uint32_t)strlen(part);
        if (length + size + 40 > REQUEST_LINE_MOST) {
            break;
        }
        memcpy(text + length, part, size);
        length += size;
        for (uint32_t more = draw(4) ? 0 : draw(30); more; more--) {
            text[length++] = (char)(1 + draw(255));
        }
        text[length++] = ' ';
    }
    if (!draw(8)) {
        memcpy(text, "send 50 ", 8);
        length = 8 + draw(REQUEST_LINE_MOST - 8);
        memset(text + 8, 'a', length - 8);
    }
    char *exact = malloc(length + 1);
    memcpy(exact, text, length);
    exact[length] = 0;
    request_t request;
    const char *problem = 0;
    int failure = request_parse(exact, &request, &problem);
    if (problem < exact || problem > exact + length) {
        if (*problem) {
            abort();
        }
    }
    if (!failure && (request.verb >= VERBS || request.length > REQUEST_BYTES_MOST)) {
        abort();
    }
    free(exact);
    return failure;
}

static void words(void) {
    uint16_t some[64];
    uint32_t count = draw(64), data = draw(3) ? 0xaaaau : 0;
    for (uint32_t i = 0; i < count; i++) {
        some[i] = (uint16_t)((draw(65536) & 0x5555u) | (i ? data : 0));
    }
    panel_take(&panel, some, count);
    switch (draw(40)) {
        case 0: panel_reset(&panel, false); break;
        case 1: panel_reset(&panel, true); break;
        case 2: host_film(draw(3)); break;
        case 3: panel.variants.swaps_planes = draw(2); break;
        default: panel_busy_ended(&panel); panel_reset(&panel, true);
    }
}

static void fingers(void) {
    switch (draw(7)) {
        case 0: touch_power(&touch, (uint8_t)draw(2)); break;
        case 1: touch_reset(&touch, draw(2)); break;
        case 2: touch_timer(&touch); break;
        case 3: touch_report(&touch, (uint16_t)draw(4096), (uint16_t)draw(4096)); break;
        case 4: touch_lift(&touch, draw(2)); break;
        case 5: touch_written(&touch, (uint8_t)draw(256), draw(2)); break;
        default: (void)touch_read(&touch);
    }
}

int main(int count, char **arguments) {
    unsigned long calls = count > 2 ? strtoul(arguments[2], 0, 10) : 1000, taken = 0, refused = 0;
    state = count > 1 ? (uint32_t)strtoul(arguments[1], 0, 10) : 1;
    host_film(0);
    touch_power(&touch, 0);
    for (unsigned long i = 0; i < calls; i++) {
        if (line()) {
            refused++;
        } else {
            taken++;
        }
        words();
        fingers();
    }
    printf("request %lu %lu\n", taken, refused);
    return 0;
}
