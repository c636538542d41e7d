/* bus: whether a USB bus that was alive has become silent (the PC sleeps, or the cable is out), and what it grants. */
/* SPDX-License-Identifier: MIT */

#include "py/runtime.h"

#include "native.h"
#include "usb_gate.h"

/* bus_silent(): true after 3 ms without a frame (USB 2.0 section 7.1.7.6), until a reset or resume of the bus. On a
 * charger, which has no host, it is never true. */
static mp_obj_t kesu_bus_silent(void) {
    return mp_obj_new_bool(kesu_usb_is_silent());
}
MP_DEFINE_CONST_FUN_OBJ_0(kesu_bus_silent_obj, kesu_bus_silent);

#define NOTIFY (0x81) /* callline.py */

/* may_charge(): a host grants the current of its configuration until it suspends the bus (USB 2.0 section 7.2.1); what has
 * sent no request since power-on is a charger. */
static mp_obj_t kesu_may_charge(void) {
    if (!kesu_usb_is_met()) {
        return mp_const_true;
    }
    return mp_obj_new_bool(kesu_endpoint_is_open(NOTIFY) && !kesu_usb_is_silent());
}
MP_DEFINE_CONST_FUN_OBJ_0(kesu_may_charge_obj, kesu_may_charge);
