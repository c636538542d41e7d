/* common_late.h: overrides settings that the port defines without a guard (patch 0002). */
/* SPDX-License-Identifier: MIT */
#undef MICROPY_STACK_CHECK_MARGIN
/* The heap ends at the lower end of the stack. Python calls stop this far above it (RuntimeError), which leaves room
 * for C and interrupts. */
#define MICROPY_STACK_CHECK_MARGIN (1024)
#undef MICROPY_SSL_MBEDTLS
#define MICROPY_SSL_MBEDTLS (0)
#undef MICROPY_PY_CRYPTOLIB
#define MICROPY_PY_CRYPTOLIB (0)
#undef MICROPY_PY_HASHLIB_SHA1
#define MICROPY_PY_HASHLIB_SHA1 (0)

#if KESU_SEALED
/* No code can be loaded: no file, no .mpy, no code generator. */
#undef MICROPY_VFS
#define MICROPY_VFS (0)
#undef MICROPY_VFS_LFS2
#define MICROPY_VFS_LFS2 (0)
#undef MICROPY_VFS_FAT
#define MICROPY_VFS_FAT (0)
#undef MICROPY_VFS_ROM
#define MICROPY_VFS_ROM (0)
#undef MICROPY_READER_VFS
#define MICROPY_READER_VFS (0)
#undef MICROPY_EMIT_THUMB
#define MICROPY_EMIT_THUMB (0)
#undef MICROPY_EMIT_INLINE_THUMB
#define MICROPY_EMIT_INLINE_THUMB (0)
#undef MICROPY_PERSISTENT_CODE_LOAD
#define MICROPY_PERSISTENT_CODE_LOAD (0)

/* Only the button inside the case starts the boot loader. */
#undef MICROPY_PY_MACHINE_BOOTLOADER
#define MICROPY_PY_MACHINE_BOOTLOADER (0)

/* Peripherals that the pad does not have. */
#undef MICROPY_PY_MACHINE_ADC
#define MICROPY_PY_MACHINE_ADC (0)
#undef MICROPY_PY_MACHINE_BITSTREAM
#define MICROPY_PY_MACHINE_BITSTREAM (0)
#undef MICROPY_PY_MACHINE_DHT_READINTO
#define MICROPY_PY_MACHINE_DHT_READINTO (0)
#undef MICROPY_PY_MACHINE_PULSE
#define MICROPY_PY_MACHINE_PULSE (0)
#undef MICROPY_PY_MACHINE_I2S
#define MICROPY_PY_MACHINE_I2S (0)
#undef MICROPY_PY_MACHINE_PWM
#define MICROPY_PY_MACHINE_PWM (0)
#undef MICROPY_PY_MACHINE_UART
#define MICROPY_PY_MACHINE_UART (0)
#undef MICROPY_PY_ONEWIRE
#define MICROPY_PY_ONEWIRE (0)
#undef MICROPY_PY_OS_SYNC
#define MICROPY_PY_OS_SYNC (0)
#undef MICROPY_PY_OS_UNAME
#define MICROPY_PY_OS_UNAME (0)
#undef MICROPY_PY_OS_URANDOM
#define MICROPY_PY_OS_URANDOM (0)
#endif
