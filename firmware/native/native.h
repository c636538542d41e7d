/* native.h: what the C module of Kesu offers to the firmware, and its hooks in the boot of the port. */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_NATIVE_H
#define KESU_NATIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "py/obj.h"

/* memory.c: owners of note bytes, clearing and scanning. */
#define KESU_OWNER_MAX (16)

typedef struct {
    uint32_t address;
    uint32_t length;
    uint32_t kind; /* 1 note, 2 frame, 3 touch ring, 4 driver scratch */
} kesu_owner_t;

/* Read by name from the ELF by the test bench: keep the names and the order of the fields. */
extern kesu_owner_t kesu_owner_table[KESU_OWNER_MAX];
extern uint32_t kesu_owner_count;

MP_DECLARE_CONST_FUN_OBJ_2(kesu_own_obj);        /* own(kind, buffer) */
MP_DECLARE_CONST_FUN_OBJ_0(kesu_zero_owned_obj); /* zero_owned() */
MP_DECLARE_CONST_FUN_OBJ_0(kesu_scrub_obj);      /* scrub() */
MP_DECLARE_CONST_FUN_OBJ_0(kesu_residue_obj);    /* residue() -> int */

/* Whether the lowest bytes of the stack are as the last scrub left them: the stack was never nearly used up since. */
bool kesu_stack_is_spared(void);

/* registers.c: clears peripheral registers that depend on the pad's use. Part of scrub(). */
void kesu_clear_registers(void);

/* raster.c: ink and pictures in a 1-bit frame. */
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_stroke_obj); /* stroke(frame, stride, x0, y0, x1, y1, width) */
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_blit_obj);   /* blit(frame, stride, x, y, picture, picture_width) */
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_turn_obj);   /* turn(strips, under, over, stride, row0, row1) -> int */
MP_DECLARE_CONST_FUN_OBJ_2(kesu_fill_obj);             /* fill(buffer, value) */
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_erase_obj);  /* erase(frame, stride, x0, y0, x1, y1, width) */
MP_DECLARE_CONST_FUN_OBJ_3(kesu_blank_obj);            /* blank(buffer, start, end) */
MP_DECLARE_CONST_FUN_OBJ_3(kesu_invert_obj);           /* invert(buffer, start, end) */
MP_DECLARE_CONST_FUN_OBJ_2(kesu_copy_obj);             /* copy(target, source) */
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_compose_obj); /* compose(target, under, over, start, end) -> int */

/* region.c: the inside of a ring. */
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_enclose_obj); /* enclose(frame, stride, way, count, row0, row1) -> bool */

/* pulses.c: pixels that the panel still has to drive. */
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_aim_obj); /* aim(shown, ages, under, over, start, end, pulses) -> int */
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_aim_turned_obj); /* aim_turned(shown, ages, under, over, stride, row0, row1,
                                                              pulses) -> int */
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_age_obj); /* age(shown, ages, start, end) -> int */
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_spi_old_obj); /* spi_old(spi_id, shown, ages, start, stop) */

/* spi_stream.c: bytes to the panel without a copy. */
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_spi_write_obj); /* spi_write(spi_id, buffer, start, stop) */
MP_DECLARE_CONST_FUN_OBJ_3(kesu_spi_fill_obj); /* spi_fill(spi_id, value, count) */

/* panel_bus.c: commands to the panel and its answers. */
MP_DECLARE_CONST_FUN_OBJ_2(kesu_panel_open_obj); /* panel_open(spi_id, op) */
MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_panel_command_obj); /* panel_command(spi_id, op, value, count) */
MP_DECLARE_CONST_FUN_OBJ_2(kesu_panel_read_obj); /* panel_read(op, bits) -> int */

/* sleep.c: sleeps until an interrupt or a limit. */
MP_DECLARE_CONST_FUN_OBJ_2(kesu_wait_obj); /* wait(from_ms, limit_ms) */

/* bus.c: whether the bus has become silent, and whether it grants the current of the charger. */
MP_DECLARE_CONST_FUN_OBJ_0(kesu_bus_silent_obj); /* bus_silent() -> bool */
MP_DECLARE_CONST_FUN_OBJ_0(kesu_may_charge_obj); /* may_charge() -> bool */

/* usb_turn.c, and linked of usb_events.c; in the service profile usb_console.c: the call line. */
MP_DECLARE_CONST_FUN_OBJ_2(kesu_on_usb_obj); /* on_usb(lost, waits) */
MP_DECLARE_CONST_FUN_OBJ_1(kesu_usb_hold_obj); /* usb_hold(holds) */
MP_DECLARE_CONST_FUN_OBJ_1(kesu_usb_from_obj); /* usb_from(ms) */
MP_DECLARE_CONST_FUN_OBJ_0(kesu_linked_obj); /* linked() -> bool */

/* cell.c: the hold-up cell. */
MP_DECLARE_CONST_FUN_OBJ_0(kesu_cell_obj); /* cell() -> int */

/* policy.c: the policy block of the image. */
MP_DECLARE_CONST_FUN_OBJ_1(kesu_policy_obj); /* policy(number) -> int */
MP_DECLARE_CONST_FUN_OBJ_0(kesu_policy_valid_obj); /* policy_valid() -> bool */
MP_DECLARE_CONST_FUN_OBJ_1(kesu_policy_crc_obj); /* policy_crc(high) -> int */

/* usb_endpoints.c: whether the host has configured the endpoint of that address (bit 7: to the host); false for 0. */
bool kesu_endpoint_is_open(uint16_t address);

/* Called by MICROPY_BOARD_STARTUP, before the heap of the VM exists: begin the reset of the panel (boot_panel.c). While
   that takes its time, clear what an earlier run left in SRAM, USB DPRAM and watchdog scratch (memory.c) and set
   clk_peri to clk_sys (spi_stream.c). Then clear the panel's planes (boot_panel.c). */
void kesu_boot_scrub(void);
void kesu_clocks(void);
void kesu_boot_panel_reset(void);
void kesu_boot_panel(void);

/* last_resort.c, in the sealed profile only: start the watchdog at boot, and restart the pad. */
void kesu_boot_watchdog(void);
void kesu_start_again(void) __attribute__((noreturn));

#endif
