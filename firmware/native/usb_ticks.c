/* usb_ticks: sends everything that the host can time at fixed ticks: answers, refusals, notifications, and readiness
 * for the next packet. */
/* SPDX-License-Identifier: MIT */

/* When the loop has an answer ready depends on what it was doing, and that depends on ink. So what TinyUSB passes to
 * the controller is held, and an alarm releases it at a multiple of GRID_US of the chip's clock: the first one that is
 * GRID_US or more after the host's packet (or, for a notification, after the moment that it reports). If the loop takes
 * longer than that, the answer is one tick late. USB 2.0 section 9.2.6.4 allows 50 ms for a status stage, 500 ms for
 * data.
 *
 * The alarm fires a little early and its handler waits for the tick, so that a delayed interrupt does not show. */

#ifndef NO_QSTR /* The search for interned strings does not know where TinyUSB is. */
#include "tusb.h"

#include "device/dcd.h"
#include "hardware/irq.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "py/mphal.h"
#endif

#include "native.h"
#include "usb_gate.h"

#if KESU_SEALED

#define ALARM (0) /* sleep.c uses 1, the port's soft timers 2, pico-sdk's alarm pool 3 */
#define EARLY_US (32)
#define SOON_US (EARLY_US + 64) /* an alarm nearer than that might be missed */
#define FAR_US (2000000)        /* nothing is held for so long: a base farther off is outdated */

typedef struct {
    uint8_t *buffer;
    uint32_t due_us;
    uint16_t length;
    bool waits;
    bool refuses;
} held_t;

static const uint8_t addresses[SLOTS] = { 0x00, 0x80, 0x02, 0x81 };
static held_t held[SLOTS];
static uint32_t base_us[SLOTS];
static uint32_t armed_us;
static uint32_t wake_us;
static bool wakes;
static uint32_t far_wake_us;
static bool wakes_far;

bool __real_dcd_edpt_xfer(uint8_t port, uint8_t address, uint8_t *buffer, uint16_t length);
void __real_dcd_edpt_stall(uint8_t port, uint8_t address);

int kesu_usb_slot(uint8_t address) {
    for (int slot = 0; slot < SLOTS; slot++) {
        if (addresses[slot] == address) {
            return slot;
        }
    }
    return -1;
}

static uint32_t tick_from(uint32_t us) {
    return (us + GRID_US - 1) & ~(GRID_US - 1);
}

static uint32_t next_tick(uint32_t now_us) {
    return tick_from(now_us + SOON_US);
}

/* Set the alarm to the first tick at which there is something to do. If there is none, clear its register and all
 * variables that keep a time. */
static void arm(void) {
    timer_hw_t *timer = PICO_DEFAULT_TIMER_INSTANCE();
    const uint32_t now_us = timer->timerawl;
    bool any = wakes || wakes_far;
    uint32_t first_us = wakes ? wake_us : far_wake_us;
    if (wakes && wakes_far && (int32_t)(far_wake_us - first_us) < 0) {
        first_us = far_wake_us;
    }
    for (int slot = 0; slot < SLOTS; slot++) {
        if (held[slot].waits && (!any || (int32_t)(held[slot].due_us - first_us) < 0)) {
            first_us = held[slot].due_us;
            any = true;
        }
    }
    if (!any) {
        timer->alarm[ALARM] = 0;
        timer->armed = 1u << ALARM;
        armed_us = 0;
        wake_us = 0;
        far_wake_us = 0;
        return;
    }
    if ((int32_t)(first_us - now_us) < SOON_US) {
        first_us = next_tick(now_us);
    }
    armed_us = first_us;
    timer->alarm[ALARM] = first_us - EARLY_US;
}

static void release(int slot) {
    const held_t ready = held[slot];
    kesu_ticks_drop(slot);
    if (ready.refuses) {
        __real_dcd_edpt_stall(0, addresses[slot]);
    } else if (slot <= SLOT_CONTROL_IN || kesu_endpoint_is_open(addresses[slot])) {
        __real_dcd_edpt_xfer(0, addresses[slot], ready.buffer, ready.length);
    }
}

static void __not_in_flash_func(kesu_usb_tick)(void) {
    timer_hw_t *timer = PICO_DEFAULT_TIMER_INSTANCE();
    timer->intr = 1u << ALARM;
    const uint32_t tick_us = armed_us;
    while (tick_us - timer->timerawl - 1 < EARLY_US) {
        tight_loop_contents();
    }
    for (int slot = 0; slot < SLOTS; slot++) {
        if (held[slot].waits && (int32_t)(held[slot].due_us - tick_us) <= 0) {
            release(slot);
        }
    }
    wakes = wakes && (int32_t)(wake_us - tick_us) > 0;
    wakes_far = wakes_far && (int32_t)(far_wake_us - tick_us) > 0;
    kesu_usb_ticked(tick_us);
    arm();
}

void kesu_ticks_begin(void) {
    const uint irq = hardware_alarm_get_irq_num(ALARM);
    hardware_alarm_claim(ALARM);
    irq_set_exclusive_handler(irq, kesu_usb_tick);
    irq_set_priority(irq, USB_PRIORITY);
    hw_set_bits(&PICO_DEFAULT_TIMER_INSTANCE()->inte, 1u << ALARM);
    irq_set_enabled(irq, true);
}

/* The next transfer on that endpoint is timed from at_us, or from a later moment that was set before. */
void kesu_ticks_base(int slot, uint32_t at_us) {
    if (base_us[slot] - at_us >= FAR_US) {
        base_us[slot] = at_us;
    }
}

static void hold(int slot, uint8_t *buffer, uint16_t length, bool refuses) {
    const uint32_t now_us = time_us_32();
    uint32_t due_us = tick_from(base_us[slot] + GRID_US);
    if (due_us - now_us >= FAR_US || due_us - now_us < SOON_US) {
        due_us = next_tick(now_us);
    }
    held[slot] = (held_t){ buffer, due_us, length, true, refuses };
    arm();
}

void kesu_ticks_hold(int slot, uint8_t *buffer, uint16_t length) {
    hold(slot, buffer, length, false);
}

/* Endpoint 0 stalls in both directions. */
void kesu_ticks_refuse(void) {
    hold(SLOT_CONTROL_OUT, NULL, 0, true);
    hold(SLOT_CONTROL_IN, NULL, 0, true);
}

void kesu_ticks_drop(int slot) {
    held[slot] = (held_t){ 0 };
}

void kesu_ticks_drop_all(void) {
    for (int slot = 0; slot < SLOTS; slot++) {
        kesu_ticks_drop(slot);
    }
    arm();
}

void kesu_ticks_wake(void) {
    if (!wakes) {
        wakes = true;
        wake_us = next_tick(time_us_32());
        arm();
    }
}

void kesu_ticks_wake_at(uint32_t us) {
    wakes_far = true;
    far_wake_us = tick_from(us);
    arm();
}

#endif
