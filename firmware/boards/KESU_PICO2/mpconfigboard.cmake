# mpconfigboard.cmake: the Kesu pad on a Raspberry Pi Pico 2.
# SPDX-License-Identifier: MIT
set(PICO_BOARD "pico2")
set(PICO_PLATFORM "rp2350-arm-s")

include(${CMAKE_CURRENT_LIST_DIR}/../common.cmake)
