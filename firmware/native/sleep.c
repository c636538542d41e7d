/* sleep: waits for the next interrupt or a limit, without losing one that came just before. */
/* SPDX-License-Identifier: MIT */

#include "py/mphal.h"
#include "py/mpstate.h"
#include "py/runtime.h"

#include "hardware/sync.h"

#include "native.h"

#define LIMIT_MS (600000)

/* wait(limit_ms): returns after any interrupt, after scheduled work, or at the limit; the caller looks again.
 *
 * Nothing is lost between the caller's look and the WFE: every interrupt leaves the event register set when it returns
 * (ARMv6-M B1.5.18), so a WFE that follows falls through. The register is cleared (SEV, WFE) before the caller looks: what
 * set it so far is there to be seen, and one interrupt costs one turn of the loop, not two. Scheduled work (USB control
 * requests) is run here, and the call then returns at once, because that work may be what the caller waits for. */
static mp_obj_t kesu_wait(mp_obj_t limit_in) {
    mp_int_t limit_ms = mp_obj_get_int(limit_in);
    if (limit_ms < 0 || limit_ms > LIMIT_MS) {
        mp_raise_ValueError(MP_ERROR_TEXT("limit"));
    }
    if (MP_STATE_VM(sched_state) == MP_SCHED_PENDING
        || MP_STATE_THREAD(mp_pending_exception) != MP_OBJ_NULL) {
        mp_handle_pending(true);
    } else if (limit_ms > 0) {
        mp_wfe_or_timeout(limit_ms);
        __sev();
        __wfe();
    }
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_1(kesu_wait_obj, kesu_wait);
