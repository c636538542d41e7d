/* usb_ticks: sends everything that the host can time at fixed ticks: answers, refusals, notifications, and readiness
 * for the next packet. */
/* SPDX-License-Identifier: MIT */

/* When the loop has an answer ready depends on what it was doing, and that depends on ink. So what TinyUSB passes to
 * the controller is held, and an alarm releases it at a multiple of GRID_US of the chip's clock: the second one after
 * the host's packet (or, for a notification, after the moment that it reports). If the loop takes longer than that, the
 * answer is one tick late. USB 2.0 section 9.2.6.4 allows 50 ms for a status stage, 500 ms for data.
 *
 * In the last SOON_US before a tick a packet counts as later than the tick: if something is prepared for that tick, it
 * is seen only afterwards, and the host must not learn from that whether there was something.
 *
 * A single cycle counts: whether the core was busy when the tick came once showed in the time of its packet, and with
 * that, which digit was written. So the alarm fires PREPARE_US early and starts another interrupt, which does everything
 * except for one write per endpoint, then sleeps. The alarm's second interrupt ends that sleep, always after the same
 * number of cycles, and its code, which runs from RAM, does the writes. */

#ifndef NO_QSTR /* The search for interned strings does not know where TinyUSB is. */
#include "tusb.h"

#include "device/dcd.h"
#include "hardware/irq.h"
#include "hardware/structs/usb.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "portable/raspberrypi/rp2040/rp2040_usb.h"
#include "py/mphal.h"
#endif

#include "native.h"
#include "usb_gate.h"

#define ALARM (0)                 /* sleep.c uses 1, the port's soft timers 2, pico-sdk's alarm pool 3 */
#define ALARM_PRIORITY (0x00)     /* above USB_PRIORITY, because it ends the sleep of an interrupt of that priority */
#define PREPARE_US (96)           /* enough for a preparation that misses the flash cache in every line */
#define SOON_US (PREPARE_US + 64) /* an alarm nearer than that might be missed */
#define FAR_US (2000000)          /* nothing is held for so long: a moment farther off is not one of now */

typedef struct {
    uint8_t *buffer;
    uint32_t due_us;
    uint16_t length;
    bool waits;
    bool refuses;
} held_t;

static const uint8_t addresses[SLOTS] = { 0x00, 0x80, 0x02, 0x81 };
static held_t held[SLOTS];
/* The first tick for the next transfer on each endpoint. A tick and not the moment of the packet, because how soon an
 * interrupt is handled depends on what it interrupts, and the number stays. In 32 bits, a tick of 71 minutes ago would
 * look like one to come. */
static uint64_t earliest_us[SLOTS];
static uint32_t armed_us;
static bool armed;
static uint32_t wake_us;
static bool wakes;
static uint32_t far_wake_us;
static bool wakes_far;

/* The write that lets the controller answer on each endpoint. Without one, the write goes to `nowhere`, so that all
 * take the same time. */
static struct {
    io_rw_32 *to;
    uint32_t value;
} staged[SLOTS];
static io_rw_32 nowhere;
static volatile bool prepared;
static uint prepare_irq;

bool __real_dcd_edpt_xfer(uint8_t port, uint8_t address, uint8_t *buffer, uint16_t length);
void __real_hw_endpoint_xfer_start(struct hw_endpoint *endpoint, uint8_t *buffer, uint16_t length);
void __wrap_hw_endpoint_xfer_start(struct hw_endpoint *endpoint, uint8_t *buffer, uint16_t length);

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

/* The tick for the answer to what came at `us`: GRID_US + SOON_US or more later. */
static uint64_t tick_for(uint64_t us) {
    return ((us + SOON_US) & ~(uint64_t)(GRID_US - 1)) + 2 * GRID_US;
}

static uint32_t next_tick(uint32_t now_us) {
    return tick_from(now_us + SOON_US);
}

/* Set the alarm to the first tick at which there is something to do. If there is none, clear its register and all
 * variables that keep a time. An alarm that is set to that tick already stays, however near the tick is: setting it
 * again would make everything that is due then a tick late, only because the loop asked for something else. */
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
    const bool was_armed = armed;
    armed = any;
    if (!any) {
        timer->alarm[ALARM] = 0;
        timer->armed = 1u << ALARM;
        armed_us = 0;
        wake_us = 0;
        far_wake_us = 0;
        return;
    }
    const uint32_t wanted_us = first_us;
    if ((int32_t)(first_us - now_us) < SOON_US) {
        first_us = next_tick(now_us);
    }
    if (was_armed && (int32_t)(armed_us - wanted_us) >= 0 && (int32_t)(armed_us - first_us) <= 0) {
        return;
    }
    armed_us = first_us;
    timer->alarm[ALARM] = first_us - PREPARE_US;
}

static void stage(int slot, io_rw_32 *to, uint32_t value) {
    staged[slot].to = to;
    staged[slot].value = value;
}

/* The driver prepares a transfer by a series of writes to the endpoint's buffer control register, the last of which
 * sets AVAILABLE. Let it write to memory instead, and stage that last write. */
void __wrap_hw_endpoint_xfer_start(struct hw_endpoint *endpoint, uint8_t *buffer, uint16_t length) {
    static io_rw_32 written;
    io_rw_32 *const control = endpoint->buffer_control;
    written = *control;
    endpoint->buffer_control = &written;
    __real_hw_endpoint_xfer_start(endpoint, buffer, length);
    endpoint->buffer_control = control;
    *control = written & ~USB_BUF_CTRL_AVAIL; /* at least 12 cycles earlier: RP2040 datasheet 4.1.2.5.1 */
    stage(kesu_usb_slot(endpoint->ep_addr), control, written);
    written = 0;
}

/* STALL has no effect on endpoint 0 until it is armed, and a SETUP packet disarms it (RP2040 datasheet 4.1.4). */
static void stage_stall(int slot) {
    if (slot == SLOT_CONTROL_IN) {
        usb_dpram->ep_buf_ctrl[0].in = USB_BUF_CTRL_STALL;
        stage(slot, &usb_hw_set->ep_stall_arm, USB_EP_STALL_ARM_EP0_IN_BITS);
    } else {
        usb_dpram->ep_buf_ctrl[0].out = USB_BUF_CTRL_STALL;
        stage(slot, &usb_hw_set->ep_stall_arm, USB_EP_STALL_ARM_EP0_OUT_BITS);
    }
}

static void prepare_slot(int slot) {
    const held_t ready = held[slot];
    kesu_ticks_drop(slot);
    if (ready.refuses) {
        stage_stall(slot);
    } else if (slot <= SLOT_CONTROL_IN || kesu_endpoint_is_open(addresses[slot])) {
        __real_dcd_edpt_xfer(0, addresses[slot], ready.buffer, ready.length);
    }
}

/* Sleep until the alarm's second interrupt. With interrupts off, one that comes before the WFI ends it too. From RAM: in
 * flash the instruction that lets the interrupt in may be in another cache line than the WFI (8 bytes, RP2040 datasheet
 * 2.6.3.1), and whether that line is cached depends on what ran before. */
static void __no_inline_not_in_flash_func(sleep_to)(uint32_t tick_us) {
    timer_hw_t *timer = PICO_DEFAULT_TIMER_INSTANCE();
    prepared = true;
    timer->alarm[ALARM] = tick_us;
    if ((int32_t)(timer->timerawl - tick_us) >= 0) {
        irq_set_pending(hardware_alarm_get_irq_num(ALARM)); /* never seen: interrupts were off for PREPARE_US */
    }
    while (prepared) {
        const uint32_t state = save_and_disable_interrupts();
        if (prepared) {
            __wfi();
        }
        restore_interrupts(state);
    }
}

static void kesu_usb_prepare(void) {
    const uint32_t tick_us = armed_us;
    if (!armed || (int32_t)(tick_us - PICO_DEFAULT_TIMER_INSTANCE()->timerawl) > PREPARE_US) {
        return; /* arm() was called since, by an interrupt that was being handled when the alarm fired */
    }
    for (int slot = 0; slot < SLOTS; slot++) {
        stage(slot, &nowhere, 0);
    }
    for (int slot = 0; slot < SLOTS; slot++) {
        if (held[slot].waits && (int32_t)(held[slot].due_us - tick_us) <= 0) {
            prepare_slot(slot);
        }
    }
    sleep_to(tick_us);
    for (int slot = 0; slot < SLOTS; slot++) {
        stage(slot, &nowhere, 0); /* the number of packets before shows in a packet's bits */
    }
    wakes = wakes && (int32_t)(wake_us - tick_us) > 0;
    wakes_far = wakes_far && (int32_t)(far_wake_us - tick_us) > 0;
    kesu_usb_ticked(tick_us);
    arm();
}

static void __not_in_flash_func(kesu_usb_alarm)(void) {
    PICO_DEFAULT_TIMER_INSTANCE()->intr = 1u << ALARM;
    if (!prepared) {
        irq_set_pending(prepare_irq);
        return;
    }
    const uint32_t status = usb_hw->sie_status;
    if (status & (USB_SIE_STATUS_SETUP_REC_BITS | USB_SIE_STATUS_BUS_RESET_BITS)) {
        /* The host has begun something else in the meantime. */
        staged[SLOT_CONTROL_OUT].to = &nowhere;
        staged[SLOT_CONTROL_IN].to = &nowhere;
    }
    *staged[SLOT_CONTROL_OUT].to = staged[SLOT_CONTROL_OUT].value;
    *staged[SLOT_CONTROL_IN].to = staged[SLOT_CONTROL_IN].value;
    *staged[SLOT_BULK_OUT].to = staged[SLOT_BULK_OUT].value;
    *staged[SLOT_NOTIFY].to = staged[SLOT_NOTIFY].value;
    prepared = false;
}

void kesu_ticks_begin(void) {
    const uint irq = hardware_alarm_get_irq_num(ALARM);
    hardware_alarm_claim(ALARM);
    prepare_irq = user_irq_claim_unused(true);
    irq_set_exclusive_handler(prepare_irq, kesu_usb_prepare);
    irq_set_priority(prepare_irq, USB_PRIORITY);
    irq_set_enabled(prepare_irq, true);
    irq_set_exclusive_handler(irq, kesu_usb_alarm);
    irq_set_priority(irq, ALARM_PRIORITY);
    hw_set_bits(&PICO_DEFAULT_TIMER_INSTANCE()->inte, 1u << ALARM);
    irq_set_enabled(irq, true);
}

/* The next transfer on that endpoint is timed from at_us, or from a later moment that was set before. */
void kesu_ticks_base(int slot, uint64_t at_us) {
    const uint64_t tick_us = tick_for(at_us);
    if (earliest_us[slot] < tick_us) {
        earliest_us[slot] = tick_us;
    }
}

static void hold(int slot, uint8_t *buffer, uint16_t length, bool refuses) {
    const uint64_t now_us = time_us_64();
    uint64_t due_us = earliest_us[slot];
    if (due_us < now_us + SOON_US || due_us > now_us + FAR_US) {
        due_us = next_tick((uint32_t)now_us);
    }
    held[slot] = (held_t){ buffer, (uint32_t)due_us, length, true, refuses };
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
