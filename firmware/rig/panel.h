/* panel: what an SSD1683 or SSD1680 does with the bytes of its bus: registers, window, planes, length of BUSY.
 * It needs no chip: the tests compile it for the PC and compare it with the model (kesu.emulator.panel).
 * SPDX-License-Identifier: MIT */
#ifndef RIG_PANEL_H
#define RIG_PANEL_H
#include <stdbool.h>
#include <stdint.h>

#define PANEL_PLANE_MOST 15000u
#define PANEL_LUT_MOST 227u
#define PANEL_STORED_MOST 4u
#define PANEL_RATES 16u
#define PANEL_FOREVER 0xffffffffu

/* A waveform in the OTP: degrees that select it, display mode, length of its frames. */
typedef struct {
    int16_t from_celsius, to_celsius;
    uint8_t mode_2;
    uint32_t drive_us;
} stored_t;

/* A register: its command, how many bytes it has, and from how many on it acts. */
typedef struct {
    uint8_t op, length, shortest;
} panel_register_t;

/* A controller with its film; made from the models by `kesu dev build` (films.h). frame_ns: by frame rate code, 0 for
 * a code that is not known. */
typedef struct {
    const char *name;
    uint8_t ssd1680, stride, stored_count, register_count;
    uint16_t rows;
    uint32_t power_on_us, power_off_us, clock_us, load_us, reset_us, fill_us, overhead_us, recycled_us;
    uint32_t frame_ns[PANEL_RATES];
    stored_t stored[PANEL_STORED_MOST];
    const panel_register_t *registers;
} film_t;

/* Where sources disagree about a controller (hardware-facts, "not confirmed"): as the variants of the models. */
typedef struct {
    bool swaps_planes, drops_when_busy, reloads, mute; /* mute: nothing can be read back */
    uint32_t overhead_us;
} variants_t;

enum panel_error {
    PANEL_BUSY_COMMAND,
    PANEL_UNKNOWN,
    PANEL_TOO_MANY,
    PANEL_TOO_FEW,
    PANEL_OUTSIDE,
    PANEL_ASLEEP,
    PANEL_READ,
    PANEL_ERRORS
};

typedef struct {
    const film_t *film;
    variants_t variants;
    uint8_t plane[2][PANEL_PLANE_MOST]; /* 24h, 26h */
    uint8_t next_old[PANEL_PLANE_MOST];
    uint8_t lut[PANEL_LUT_MOST];
    uint8_t control, sensor, display_option, temperature[2], option[2];
    uint8_t op, entry, sleep, custom, parameter[4];
    uint16_t got, expected, shortest;
    uint16_t x_start, x_end, y_start, y_end, x, y;
    bool heard; /* whether panel_heard is called */
    bool clock_on, analog_on, busy, running, held, ping_pong, swap;
    int16_t celsius, sensed_celsius;
    const stored_t *stored;
    uint32_t noise, commands, data_bytes, activations, resets;
    uint32_t errors[PANEL_ERRORS];
} panel_t;

/* What the panel asks of the outside. panel_set_busy: the level from now on, and after `us` low again (PANEL_FOREVER:
 * not by itself). panel_note: a command that a log should have. */
void panel_set_busy(panel_t *panel, bool level, uint32_t us);
void panel_note(panel_t *panel, uint8_t op, uint32_t us);
/* What 1Bh gives from now on, the first bit highest; answers: false if the wire stays undriven. */
void panel_set_answer(panel_t *panel, bool answers, uint32_t bits);

/* A command that the panel took, or data; only while `heard`. */
void panel_heard(panel_t *panel, bool data, const uint8_t *bytes, uint32_t count);

/* A panel with that film that has just got power; the planes hold noise. */
void panel_power(panel_t *panel, const film_t *film, uint32_t seed);
/* Level of RST. */
void panel_reset(panel_t *panel, bool level);
/* Words of the sink: eight times DC and MOSI, first edge highest. */
void panel_take(panel_t *panel, const uint16_t *words, uint32_t count);
/* The time of panel_set_busy is over. */
void panel_busy_ended(panel_t *panel);
uint32_t panel_plane_bytes(const panel_t *panel);
/* The temperature, or a variant, has changed: offer the answer to 1Bh again. */
void panel_offer(panel_t *panel);
#endif
