/* native.c: the table of the `native` module; each function is in the file of its topic. */
/* SPDX-License-Identifier: MIT */
#include "py/runtime.h"

#include "native.h"

static const mp_rom_map_elem_t kesu_native_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_native) },
    { MP_ROM_QSTR(MP_QSTR_own), MP_ROM_PTR(&kesu_own_obj) },
    { MP_ROM_QSTR(MP_QSTR_zero_owned), MP_ROM_PTR(&kesu_zero_owned_obj) },
    { MP_ROM_QSTR(MP_QSTR_scrub), MP_ROM_PTR(&kesu_scrub_obj) },
    { MP_ROM_QSTR(MP_QSTR_residue), MP_ROM_PTR(&kesu_residue_obj) },
    { MP_ROM_QSTR(MP_QSTR_stroke), MP_ROM_PTR(&kesu_stroke_obj) },
    { MP_ROM_QSTR(MP_QSTR_blit), MP_ROM_PTR(&kesu_blit_obj) },
    { MP_ROM_QSTR(MP_QSTR_turn), MP_ROM_PTR(&kesu_turn_obj) },
    { MP_ROM_QSTR(MP_QSTR_fill), MP_ROM_PTR(&kesu_fill_obj) },
    { MP_ROM_QSTR(MP_QSTR_erase), MP_ROM_PTR(&kesu_erase_obj) },
    { MP_ROM_QSTR(MP_QSTR_blank), MP_ROM_PTR(&kesu_blank_obj) },
    { MP_ROM_QSTR(MP_QSTR_invert), MP_ROM_PTR(&kesu_invert_obj) },
    { MP_ROM_QSTR(MP_QSTR_copy), MP_ROM_PTR(&kesu_copy_obj) },
    { MP_ROM_QSTR(MP_QSTR_compose), MP_ROM_PTR(&kesu_compose_obj) },
    { MP_ROM_QSTR(MP_QSTR_enclose), MP_ROM_PTR(&kesu_enclose_obj) },
    { MP_ROM_QSTR(MP_QSTR_aim), MP_ROM_PTR(&kesu_aim_obj) },
    { MP_ROM_QSTR(MP_QSTR_aim_turned), MP_ROM_PTR(&kesu_aim_turned_obj) },
    { MP_ROM_QSTR(MP_QSTR_age), MP_ROM_PTR(&kesu_age_obj) },
    { MP_ROM_QSTR(MP_QSTR_spi_old), MP_ROM_PTR(&kesu_spi_old_obj) },
    { MP_ROM_QSTR(MP_QSTR_spi_write), MP_ROM_PTR(&kesu_spi_write_obj) },
    { MP_ROM_QSTR(MP_QSTR_spi_fill), MP_ROM_PTR(&kesu_spi_fill_obj) },
    { MP_ROM_QSTR(MP_QSTR_panel_open), MP_ROM_PTR(&kesu_panel_open_obj) },
    { MP_ROM_QSTR(MP_QSTR_panel_command), MP_ROM_PTR(&kesu_panel_command_obj) },
    { MP_ROM_QSTR(MP_QSTR_panel_read), MP_ROM_PTR(&kesu_panel_read_obj) },
    { MP_ROM_QSTR(MP_QSTR_wait), MP_ROM_PTR(&kesu_wait_obj) },
    { MP_ROM_QSTR(MP_QSTR_bus_silent), MP_ROM_PTR(&kesu_bus_silent_obj) },
    { MP_ROM_QSTR(MP_QSTR_on_usb), MP_ROM_PTR(&kesu_on_usb_obj) },
    { MP_ROM_QSTR(MP_QSTR_usb_hold), MP_ROM_PTR(&kesu_usb_hold_obj) },
    { MP_ROM_QSTR(MP_QSTR_usb_from), MP_ROM_PTR(&kesu_usb_from_obj) },
    { MP_ROM_QSTR(MP_QSTR_linked), MP_ROM_PTR(&kesu_linked_obj) },
    { MP_ROM_QSTR(MP_QSTR_may_charge), MP_ROM_PTR(&kesu_may_charge_obj) },
    { MP_ROM_QSTR(MP_QSTR_cell), MP_ROM_PTR(&kesu_cell_obj) },
    { MP_ROM_QSTR(MP_QSTR_policy), MP_ROM_PTR(&kesu_policy_obj) },
    { MP_ROM_QSTR(MP_QSTR_policy_valid), MP_ROM_PTR(&kesu_policy_valid_obj) },
    { MP_ROM_QSTR(MP_QSTR_policy_crc), MP_ROM_PTR(&kesu_policy_crc_obj) },
};
static MP_DEFINE_CONST_DICT(kesu_native_globals, kesu_native_globals_table);

const mp_obj_module_t kesu_native_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&kesu_native_globals,
};

MP_REGISTER_MODULE(MP_QSTR_native, kesu_native_module);
