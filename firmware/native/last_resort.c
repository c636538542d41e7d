/* last_resort: what a sealed pad does where the port would print an exception and go on, or stop for good. */
/* SPDX-License-Identifier: MIT */

#include "hardware/watchdog.h"
#include "py/runtime.h"

#include "native.h"

/* As WATCHDOG_MS of firmware/policy.toml; the application sets its own once the loop begins. */
#define START_MS (4000)

/* Where the C of the port gives up (nlr_jump_fail, a HardFault) it waits for a debugger, also before Python runs. */
void kesu_boot_watchdog(void) {
    watchdog_enable(START_MS, false);
}

/* Start again, which clears everything. The SDK's panic() comes here too (PICO_PANIC_FUNCTION in boards/common.cmake). */
void kesu_start_again(void) {
    watchdog_reboot(0, 0, 0);
    for (;;) {
    }
}

/* In place of the SDK's own (crt0.S), which waits for a debugger: the note would wait with it, until the watchdog is out. */
void isr_hardfault(void);

void isr_hardfault(void) {
    kesu_start_again();
}

/* In place of the port's own (micropython.cmake). It is called where an exception is not handled: in an interrupt handler,
 * which is then switched off, in a callback of the USB module, in scheduled work. There is nobody to read it, and a key that
 * is dead, or a lost line that nobody heard of, would leave the note where it is. So the loop ends with it, which is a fault,
 * which wipes. */
void __wrap_mp_obj_print_exception(const mp_print_t *print, mp_obj_t exception);

void __wrap_mp_obj_print_exception(const mp_print_t *print, mp_obj_t exception) {
    (void)print;
    mp_sched_exception(exception);
}
