/* mpconfigboard_late.h: features that need mbedtls, switched off (see mpconfigboard.cmake). */
/* SPDX-License-Identifier: MIT */
#undef MICROPY_SSL_MBEDTLS
#define MICROPY_SSL_MBEDTLS (0)
#undef MICROPY_PY_CRYPTOLIB
#define MICROPY_PY_CRYPTOLIB (0)
#undef MICROPY_PY_HASHLIB_SHA1
#define MICROPY_PY_HASHLIB_SHA1 (0)
