# common.cmake: settings of both boards of the pad. KESU_PROFILE is sealed or service.
# SPDX-License-Identifier: MIT

if(NOT KESU_PROFILE MATCHES "^(sealed|service)$")
    message(FATAL_ERROR "KESU_PROFILE must be sealed or service, not '${KESU_PROFILE}'")
endif()
if(KESU_PROFILE STREQUAL "sealed")
    # If the SDK or TinyUSB panics, the pad restarts at once (native/last_resort.c).
    list(APPEND MICROPY_DEF_BOARD KESU_SEALED=1 PICO_PANIC_FUNCTION=kesu_start_again)
else()
    list(APPEND MICROPY_DEF_BOARD KESU_SEALED=0)
endif()

# No radio and no network: no TLS either, in both profiles.
set(MICROPY_SSL_MBEDTLS OFF)

# Keep build paths out of the image: it would differ from one checkout to the next.
foreach(_kesu_path IN ITEMS ${KESU_PATHS})
    add_compile_options("-ffile-prefix-map=${_kesu_path}=.")
endforeach()

# An unset local variable holds earlier content of the stack, such as ink or its times. TinyUSB queues such
# structs whole (dcd_event_bus_signal in device/dcd.h), and they would survive every wipe. So zero all locals.
add_compile_options("-ftrivial-auto-var-init=zero")

if(KESU_PROFILE STREQUAL "sealed")
    # Without compiler and file reader, py/builtinimport.c keeps a variable that nothing reads.
    set_source_files_properties(${MICROPY_DIR}/py/builtinimport.c PROPERTIES COMPILE_OPTIONS "-Wno-unused-variable")
endif()
