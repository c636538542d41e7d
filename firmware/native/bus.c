/* bus: whether the USB bus, once alive, has gone silent: the PC sleeps, or the cable is out. */
/* SPDX-License-Identifier: MIT */

#include "py/runtime.h"

#ifndef NO_QSTR /* The search for interned strings does not know where TinyUSB is. */
#include "tusb.h"
#endif

#include "native.h"

/* bus_silent(): 3 ms without a frame (USB 2.0 section 7.1.7.6), until a reset or resume of the bus. TinyUSB takes silence for a
 * suspend only after a host has talked to the device (usbd.c, dcd_event_handler): on a charger this is never true. */
static mp_obj_t kesu_bus_silent(void) {
    return mp_obj_new_bool(tud_suspended());
}
MP_DEFINE_CONST_FUN_OBJ_0(kesu_bus_silent_obj, kesu_bus_silent);
