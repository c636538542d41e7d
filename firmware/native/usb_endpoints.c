/* usb_endpoints: handles endpoints that a host closes during a transfer, or just before the pad sends a packet. */
/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdint.h>

#ifndef NO_QSTR /* The search for interned strings does not know where TinyUSB is. */
#include "tusb.h"

#include "device/dcd.h"
#include "hardware/structs/usb.h"
#include "hardware/sync.h"
#include "portable/raspberrypi/rp2040/rp2040_usb.h"
#endif

#include "native.h"
#include "usb_gate.h"

#define TO_HOST (0x80)
#define NUMBER (0x0F)

/* RP2040 datasheet 4.1.2.5: every endpoint except 0 has a control register that enables it. */
bool kesu_endpoint_is_open(uint16_t address) {
    const uint8_t number = address & NUMBER;
    if (number == 0 || address & ~(TO_HOST | NUMBER)) {
        return false;
    }
    const uint32_t control = address & TO_HOST ? usb_dpram->ep_ctrl[number - 1].in : usb_dpram->ep_ctrl[number - 1].out;
    return control & EP_CTRL_ENABLE_BITS;
}

/* A bus reset (in the interrupt) and SET_CONFIGURATION (in TinyUSB's task) close all endpoints except 0 (0.18,
 * dcd_rp2040.c): their structs become zero. If a packet still arrives, the driver panics. If it sends on a closed
 * endpoint, it uses address 0 as the buffer's control word; the first word of the boot ROM looks like a buffer in use,
 * and the driver panics too. */
bool __real_hw_endpoint_xfer_continue(struct hw_endpoint *endpoint);
bool __wrap_hw_endpoint_xfer_continue(struct hw_endpoint *endpoint);
bool __real_dcd_edpt_xfer(uint8_t port, uint8_t address, uint8_t *buffer, uint16_t length);
bool __wrap_dcd_edpt_xfer(uint8_t port, uint8_t address, uint8_t *buffer, uint16_t length);
void __real_dcd_edpt_close_all(uint8_t port);
void __wrap_dcd_edpt_close_all(uint8_t port);

/* Called from the interrupt: a packet on a closed endpoint is ignored. */
bool __wrap_hw_endpoint_xfer_continue(struct hw_endpoint *endpoint) {
    return endpoint->active && __real_hw_endpoint_xfer_continue(endpoint);
}

#if KESU_SEALED

void __real_dcd_edpt_stall(uint8_t port, uint8_t address);
void __wrap_dcd_edpt_stall(uint8_t port, uint8_t address);
void __wrap_dcd_set_address(uint8_t port, uint8_t address);

/* Starts a transfer at a tick (usb_ticks.c), or drops it if the host has begun another request, which gets its own
 * answer. A dropped transfer is not repeated: the call line starts again when the host opens the endpoints
 * (callline.py). */
static bool begin(uint8_t address, uint8_t *buffer, uint16_t length) {
    const int slot = kesu_usb_slot(address);
    const bool control = (address & NUMBER) == 0;
    if (slot < 0 || (!control && !kesu_endpoint_is_open(address))) {
        return false;
    }
    if (!kesu_usb_is_off() && !(control && kesu_usb_is_superseded())) {
        kesu_ticks_hold(slot, buffer, length);
    }
    return true;
}

bool __wrap_dcd_edpt_xfer(uint8_t port, uint8_t address, uint8_t *buffer, uint16_t length) {
    (void)port;
    const uint32_t state = save_and_disable_interrupts();
    const bool begun = begin(address, buffer, length);
    restore_interrupts(state);
    return begun;
}

void __wrap_dcd_edpt_stall(uint8_t port, uint8_t address) {
    const uint32_t state = save_and_disable_interrupts();
    if (address & NUMBER) {
        __real_dcd_edpt_stall(port, address);
    } else if (!kesu_usb_is_off() && !kesu_usb_is_superseded()) {
        kesu_ticks_refuse();
    }
    restore_interrupts(state);
}

/* The address is valid from the end of the status stage (USB 2.0 section 9.4.6), which is an empty packet. */
void __wrap_dcd_set_address(uint8_t port, uint8_t address) {
    (void)port;
    const uint32_t state = save_and_disable_interrupts();
    if (begin(TO_HOST, NULL, 0) && !kesu_usb_is_superseded()) {
        kesu_usb_addressed(address);
    }
    restore_interrupts(state);
}

#else

bool __wrap_dcd_edpt_xfer(uint8_t port, uint8_t address, uint8_t *buffer, uint16_t length) {
    const uint32_t state = save_and_disable_interrupts();
    const bool is_there = (address & NUMBER) == 0 || kesu_endpoint_is_open(address);
    const bool begun = is_there && __real_dcd_edpt_xfer(port, address, buffer, length);
    restore_interrupts(state);
    return begun;
}

#endif

/* With interrupts off, because a half-cleared struct would mislead the interrupt. */
void __wrap_dcd_edpt_close_all(uint8_t port) {
    const uint32_t state = save_and_disable_interrupts();
    #if KESU_SEALED
    kesu_usb_closed(SLOT_BULK_OUT);
    kesu_usb_closed(SLOT_NOTIFY);
    #endif
    __real_dcd_edpt_close_all(port);
    restore_interrupts(state);
}
