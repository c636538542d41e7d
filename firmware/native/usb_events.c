/* usb_events: tells the firmware that the bus has gone to sleep; the port's USB module has no word for it. */
/* SPDX-License-Identifier: MIT */

#include <stdbool.h>

#include "py/nlr.h"
#include "py/runtime.h"

#include "native.h"

MP_REGISTER_ROOT_POINTER(mp_obj_t kesu_suspend_callback);

/* TinyUSB calls this from its task, which the port runs as scheduled work of the VM: Python may be called. It means 3 ms
 * without a frame (USB 2.0 section 7.1.7.6): the PC sleeps, is off, or the cable's data lines are gone. */
void tud_suspend_cb(bool remote_wakeup_en);

void tud_suspend_cb(bool remote_wakeup_en) {
    (void)remote_wakeup_en;
    mp_obj_t callback = MP_STATE_VM(kesu_suspend_callback);
    if (callback == MP_OBJ_NULL) {
        return;
    }
    nlr_buf_t catcher;
    if (nlr_push(&catcher) == 0) {
        mp_call_function_0(callback);
        nlr_pop();
    } else {
        /* Not swallowed: the loop ends with it, which is a fault, which wipes. */
        mp_sched_exception(MP_OBJ_FROM_PTR(catcher.ret_val));
    }
}

/* on_suspend(callback): called with nothing, outside of interrupts, each time the bus goes to sleep. */
static mp_obj_t kesu_on_suspend(mp_obj_t callback) {
    MP_STATE_VM(kesu_suspend_callback) = callback;
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_1(kesu_on_suspend_obj, kesu_on_suspend);
