/* sleep: waits for the next interrupt or a tick, without missing an interrupt that comes just before the wait. */
/* SPDX-License-Identifier: MIT */

#include "py/mphal.h"
#include "py/mpstate.h"
#include "py/runtime.h"

#include "hardware/sync.h"
#include "hardware/timer.h"

#include "native.h"
#include "usb_gate.h"

#define LIMIT_MS (600000)
#define TICKS_MASK (0x3fffffff) /* ticks_ms counts modulo 2^30 */
#define ALARM (1)               /* the port's soft timers use 2, pico-sdk's alarm pool uses 3 */

/* The interrupt only has to end the sleep. */
static void kesu_tick_came(uint alarm) {
    (void)alarm;
}

/* Sleeps until an interrupt or the beginning of millisecond `tick` since the chip's start.
 *
 * The port's mp_wfe_or_timeout would end up to a millisecond later: it counts from the call, whose time depends on what
 * the loop did before, and that depends on ink. Here a wipe that a deadline begins starts exactly at the deadline, and
 * its steps at their ticks, whatever was on the pad. */
static void kesu_sleep_until(uint64_t tick) {
    static bool claimed = false;
    if (!claimed) {
        claimed = true;
        hardware_alarm_claim(ALARM);
        hardware_alarm_set_callback(ALARM, kesu_tick_came);
    }
    if (!hardware_alarm_set_target(ALARM, from_us_since_boot(tick * 1000))) {
        __wfe();
    }
    hardware_alarm_cancel(ALARM);
}

/* wait(from_ms, limit_ms): returns after any interrupt, after scheduled work, or when limit_ms have passed since ticks
 * from_ms; the caller checks again. Raises RuntimeError when the stack has been nearly used up since the last scrub.
 *
 * Nothing is missed between the caller's check and the WFE: every interrupt leaves the event register set when it
 * returns (ARMv6-M B1.5.18), so the next WFE returns at once. The register is cleared (SEV, WFE) before the caller
 * checks: the caller sees the effect of all earlier interrupts, and one interrupt costs one turn of the loop, not two.
 * Scheduled work and events from USB are handled here, and the call then returns at once, because the caller may wait
 * for them. */
static mp_obj_t kesu_wait(mp_obj_t from_in, mp_obj_t limit_in) {
    mp_int_t limit_ms = mp_obj_get_int(limit_in);
    if (limit_ms < 0 || limit_ms > LIMIT_MS) {
        mp_raise_ValueError(MP_ERROR_TEXT("limit"));
    }
    if (!kesu_stack_is_spared()) {
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("stack"));
    }
    uint64_t now_ms = time_us_64() / 1000;
    mp_int_t left_ms = limit_ms - (mp_int_t)((now_ms - (uint64_t)mp_obj_get_int(from_in)) & TICKS_MASK);
    if (MP_STATE_VM(sched_state) == MP_SCHED_PENDING || MP_STATE_THREAD(mp_pending_exception) != MP_OBJ_NULL) {
        mp_handle_pending(true);
    } else if (kesu_usb_turn()) {
        mp_handle_pending(true);
    } else if (left_ms > 0) {
        kesu_sleep_until(now_ms + (uint64_t)left_ms);
        __sev();
        __wfe();
    }
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_2(kesu_wait_obj, kesu_wait);
