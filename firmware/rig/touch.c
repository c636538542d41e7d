/* touch: registers and INT of both touch chips. SPDX-License-Identifier: MIT */
#include "touch.h"

#include <string.h>

#define START_UP_US 300000u /* hardware-facts C.2; for an ICNT86X nothing is known */
#define PULSE_US 200u       /* not published */

enum {
    FT_STATUS = 0x02,
    FT_X_HIGH = 0x03,
    FT_CHIP_LOW = 0x9f,
    FT_CHIP = 0xa0,
    FT_THRESHOLD = 0x80,
    FT_FILTER = 0x85,
    FT_CONTROL = 0x86,
    FT_TO_MONITOR = 0x87,
    FT_RATE = 0x88,
    FT_MONITOR_RATE = 0x89,
    FT_FAMILY = 0xa3,
    FT_MODE = 0xa4,
    FT_POWER = 0xa5,
    FT_FIRMWARE = 0xa6,
    FT_VENDOR = 0xa8,
    ICNT_IDENTITY = 0x000a,
    ICNT_COUNT = 0x1001,
    ICNT_POINTS = 0x1002
};
static const uint8_t FT_DEFAULTS[][2] = {
    { FT_THRESHOLD, 0x16 }, { FT_FILTER, 0xa0 },     { FT_CONTROL, 1 },     { FT_TO_MONITOR, 10 },
    { FT_RATE, 60 },        { FT_MONITOR_RATE, 25 }, { FT_CHIP, 2 },        { FT_FAMILY, 0x64 },
    { FT_MODE, 1 },         { FT_FIRMWARE, 0x10 },   { FT_CHIP_LOW, 0x26 }, { FT_VENDOR, 0x11 },
};
static const uint8_t ICNT_IDENTITY_BYTES[4] = { 0x86, 0x00, 0x01, 0x00 };

uint8_t touch_address(const touch_t *touch) {
    return touch->chip == TOUCH_FT6336U ? 0x38 : 0x48;
}

static void set_int(touch_t *touch, bool level, uint32_t us) {
    touch->int_level = level || us;
    touch_set_int(touch, level, us);
}

static void update_port(touch_t *touch) {
    touch_set_port(touch, touch->ready && !touch->monitor && !touch->silent);
}

static void cleared(touch_t *touch) {
    memset(touch->registers, 0, sizeof touch->registers);
    memset(touch->points, 0, sizeof touch->points);
    touch->count = 0;
    touch->ready = touch->monitor = touch->touched = false;
    touch->pointer = 0;
    touch->address_bytes = 0;
    if (touch->chip == TOUCH_FT6336U) {
        for (uint32_t i = 0; i < sizeof FT_DEFAULTS / 2; i++) {
            touch->registers[FT_DEFAULTS[i][0]] = FT_DEFAULTS[i][1];
        }
    }
    update_port(touch);
    set_int(touch, true, 0);
}

void touch_power(touch_t *touch, uint8_t chip) {
    touch->chip = chip;
    touch->held = false;
    cleared(touch);
    touch_set_timer(touch, START_UP_US);
}

void touch_reset(touch_t *touch, bool level) {
    if (touch->held == !level) {
        return;
    }
    touch->held = !level;
    if (level) {
        touch_set_timer(touch, START_UP_US);
        return;
    }
    touch->resets++;
    touch_set_timer(touch, 0);
    cleared(touch);
}

static void await_monitor(touch_t *touch) {
    bool waits = touch->ready && !touch->touched && touch->registers[FT_CONTROL] && touch->chip == TOUCH_FT6336U;
    uint32_t us = touch->registers[FT_TO_MONITOR] * 1000000u;
    touch_set_timer(touch, waits ? (us ? us : 1) : 0);
}

void touch_timer(touch_t *touch) {
    if (!touch->ready) {
        touch->ready = true;
        update_port(touch);
        await_monitor(touch);
        return;
    }
    touch->monitor = true;
    touch->registers[FT_POWER] = 1;
    update_port(touch);
}

static bool writable(uint16_t number) {
    return number == 0 || number == FT_THRESHOLD || (number >= FT_FILTER && number <= FT_MONITOR_RATE) ||
           number == FT_MODE || number == FT_POWER;
}

static void written_ft(touch_t *touch, uint8_t byte, bool first) {
    if (first) {
        touch->pointer = byte;
        return;
    }
    uint16_t number = touch->pointer;
    touch->pointer = (number + 1) & 0xff;
    if (!writable(number)) {
        return;
    }
    touch->registers[number] = byte;
    if (number == FT_MODE && !touch->touched) {
        set_int(touch, true, 0);
    }
    if (number == FT_CONTROL || number == FT_TO_MONITOR) {
        await_monitor(touch);
    }
}

void touch_written(touch_t *touch, uint8_t byte, bool first) {
    if (touch->chip == TOUCH_FT6336U) {
        written_ft(touch, byte, first);
        return;
    }
    if (first) {
        touch->address_bytes = 2;
    }
    if (touch->address_bytes) {
        touch->address_bytes--;
        touch->pointer = (uint16_t)(touch->pointer << 8 | byte);
        return;
    }
    if (touch->pointer == ICNT_COUNT && byte == 0) {
        touch->count = 0;
        set_int(touch, true, 0);
    }
    touch->pointer++;
}

uint8_t touch_read(touch_t *touch) {
    uint16_t number = touch->pointer;
    if (touch->chip == TOUCH_FT6336U) {
        touch->pointer = (number + 1) & 0xff;
        return touch->registers[number];
    }
    touch->pointer++;
    if (number >= ICNT_IDENTITY && number < ICNT_IDENTITY + sizeof ICNT_IDENTITY_BYTES) {
        return ICNT_IDENTITY_BYTES[number - ICNT_IDENTITY];
    }
    if (number == ICNT_COUNT) {
        return touch->count;
    }
    if (number >= ICNT_POINTS && number < ICNT_POINTS + sizeof touch->points) {
        return touch->points[number - ICNT_POINTS];
    }
    return number < 0x1100 ? 0 : 0xff;
}

/* Both signal a report: the FT6336U by a pulse (trigger mode) or a level (polling), the ICNT86X by a level. */
static void signal_report(touch_t *touch) {
    touch->reports++;
    bool pulse = touch->chip == TOUCH_FT6336U && touch->registers[FT_MODE] == 1;
    set_int(touch, false, pulse ? PULSE_US : 0);
}

void touch_report(touch_t *touch, uint16_t x, uint16_t y) {
    if (!touch->ready || (touch->chip == TOUCH_ICNT86X && !touch->int_level)) {
        touch->missed++;
        return;
    }
    if (touch->chip == TOUCH_ICNT86X) {
        const uint8_t point[TOUCH_POINT_BYTES] = { 0,    (uint8_t)x, (uint8_t)(x >> 8), (uint8_t)y, (uint8_t)(y >> 8),
                                                   0x40, 0 };
        memcpy(touch->points, point, sizeof point);
        touch->count = 1;
        touch->touched = true;
        signal_report(touch);
        return;
    }
    if (touch->monitor) {
        touch->monitor = false;
        touch->registers[FT_POWER] = 0;
        update_port(touch);
    }
    uint8_t event = touch->touched ? 0x80 : 0x00;
    touch->touched = true;
    touch_set_timer(touch, 0);
    const uint8_t point[TOUCH_POINT_BYTES] = {
        1, (uint8_t)(event | (x >> 8 & 0x0f)), (uint8_t)x, (uint8_t)(y >> 8 & 0x0f), (uint8_t)y, 0x40, 0x10
    };
    memcpy(touch->registers + FT_STATUS, point, sizeof point);
    signal_report(touch);
}

void touch_lift(touch_t *touch, bool said) {
    if (!touch->ready || (touch->chip == TOUCH_ICNT86X && !touch->int_level)) {
        touch->missed++;
        return;
    }
    touch->touched = false;
    if (touch->chip == TOUCH_ICNT86X) {
        if (said) {
            touch->points[5] = touch->points[6] = 0; /* pressure and event; the place stays */
            touch->count = 1;
            signal_report(touch);
        }
        return;
    }
    if (said) {
        touch->registers[FT_STATUS] = 0;
        touch->registers[FT_X_HIGH] = (uint8_t)((touch->registers[FT_X_HIGH] & 0x0f) | 0x40);
        signal_report(touch);
    }
    if (touch->registers[FT_MODE] != 1) {
        set_int(touch, true, 0);
    }
    await_monitor(touch);
}

void touch_silence(touch_t *touch, bool silent) {
    touch->silent = silent;
    update_port(touch);
}
