/* usb_events: admits events from the bus at a rate that never delays a wipe; cuts off a host that floods the pad. */
/* SPDX-License-Identifier: MIT */

/* TinyUSB by itself handles everything received in one piece of scheduled work, so a host that keeps it busy would
 * block the loop. Here each kind of event has one latch, as in events.py: a request supersedes the one before (USB 2.0
 * section 8.5.3.4), and a packet arrives on an endpoint only after the pad has asked for one, which it does at ticks
 * (usb_ticks.c). So each GRID_US brings at most one request and one packet per endpoint. They are passed to TinyUSB one
 * by one, and none while an event waits that may end the note.
 *
 * The interrupt detects a lost line (DTR dropped, bus reset, bus asleep) without waiting for TinyUSB.
 *
 * A device answers nothing until the host has reset the bus (USB 2.0 sections 9.1.1.2 and 9.1.1.3), so what comes before
 * is ignored. TinyUSB 0.18 relies on that: only a bus reset sets up its tables (usbd.c, configuration_reset). Without
 * them every SET_CONFIGURATION fails half-way, keeps the endpoints it has opened, and the pad restarts. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifndef NO_QSTR /* The search for interned strings does not know where TinyUSB is. */
#include "tusb.h"

#include "class/cdc/cdc.h"
#include "device/dcd.h"
#include "hardware/irq.h"
#include "hardware/structs/usb.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "osal/osal.h"
#include "portable/raspberrypi/rp2040/rp2040_usb.h"
#endif

#include "py/mphal.h"
#include "py/nlr.h"
#include "py/runtime.h"

#include "native.h"
#include "usb_gate.h"

bool kesu_usb_event(dcd_event_t const *event, bool in_isr);

MP_REGISTER_ROOT_POINTER(mp_obj_t kesu_usb_lost);
MP_REGISTER_ROOT_POINTER(mp_obj_t kesu_usb_waits);

/* Whether the host has reset the bus since the pad connected to it. */
static bool was_reset;

#if KESU_SEALED

/* A regular driver repeats a request after the answer, GRID_US or more later, or after its time-out of seconds. */
#define REQUESTS_MAX (16)
#define INTERRUPTS_MAX (24)
#define OFF_US (5000000) /* longer than any wipe */
#define HOLD_OFF_US (40000)
#define CLASS_OUT (0x21)
#define DTR (1)

static struct {
    tusb_control_request_t request;
    uint16_t length[SLOTS];
    bool done[SLOTS];
    bool setup;
    bool reset;
} waiting;

static struct {
    uint32_t interval; /* the one that is counted; the next three: when each was last handled */
    uint32_t setup_interval;
    uint32_t reset_interval;
    uint32_t lost_interval;
    uint32_t off_from_us;
    uint32_t held_off_us;
    uint8_t requests;
    uint8_t interrupts;
    uint8_t new_address;
    bool address_waits;
    bool superseded; /* a request has come that was not passed to TinyUSB yet */
    bool spoken; /* the host has sent a request since the last bus reset */
    bool met; /* a host has sent a request since power-on: this is no charger */
    bool silent; /* no frame for 3 ms, on a bus that had a host */
    bool dtr;
    bool lost;
    bool masked;
    bool off;
    bool held_off;
    bool turning;
} gate;

static irq_handler_t controller_irq;
static mp_sched_node_t node;

void __real_dcd_event_handler(dcd_event_t const *event, bool in_isr);
void __real_irq_add_shared_handler(uint number, irq_handler_t handler, uint8_t order);
void __wrap_irq_add_shared_handler(uint number, irq_handler_t handler, uint8_t order);
bool __real_tud_connect(void);
bool __wrap_tud_connect(void);
void mp_usbd_task(void);
extern osal_queue_def_t _usbd_qdef;

static uint32_t interval_now(void) {
    return (uint32_t)(time_us_64() >> GRID_BITS);
}

static void on_turn(mp_sched_node_t *unused) {
    (void)unused;
    kesu_usb_turn();
}

static void mask(void) {
    gate.masked = true;
    irq_set_enabled(USBCTRL_IRQ, false);
}

static void forget_all(void) {
    waiting = (typeof(waiting)){ 0 };
    kesu_ticks_drop_all();
    gate.address_waits = false;
    gate.spoken = false;
}

static void lose(void) {
    gate.dtr = false;
    gate.lost = true;
    mp_sched_schedule_node(&node, on_turn);
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
    was_reset = false;
    usb_hw->dev_addr_ctrl = 0;
    usb_hw_clear->buf_status = 0xFFFFFFFF;
    /* Without the pull-up the bus looks like one in reset. */
    usb_hw_clear->sie_status = USB_SIE_STATUS_SETUP_REC_BITS | USB_SIE_STATUS_SUSPENDED_BITS |
                               USB_SIE_STATUS_RESUME_BITS | USB_SIE_STATUS_BUS_RESET_BITS;
    usb_hw_set->sie_ctrl = USB_SIE_CTRL_PULLUP_EN_BITS;
}

static void kesu_usb_irq(void) {
    const uint32_t interval = interval_now();
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
    mp_sched_schedule_node(&node, on_turn);
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
    return gate.superseded;
}

void kesu_usb_closed(int slot) {
    waiting.done[slot] = false;
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
    if (!was_reset) {
        return;
    }
    gate.spoken = true;
    gate.met = true;
    gate.silent = false;
    gate.superseded = true;
    gate.address_waits = false;
    for (int slot = SLOT_CONTROL_OUT; slot <= SLOT_CONTROL_IN; slot++) {
        waiting.done[slot] = false;
        kesu_ticks_drop(slot);
        kesu_ticks_base(slot, now_us);
    }
    waiting.setup = kesu_request_is_taken(asked);
    if (!waiting.setup) {
        kesu_ticks_refuse();
        return;
    }
    waiting.request = *asked;
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
    waiting.done[slot] = true;
    waiting.length[slot] = length;
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
            was_reset = true;
            gate.silent = false;
            waiting.reset = true;
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
    mp_sched_schedule_node(&node, on_turn);
    return false;
}

/* Take the next event into `event`; false when there is none, or none that is allowed in this interval. */
static bool take(dcd_event_t *event) {
    static const uint8_t address[SLOTS] = { 0x00, 0x80, 0x02, 0x81 };
    const uint32_t interval = interval_now();
    if (waiting.reset) {
        if (gate.reset_interval == interval) {
            return false;
        }
        gate.reset_interval = interval;
        waiting.reset = false;
        event->event_id = DCD_EVENT_BUS_RESET;
        event->bus_reset.speed = TUSB_SPEED_FULL;
        return true;
    }
    for (int slot = 0; slot < SLOTS; slot++) {
        if (waiting.done[slot]) {
            waiting.done[slot] = false;
            event->event_id = DCD_EVENT_XFER_COMPLETE;
            event->xfer_complete.ep_addr = address[slot];
            event->xfer_complete.result = XFER_RESULT_SUCCESS;
            event->xfer_complete.len = waiting.length[slot];
            return true;
        }
    }
    if (waiting.setup && gate.setup_interval != interval) {
        gate.setup_interval = interval;
        waiting.setup = false;
        gate.superseded = false;
        event->event_id = DCD_EVENT_SETUP_RECEIVED;
        event->setup_received = waiting.request;
        return true;
    }
    return false;
}

static bool any_waits(void) {
    bool any = waiting.reset || waiting.setup || gate.lost;
    for (int slot = 0; slot < SLOTS; slot++) {
        any = any || waiting.done[slot];
    }
    return any;
}

/* TinyUSB's queue of events (usbd.c), which is empty here. The completion of a transfer is dropped when the next request
 * comes before the loop has handled it, and how fast the loop is depends on ink: neither the number of events nor an
 * old one may remain. */
static void forget_events(void) {
    tu_fifo_clear(&_usbd_qdef.ff);
    memset(_usbd_qdef.ff.buffer, 0, (size_t)_usbd_qdef.ff.depth * _usbd_qdef.ff.item_size);
}

/* Exceptions are not swallowed: they end the loop, which is a fault, and a fault wipes. */
static mp_obj_t call(mp_obj_t function) {
    nlr_buf_t catcher;
    if (nlr_push(&catcher) == 0) {
        mp_obj_t result = mp_call_function_0(function);
        nlr_pop();
        return result;
    }
    mp_sched_exception(MP_OBJ_FROM_PTR(catcher.ret_val));
    return mp_const_true;
}

static bool must_wait(void) {
    if (gate.held_off && time_us_32() - gate.held_off_us < HOLD_OFF_US) {
        return true;
    }
    return mp_obj_is_true(call(MP_STATE_VM(kesu_usb_waits)));
}

bool kesu_usb_turn(void) {
    if (gate.turning || MP_STATE_VM(kesu_usb_lost) == MP_OBJ_NULL) {
        return false;
    }
    gate.turning = true;
    bool did = false;
    if (gate.lost && gate.lost_interval != interval_now()) {
        gate.lost_interval = interval_now();
        gate.lost = false;
        did = true;
        call(MP_STATE_VM(kesu_usb_lost));
    }
    while (any_waits() && !must_wait()) {
        dcd_event_t event = { 0 };
        const uint32_t state = save_and_disable_interrupts();
        const bool taken = take(&event);
        restore_interrupts(state);
        if (!taken) {
            break;
        }
        did = true;
        __real_dcd_event_handler(&event, false);
        mp_usbd_task();
        forget_events();
    }
    if (any_waits()) {
        const uint32_t state = save_and_disable_interrupts();
        kesu_ticks_wake();
        restore_interrupts(state);
    }
    gate.turning = false;
    return did;
}

static mp_obj_t kesu_usb_hold(mp_obj_t holds) {
    gate.held_off = mp_obj_is_true(holds);
    gate.held_off_us = gate.held_off ? time_us_32() : 0;
    if (!gate.held_off && any_waits()) {
        mp_sched_schedule_node(&node, on_turn);
    }
    return mp_const_none;
}

static mp_obj_t kesu_usb_from(mp_obj_t ms_in) {
    const uint64_t now_ms = time_us_64() / 1000;
    /* ticks_ms counts modulo 2^30. */
    const int32_t ahead_ms = (int32_t)(((uint32_t)mp_obj_get_int(ms_in) - (uint32_t)now_ms) << 2) / 4;
    const int64_t at_ms = (int64_t)now_ms + ahead_ms;
    const uint32_t state = save_and_disable_interrupts();
    kesu_ticks_base(SLOT_NOTIFY, at_ms > 0 ? (uint64_t)at_ms * 1000 : 0);
    restore_interrupts(state);
    return mp_const_none;
}

static mp_obj_t kesu_linked(void) {
    return mp_obj_new_bool(gate.dtr);
}

#else

/* Standard type with a recipient that USB 2.0 table 9-2 reserves: TinyUSB answers it with a stall. */
#define NOBODY (0x1F)

void __real_dcd_event_handler(dcd_event_t const *event, bool in_isr);
void mp_usbd_schedule_task(void);

/* The stock console: requests are checked here too; everything else is unchanged. */
bool kesu_usb_event(dcd_event_t const *event, bool in_isr) {
    if (event->event_id == DCD_EVENT_BUS_RESET) {
        was_reset = true;
    }
    if (event->event_id != DCD_EVENT_SETUP_RECEIVED) {
        return true;
    }
    if (!was_reset) {
        return false;
    }
    if (kesu_request_is_taken(&event->setup_received)) {
        return true;
    }
    dcd_event_t refused = *event;
    refused.setup_received.bmRequestType = NOBODY;
    __real_dcd_event_handler(&refused, in_isr);
    mp_usbd_schedule_task();
    mp_hal_wake_main_task_from_isr();
    return false;
}

bool kesu_usb_turn(void) {
    return false;
}

/* TinyUSB treats silence as suspend only after a host has used the device (usbd.c, dcd_event_handler). */
bool kesu_usb_is_silent(void) {
    return tud_suspended();
}

bool kesu_usb_is_met(void) {
    return tud_connected();
}

static mp_obj_t kesu_usb_hold(mp_obj_t holds) {
    (void)holds;
    return mp_const_none;
}

static mp_obj_t kesu_usb_from(mp_obj_t ms_in) {
    (void)ms_in;
    return mp_const_none;
}

static mp_obj_t kesu_linked(void) {
    return mp_const_false;
}

#endif

/* on_usb(lost, waits): outside of interrupts, lost() is called when the line was lost, and waits() returns whether USB
 * has to wait. Before this call nothing is admitted: a request that came before the port has handled active(True) would
 * make it wait for 50 ms. */
static mp_obj_t kesu_on_usb(mp_obj_t lost, mp_obj_t waits) {
    #if KESU_SEALED
    mp_usbd_task();
    #endif
    MP_STATE_VM(kesu_usb_lost) = lost;
    MP_STATE_VM(kesu_usb_waits) = waits;
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_2(kesu_on_usb_obj, kesu_on_usb);

/* usb_hold(holds): while the loop handles events, nothing is passed to TinyUSB; ends by itself after HOLD_OFF_US. */
MP_DEFINE_CONST_FUN_OBJ_1(kesu_usb_hold_obj, kesu_usb_hold);

/* usb_from(ms): the next notification reports the state at ticks `ms` and is sent at a tick relative to that. */
MP_DEFINE_CONST_FUN_OBJ_1(kesu_usb_from_obj, kesu_usb_from);

/* linked(): whether a PC holds the call line: it has set DTR, and the line was not lost since. */
MP_DEFINE_CONST_FUN_OBJ_0(kesu_linked_obj, kesu_linked);
