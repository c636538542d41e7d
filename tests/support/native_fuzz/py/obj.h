/* obj.h: the part of MicroPython that the C module calls. An object is a number or the address of a buffer's info. */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_FUZZ_OBJ_H
#define KESU_FUZZ_OBJ_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/param.h>

/* 32 bits as on the pad, so that overflows are the same. */
typedef int32_t mp_int_t;
typedef intptr_t mp_obj_t;
typedef unsigned int uint;
typedef struct {
    void *buf;
    size_t len;
} mp_buffer_info_t;

#define MP_BUFFER_READ 1
#define MP_BUFFER_RW 3
#define MP_ERROR_TEXT(text) (text)
#define mp_const_none ((mp_obj_t)0)
#define mp_const_false ((mp_obj_t)0)
#define mp_const_true ((mp_obj_t)1)
#define MP_OBJ_NEW_SMALL_INT(value) ((mp_obj_t)(value))

#define ENTRY(object) mp_obj_t object(size_t n_args, const mp_obj_t *args)
#define MP_DECLARE_CONST_FUN_OBJ_0(object) ENTRY(object)
#define MP_DECLARE_CONST_FUN_OBJ_1(object) ENTRY(object)
#define MP_DECLARE_CONST_FUN_OBJ_2(object) ENTRY(object)
#define MP_DECLARE_CONST_FUN_OBJ_3(object) ENTRY(object)
#define MP_DECLARE_CONST_FUN_OBJ_VAR_BETWEEN(object) ENTRY(object)
#define MP_DEFINE_CONST_FUN_OBJ_2(object, function) \
    ENTRY(object) { \
        (void)n_args; \
        return function(args[0], args[1]); \
    }
#define MP_DEFINE_CONST_FUN_OBJ_3(object, function) \
    ENTRY(object) { \
        (void)n_args; \
        return function(args[0], args[1], args[2]); \
    }
#define MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(object, low, high, function) \
    ENTRY(object) { \
        return function(n_args, args); \
    }

extern jmp_buf raised;

static inline mp_int_t mp_obj_get_int(mp_obj_t value) {
    return value;
}

static inline void mp_get_buffer_raise(mp_obj_t from, mp_buffer_info_t *into, int flags) {
    (void)flags;
    *into = *(const mp_buffer_info_t *)from;
}

static inline _Noreturn void mp_raise_ValueError(const char *text) {
    (void)text;
    longjmp(raised, 1);
}

#endif
