/* policy: gives the policy block of the image to Python. It is read in place; nothing of it is kept in RAM by C. */
/* SPDX-License-Identifier: MIT */

#include "py/runtime.h"

#include "native.h"
#include "policy_check.h"
#include "policy_layout.h"

extern const uint8_t kesu_policy_block[KESU_POLICY_BYTES];

/* The only place of the image with the address of the block; `kesu audit` checks that. */
__attribute__((noinline)) const volatile uint8_t *kesu_policy_place(void);

const volatile uint8_t *kesu_policy_place(void) {
    return kesu_policy_block;
}

static mp_obj_t native_policy(mp_obj_t number_in) {
    mp_int_t number = mp_obj_get_int(number_in);
    if (number < 0 || number >= KESU_POLICY_COUNT) {
        mp_raise_ValueError(MP_ERROR_TEXT("setting"));
    }
    return MP_OBJ_NEW_SMALL_INT(kesu_policy_value(kesu_policy_place(), (uint32_t)number));
}
MP_DEFINE_CONST_FUN_OBJ_1(kesu_policy_obj, native_policy);

static mp_obj_t native_policy_valid(void) {
    return mp_obj_new_bool(kesu_policy_holds(kesu_policy_place()));
}
MP_DEFINE_CONST_FUN_OBJ_0(kesu_policy_valid_obj, native_policy_valid);

/* In halves, because a small integer has 31 bits. */
static mp_obj_t native_policy_crc(mp_obj_t high) {
    uint32_t crc = kesu_policy_stated(kesu_policy_place());
    return MP_OBJ_NEW_SMALL_INT(mp_obj_is_true(high) ? crc >> 16 : crc & 0xFFFF);
}
MP_DEFINE_CONST_FUN_OBJ_1(kesu_policy_crc_obj, native_policy_crc);
