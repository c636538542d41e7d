/* string: what the cores need of <string.h>, for WebAssembly without a C library. */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_STRING_H
#define KESU_STRING_H

#include <stddef.h>

/* Most copies have the size of an access, known or not: a bulk copy of four bytes would cost more than a branch. */
static inline void *kesu_copy(void *to, const void *from, size_t bytes) {
    switch (bytes) {
        case 1: return __builtin_memcpy(to, from, 1);
        case 2: return __builtin_memcpy(to, from, 2);
        case 4: return __builtin_memcpy(to, from, 4);
        default: return __builtin_memcpy(to, from, bytes);
    }
}

#define memcpy kesu_copy
#define memset __builtin_memset
#endif
