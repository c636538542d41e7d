/* usb_turn: passes the latched events of the bus on to TinyUSB, and a lost line to Python, outside of interrupts. */
/* SPDX-License-Identifier: MIT */

/* TinyUSB by itself handles everything received in one piece of scheduled work, so a host that keeps it busy would
 * block the loop. Here it gets the events one by one, at most one request in GRID_US, and none while an event waits that
 * may end the note.
 *
 * Only Python knows whether such an event waits, and to ask it takes 0.3 ms. So it is asked only if an event may be passed
 * on now, and an answer that USB must wait holds until the loop has handled its events, or until the next tick. Whatever
 * the host sends, it takes no more from the loop than the time of its interrupts and a few of these questions per tick. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifndef NO_QSTR /* The search for interned strings does not know where TinyUSB is. */
#include "tusb.h"

#include "device/dcd.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "osal/osal.h"
#endif

#include "py/nlr.h"
#include "py/runtime.h"

#include "native.h"
#include "usb_gate.h"
#include "usb_latches.h"

#define HOLD_OFF_US (40000)

MP_REGISTER_ROOT_POINTER(mp_obj_t kesu_usb_lost);
MP_REGISTER_ROOT_POINTER(mp_obj_t kesu_usb_waits);

static struct {
    uint32_t setup_interval; /* these three: when each was last handled */
    uint32_t reset_interval;
    uint32_t lost_interval;
    uint32_t held_off_us;
    bool held_off;
    bool turning;
    bool waits; /* the loop has an event that may end the note, and has not handled it since */
} turn;

static mp_sched_node_t node;

void __real_dcd_event_handler(dcd_event_t const *event, bool in_isr);
void mp_usbd_task(void);
extern osal_queue_def_t _usbd_qdef;

uint32_t kesu_usb_interval(void) {
    return (uint32_t)(time_us_64() >> GRID_BITS);
}

static void on_turn(mp_sched_node_t *unused) {
    (void)unused;
    kesu_usb_turn();
}

void kesu_usb_want_turn(void) {
    mp_sched_schedule_node(&node, on_turn);
}

void kesu_usb_ask_again(void) {
    turn.waits = false;
}

/* Whether `take` has an event to give. */
static bool can_take(void) {
    const uint32_t interval = kesu_usb_interval();
    if (kesu_usb_latches.reset) {
        return turn.reset_interval != interval;
    }
    for (int slot = 0; slot < SLOTS; slot++) {
        if (kesu_usb_latches.done[slot]) {
            return true;
        }
    }
    return kesu_usb_latches.setup && turn.setup_interval != interval;
}

/* Take the next event into `event`; false when there is none, or none that is allowed in this interval. */
static bool take(dcd_event_t *event) {
    static const uint8_t address[SLOTS] = { 0x00, 0x80, 0x02, 0x81 };
    if (!can_take()) {
        return false;
    }
    if (kesu_usb_latches.reset) {
        turn.reset_interval = kesu_usb_interval();
        kesu_usb_latches.reset = false;
        event->event_id = DCD_EVENT_BUS_RESET;
        event->bus_reset.speed = TUSB_SPEED_FULL;
        return true;
    }
    for (int slot = 0; slot < SLOTS; slot++) {
        if (kesu_usb_latches.done[slot]) {
            kesu_usb_latches.done[slot] = false;
            event->event_id = DCD_EVENT_XFER_COMPLETE;
            event->xfer_complete.ep_addr = address[slot];
            event->xfer_complete.result = XFER_RESULT_SUCCESS;
            event->xfer_complete.len = kesu_usb_latches.length[slot];
            return true;
        }
    }
    turn.setup_interval = kesu_usb_interval();
    kesu_usb_latches.setup = false;
    kesu_usb_latches.superseded = false;
    event->event_id = DCD_EVENT_SETUP_RECEIVED;
    event->setup_received = kesu_usb_latches.request;
    return true;
}

static bool any_waits(void) {
    bool any = kesu_usb_latches.reset || kesu_usb_latches.setup || kesu_usb_latches.lost;
    for (int slot = 0; slot < SLOTS; slot++) {
        any = any || kesu_usb_latches.done[slot];
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

/* Remembered until the loop has handled its events, or until the next tick. */
static bool must_wait(void) {
    if (turn.held_off && time_us_32() - turn.held_off_us < HOLD_OFF_US) {
        return true;
    }
    if (!turn.waits) {
        turn.waits = mp_obj_is_true(call(MP_STATE_VM(kesu_usb_waits)));
    }
    return turn.waits;
}

bool kesu_usb_turn(void) {
    if (turn.turning || MP_STATE_VM(kesu_usb_lost) == MP_OBJ_NULL) {
        return false;
    }
    turn.turning = true;
    bool did = false;
    if (kesu_usb_latches.lost && turn.lost_interval != kesu_usb_interval()) {
        turn.lost_interval = kesu_usb_interval();
        kesu_usb_latches.lost = false;
        did = true;
        call(MP_STATE_VM(kesu_usb_lost));
    }
    while (can_take() && !must_wait()) {
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
    turn.turning = false;
    return did;
}

static mp_obj_t kesu_usb_hold(mp_obj_t holds) {
    turn.held_off = mp_obj_is_true(holds);
    turn.held_off_us = turn.held_off ? time_us_32() : 0;
    kesu_usb_ask_again();
    if (!turn.held_off && any_waits()) {
        kesu_usb_want_turn();
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

/* on_usb(lost, waits): outside of interrupts, lost() is called when the line was lost, and waits() returns whether USB
 * has to wait. Before this call nothing is admitted: a request that came before the port has handled active(True) would
 * make it wait for 50 ms. */
static mp_obj_t kesu_on_usb(mp_obj_t lost, mp_obj_t waits) {
    mp_usbd_task();
    MP_STATE_VM(kesu_usb_lost) = lost;
    MP_STATE_VM(kesu_usb_waits) = waits;
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_2(kesu_on_usb_obj, kesu_on_usb);

/* usb_hold(holds): while the loop handles events, nothing is passed to TinyUSB; ends by itself after HOLD_OFF_US. */
MP_DEFINE_CONST_FUN_OBJ_1(kesu_usb_hold_obj, kesu_usb_hold);

/* usb_from(ms): the next notification reports the state at ticks `ms` and is sent at a tick relative to that. */
MP_DEFINE_CONST_FUN_OBJ_1(kesu_usb_from_obj, kesu_usb_from);
