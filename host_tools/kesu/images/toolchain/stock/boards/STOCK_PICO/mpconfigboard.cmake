# mpconfigboard.cmake: MicroPython for a Raspberry Pi Pico as its makers ship it, for comparison with ours.
# SPDX-License-Identifier: MIT
set(PICO_BOARD "pico")
set(PICO_PLATFORM "rp2040")

# Debian's source leaves mbedtls out; a Pico without radio uses nothing of it but hashes.
set(MICROPY_SSL_MBEDTLS OFF)

foreach(_kesu_path IN ITEMS ${KESU_PATHS})
    add_compile_options("-ffile-prefix-map=${_kesu_path}=.")
endforeach()
