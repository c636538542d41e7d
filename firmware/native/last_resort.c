/* last_resort: where the port would print an exception and continue, or halt, a sealed pad wipes or restarts. */
/* SPDX-License-Identifier: MIT */

#include "hardware/watchdog.h"
#include "py/runtime.h"

#include "native.h"

/* As WATCHDOG_MS of firmware/policy.toml; the application sets its own once the loop begins. */
#define START_MS (4000)

/* On a fatal error (nlr_jump_fail, a HardFault) the port's C code waits for a debugger, also before Python runs. */
void kesu_boot_watchdog(void) {
    watchdog_enable(START_MS, false);
}

/* Restart, which clears everything. The SDK's panic() calls this too (PICO_PANIC_FUNCTION in boards/common.cmake). */
void kesu_start_again(void) {
    watchdog_reboot(0, 0, 0);
    for (;;) {
    }
}

/* Replaces the SDK's handler (crt0.S), which waits for a debugger: the note would stay until the watchdog fires. */
void isr_hardfault(void);

void isr_hardfault(void) {
    kesu_start_again();
}

/* Replaces the port's function (micropython.cmake). It is called for an unhandled exception in an interrupt handler,
 * which is then disabled, in a callback of the USB module, or in scheduled work. Nobody would read the text, and a dead
 * key or an undetected lost line would leave the note in place. So raise the exception in the loop: that is a fault,
 * and a fault wipes. */
void __wrap_mp_obj_print_exception(const mp_print_t *print, mp_obj_t exception);

void __wrap_mp_obj_print_exception(const mp_print_t *print, mp_obj_t exception) {
    (void)print;
    mp_sched_exception(exception);
}
