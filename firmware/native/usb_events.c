/* usb_events: latches what comes from the bus, at a rate that never delays a wipe; cuts off a host that floods the pad. */
/* SPDX-License-Identifier: MIT */

/* Everything here runs in the controller's interrupt, or in that of a tick of the same priority (usb_ticks.c). There is
 * one latch for each kind of event, as in events.py: a request supersedes the one before (USB 2.0 section 8.5.3.4), and a
 * packet arrives on an endpoint only after the pad has asked for one, which it does at ticks. So each GRID_US brings at
 * most one request and one packet per endpoint. usb_turn.c takes them from the latches, outside of interrupts.
 *
 * The interrupt detects a lost line (DTR dropped, bus reset, bus asleep) without waiting for TinyUSB.
 *
 * A device answers nothing until the host has reset the bus (USB 2.0 sections 9.1.1.2 and 9.1.1.3), so what comes before
 * is ignored. TinyUSB 0.18 relies on that: only a bus reset sets up its tables (usbd.c, configuration_reset). Without
 * them every SET_CONFIGURATION fails half-way, keeps the endpoints it has opened, and the pad restarts. */

#include <stdbool.h>
#include <stdint.h>

#ifndef NO_QSTR /* The search for interned strings does not know where TinyUSB is. */
#include "tusb.h"

#include "class/cdc/cdc.h"
#include "device/dcd.h"
#include "hardware/irq.h"
#include "hardware/structs/usb.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "portable/raspberrypi/rp2040/rp2040_usb.h"
#endif

#include "py/obj.h"

#include "native.h"
#include "usb_gate.h"
#include "usb_latches.h"

/* A regular driver repeats a request after the answer, GRID_US or more later, or after its time-out of seconds. */
#define REQUESTS_MAX (16)
#define INTERRUPTS_MAX (24)
#define OFF_US (5000000) /* longer than any wipe */
#define CLASS_OUT (0x21)
#define DTR (1)

static struct {
    uint32_t interval; /* the one that is counted */
    uint32_t off_from_us;
    uint8_t requests;
    uint8_t interrupts;
    uint8_t new_address;
    bool address_waits;
    bool was_reset; /* the host has reset the bus since the pad connected to it */
    bool spoken; /* the host has sent a request since the last bus reset */
    bool met; /* a host has sent a request since power-on: this is no charger */
    bool silent; /* no frame for 3 ms, on a bus that had a host */
    bool dtr;
    bool masked;
    bool off;
} gate;

kesu_usb_latches_t kesu_usb_latches;

static irq_handler_t controller_irq;

bool kesu_usb_event(dcd_event_t const *event, bool in_isr);
void __real_irq_add_shared_handler(uint number, irq_handler_t handler, uint8_t order);
void __wrap_irq_add_shared_handler(uint number, irq_handler_t handler, uint8_t order);
bool __real_tud_connect(void);
bool __wrap_tud_connect(void);

static void mask(void) {
    gate.masked = true;
    irq_set_enabled(USBCTRL_IRQ, false);
}

static void forget_all(void) {
    /* Both stay: no turn has seen the loss, and the answer to an older request is still superseded. */
    kesu_usb_latches = (kesu_usb_latches_t){
        .lost = kesu_usb_latches.lost,
        .superseded = kesu_usb_latches.superseded,
    };
    kesu_ticks_drop_all();
    gate.address_waits = false;
    gate.spoken = false;
}

static void lose(void) {
    gate.dtr = false;
    kesu_usb_latches.lost = true;
    kesu_usb_want_turn();
}

/* Leave the bus: switch the pull-up off and ignore whatever the host still sends. */
static void cut_off(void) {
    usb_hw_clear->sie_ctrl = USB_SIE_CTRL_PULLUP_EN_BITS;
    mask();
    gate.off = true;
    gate.off_from_us = time_us_32();
    forget_all();
    kesu_ticks_wake_at(gate.off_from_us + OFF_US);
    lose();
}

/* The port connects once more after TinyUSB's start has done so. If the host was cut off in between, its pull-up would be
 * on while the pad ignores it, and back_on would change nothing that the host can see: it would never start again. */
bool __wrap_tud_connect(void) {
    const uint32_t state = save_and_disable_interrupts();
    const bool connected = !gate.off && __real_tud_connect();
    restore_interrupts(state);
    return connected;
}

static void back_on(void) {
    gate.off = false;
    gate.was_reset = false;
    usb_hw->dev_addr_ctrl = 0;
    usb_hw_clear->buf_status = 0xFFFFFFFF;
    /* Without the pull-up the bus looks like one in reset. */
    usb_hw_clear->sie_status = USB_SIE_STATUS_SETUP_REC_BITS | USB_SIE_STATUS_SUSPENDED_BITS |
                               USB_SIE_STATUS_RESUME_BITS | USB_SIE_STATUS_BUS_RESET_BITS;
    usb_hw_set->sie_ctrl = USB_SIE_CTRL_PULLUP_EN_BITS;
}

static void kesu_usb_irq(void) {
    const uint32_t interval = kesu_usb_interval();
    if (interval != gate.interval) {
        gate.interval = interval;
        gate.requests = 0;
        gate.interrupts = 0;
    }
    if (gate.off || gate.interrupts >= INTERRUPTS_MAX) {
        mask();
        kesu_ticks_wake();
        return;
    }
    gate.interrupts++;
    controller_irq();
}

/* Only the controller's interrupt uses its vector, and it goes through the gate. */
void __wrap_irq_add_shared_handler(uint number, irq_handler_t handler, uint8_t order) {
    if (number != USBCTRL_IRQ) {
        __real_irq_add_shared_handler(number, handler, order);
        return;
    }
    controller_irq = handler;
    irq_set_exclusive_handler(number, kesu_usb_irq);
    irq_set_priority(number, USB_PRIORITY);
    kesu_ticks_begin();
}

void kesu_usb_ticked(uint32_t at_us) {
    if (gate.off && at_us - gate.off_from_us >= OFF_US) {
        back_on();
    }
    if (gate.masked && !gate.off) {
        gate.masked = false;
        irq_set_enabled(USBCTRL_IRQ, true);
    }
    kesu_usb_ask_again();
    kesu_usb_want_turn();
}

bool kesu_usb_is_off(void) {
    return gate.off;
}

bool kesu_usb_is_silent(void) {
    return gate.silent;
}

bool kesu_usb_is_met(void) {
    return gate.met;
}

bool kesu_usb_is_superseded(void) {
    return kesu_usb_latches.superseded;
}

void kesu_usb_closed(int slot) {
    kesu_usb_latches.done[slot] = false;
    kesu_ticks_drop(slot);
}

void kesu_usb_addressed(uint8_t address) {
    gate.new_address = address;
    gate.address_waits = true;
}

static void line_state(const tusb_control_request_t *asked) {
    if (asked->wValue & DTR) {
        gate.dtr = true;
    } else if (gate.dtr) {
        lose();
    }
}

static void came_setup(const tusb_control_request_t *asked, uint64_t now_us) {
    if (++gate.requests > REQUESTS_MAX) {
        cut_off();
        return;
    }
    if (!gate.was_reset) {
        return;
    }
    gate.spoken = true;
    gate.met = true;
    gate.silent = false;
    kesu_usb_latches.superseded = true;
    gate.address_waits = false;
    for (int slot = SLOT_CONTROL_OUT; slot <= SLOT_CONTROL_IN; slot++) {
        kesu_usb_latches.done[slot] = false;
        kesu_ticks_drop(slot);
        kesu_ticks_base(slot, now_us);
    }
    kesu_usb_latches.setup = kesu_request_is_taken(asked);
    if (!kesu_usb_latches.setup) {
        kesu_ticks_refuse();
        return;
    }
    kesu_usb_latches.request = *asked;
    if (asked->bmRequestType == CLASS_OUT && asked->bRequest == CDC_REQUEST_SET_CONTROL_LINE_STATE) {
        line_state(asked);
    } else if (asked->bmRequestType == 0 && asked->bRequest == TUSB_REQ_SET_CONFIGURATION) {
        kesu_ticks_base(SLOT_BULK_OUT, now_us);
        kesu_ticks_base(SLOT_NOTIFY, now_us);
    }
}

static void came_packet(uint8_t address, uint32_t length, uint64_t now_us) {
    const int slot = kesu_usb_slot(address);
    if (slot < 0) {
        return;
    }
    kesu_usb_latches.done[slot] = true;
    kesu_usb_latches.length[slot] = length;
    kesu_ticks_base(slot, now_us);
    if (slot <= SLOT_CONTROL_IN) {
        /* The status stage goes the other way and gets as much time as the data stage. */
        kesu_ticks_base(SLOT_CONTROL_OUT + SLOT_CONTROL_IN - slot, now_us);
    }
    if (slot == SLOT_CONTROL_IN && gate.address_waits) {
        /* Due within 2 ms (USB 2.0 section 9.2.6.3), so do not wait for TinyUSB, which sets it again. */
        gate.address_waits = false;
        usb_hw->dev_addr_ctrl = gate.new_address;
    }
}

/* Receives every event of the controller, from its interrupt (patch 0005); none reaches TinyUSB directly. */
bool kesu_usb_event(dcd_event_t const *event, bool in_isr) {
    (void)in_isr;
    const uint64_t now_us = time_us_64();
    switch (event->event_id) {
        case DCD_EVENT_BUS_RESET:
            forget_all();
            gate.was_reset = true;
            gate.silent = false;
            kesu_usb_latches.reset = true;
            lose();
            /* Nothing else is due for 10 ms (USB 2.0 section 7.1.7.5). */
            mask();
            kesu_ticks_wake();
            break;
        case DCD_EVENT_SUSPEND:
            /* 3 ms without a frame (section 7.1.7.6): the PC sleeps, is off, or the data lines are gone. */
            gate.silent = gate.met;
            if (gate.spoken) {
                lose();
            }
            break;
        case DCD_EVENT_RESUME: gate.silent = false; return false;
        case DCD_EVENT_SETUP_RECEIVED: came_setup(&event->setup_received, now_us); break;
        case DCD_EVENT_XFER_COMPLETE:
            came_packet(event->xfer_complete.ep_addr, event->xfer_complete.len, now_us);
            break;
        default: return false;
    }
    kesu_usb_want_turn();
    return false;
}

static mp_obj_t kesu_linked(void) {
    return mp_obj_new_bool(gate.dtr);
}

/* linked(): whether a PC holds the call line: it has set DTR, and the line was not lost since. */
MP_DEFINE_CONST_FUN_OBJ_0(kesu_linked_obj, kesu_linked);
