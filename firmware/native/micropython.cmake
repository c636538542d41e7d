# micropython.cmake: adds the `native` module to the firmware.
# SPDX-License-Identifier: MIT
add_library(usermod_kesu INTERFACE)

target_sources(usermod_kesu INTERFACE
    ${CMAKE_CURRENT_LIST_DIR}/native.c
    ${CMAKE_CURRENT_LIST_DIR}/identity.c
    ${CMAKE_CURRENT_LIST_DIR}/memory.c
    ${CMAKE_CURRENT_LIST_DIR}/policy.c
    ${CMAKE_CURRENT_LIST_DIR}/policy_block.c
    ${CMAKE_CURRENT_LIST_DIR}/policy_check.c
    ${CMAKE_CURRENT_LIST_DIR}/registers.c
    ${CMAKE_CURRENT_LIST_DIR}/raster.c
    ${CMAKE_CURRENT_LIST_DIR}/pulses.c
    ${CMAKE_CURRENT_LIST_DIR}/panel_bus.c
    ${CMAKE_CURRENT_LIST_DIR}/region.c
    ${CMAKE_CURRENT_LIST_DIR}/spi_stream.c
    ${CMAKE_CURRENT_LIST_DIR}/sleep.c
    ${CMAKE_CURRENT_LIST_DIR}/bus.c
    ${CMAKE_CURRENT_LIST_DIR}/cell.c
    ${CMAKE_CURRENT_LIST_DIR}/usb_requests.c
    ${CMAKE_CURRENT_LIST_DIR}/usb_endpoints.c
    ${CMAKE_CURRENT_LIST_DIR}/boot_panel.c
)
target_link_options(usermod_kesu INTERFACE
    "LINKER:--wrap=hw_endpoint_xfer_continue" "LINKER:--wrap=dcd_edpt_xfer" "LINKER:--wrap=dcd_edpt_close_all")
if(KESU_PROFILE STREQUAL "sealed")
    target_sources(usermod_kesu INTERFACE
        ${CMAKE_CURRENT_LIST_DIR}/last_resort.c
        ${CMAKE_CURRENT_LIST_DIR}/sealed_stubs.c
        ${CMAKE_CURRENT_LIST_DIR}/usb_events.c
        ${CMAKE_CURRENT_LIST_DIR}/usb_ticks.c
        ${CMAKE_CURRENT_LIST_DIR}/usb_turn.c
    )
    # The SDK reads the flash chip's serial number through a routine that can send it any command.
    # The call line shows no serial number, so that routine is left out too (sealed_stubs.c).
    target_link_options(usermod_kesu INTERFACE "LINKER:--wrap=flash_get_unique_id")
    # An unhandled exception is a fault instead of a printed text (last_resort.c).
    target_link_options(usermod_kesu INTERFACE "LINKER:--wrap=mp_obj_print_exception")
    # The gate controls USB in both directions (usb_events.c, usb_turn.c, usb_ticks.c).
    target_link_options(usermod_kesu INTERFACE
        "LINKER:--wrap=irq_add_shared_handler" "LINKER:--wrap=dcd_edpt_stall" "LINKER:--wrap=dcd_set_address"
        "LINKER:--wrap=hw_endpoint_xfer_start" "LINKER:--wrap=tud_connect")
else()
    target_sources(usermod_kesu INTERFACE ${CMAKE_CURRENT_LIST_DIR}/usb_console.c)
endif()

# A warning in our C ends the build. The port compiles with -Wall -Werror already. Unused parameters are allowed here
# because MicroPython's headers have some; the fuzzer's build of the same files allows none.
get_target_property(KESU_SOURCES usermod_kesu INTERFACE_SOURCES)
set_source_files_properties(${KESU_SOURCES} PROPERTIES
    COMPILE_OPTIONS "-Wall;-Wextra;-Werror;-Wno-unused-parameter")

target_include_directories(usermod_kesu INTERFACE ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(usermod INTERFACE usermod_kesu)
