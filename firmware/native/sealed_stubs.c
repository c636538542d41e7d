/* sealed_stubs.c: what the port still calls when compiler, console and files are left out. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "hardware/flash.h"
#include "py/builtin.h"
#include "py/lexer.h"
#include "py/mperrno.h"
#include "py/ringbuf.h"
#include "py/runtime.h"
#include "shared/runtime/pyexec.h"

#include "native.h"

/* There are no files: nothing can be found, opened or run. */
mp_import_stat_t mp_import_stat(const char *path) {
    (void)path;
    return MP_IMPORT_STAT_NO_EXIST;
}

/* main.c of the port starts a console when the application has ended, which must not happen. */
int pyexec_raw_repl(void) {
    kesu_start_again();
}

int pyexec_friendly_repl(void) {
    kesu_start_again();
}

/* Console input that no code fills: mp_hal_stdin_rx_chr of the port reads it. */
static uint8_t no_input[1];
ringbuf_t stdin_ringbuf = { .buf = no_input, .size = sizeof(no_input) };

/* No console, so no character of it can interrupt the application. */
void mp_hal_set_interrupt_char(char c) {
    (void)c;
}

/* main.c of the port starts and stops these whether or not they are compiled in. */
void machine_i2s_init0(void);
void machine_i2s_deinit_all(void);
void machine_pwm_deinit_all(void);
void machine_uart_deinit_all(void);

void machine_i2s_init0(void) {
}

void machine_i2s_deinit_all(void) {
}

void machine_pwm_deinit_all(void) {
}

void machine_uart_deinit_all(void) {
}

/* Replaces the SDK's function (micropython.cmake): no command is ever sent to the flash chip. */
void __wrap_flash_get_unique_id(uint8_t *id_out);

void __wrap_flash_get_unique_id(uint8_t *id_out) {
    memset(id_out, 0, FLASH_UNIQUE_ID_SIZE_BYTES);
}
