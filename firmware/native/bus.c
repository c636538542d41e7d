/* bus: whether a USB bus that was alive has become silent: the PC sleeps, or the cable is out. */
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
