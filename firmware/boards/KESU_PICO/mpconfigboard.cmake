# mpconfigboard.cmake: the Kesu pad on a Raspberry Pi Pico.
# SPDX-License-Identifier: MIT
set(PICO_BOARD "pico")
set(PICO_PLATFORM "rp2040")

include(${CMAKE_CURRENT_LIST_DIR}/../common.cmake)
