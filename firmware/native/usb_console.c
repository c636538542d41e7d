/* usb_console: USB of the service profile, whose line is the stock console: requests are checked, nothing else changes. */
/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdint.h>

#ifndef NO_QSTR /* The search for interned strings does not know where TinyUSB is. */
#include "tusb.h"

#include "device/dcd.h"
#endif

#include "py/mphal.h"
#include "py/obj.h"

#include "native.h"
#include "usb_gate.h"

/* Standard type with a recipient that USB 2.0 table 9-2 reserves: TinyUSB answers it with a stall. */
#define NOBODY (0x1F)

/* Whether the host has reset the bus since the pad connected to it (see usb_events.c). */
static bool was_reset;

bool kesu_usb_event(dcd_event_t const *event, bool in_isr);
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

static mp_obj_t kesu_on_usb(mp_obj_t lost, mp_obj_t waits) {
    (void)lost;
    (void)waits;
    return mp_const_none;
}

/* The interface of usb_events.c and usb_turn.c, for a pad without a call line. */
MP_DEFINE_CONST_FUN_OBJ_2(kesu_on_usb_obj, kesu_on_usb);
MP_DEFINE_CONST_FUN_OBJ_1(kesu_usb_hold_obj, kesu_usb_hold);
MP_DEFINE_CONST_FUN_OBJ_1(kesu_usb_from_obj, kesu_usb_from);
MP_DEFINE_CONST_FUN_OBJ_0(kesu_linked_obj, kesu_linked);
