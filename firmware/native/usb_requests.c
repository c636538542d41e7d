/* usb_requests: refuses control requests that contradict themselves, which TinyUSB 0.18 would take. */
/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdint.h>

/* A setup packet, USB 2.0 table 9-2: byte 0 is bmRequestType (bit 7: to the host, bits 6..5: whose request), 6 and 7 are
 * wLength. */
#define TO_HOST (0x80)
#define WHOSE (0x60)
#define CLASS (0x20)

void dcd_edpt_stall(uint8_t port, uint8_t endpoint);
bool __real_tud_control_xfer(uint8_t port, const uint8_t *request, void *buffer, uint16_t length);
bool __wrap_tud_control_xfer(uint8_t port, const uint8_t *request, void *buffer, uint16_t length);
bool __real_tud_control_status(uint8_t port, const uint8_t *request);
bool __wrap_tud_control_status(uint8_t port, const uint8_t *request);

static bool refuse(uint8_t port) {
    dcd_edpt_stall(port, 0);
    dcd_edpt_stall(port, TO_HOST);
    return false;
}

/* GET_STATUS, GET_CONFIGURATION, GET_DESCRIPTOR and GET_INTERFACE with the direction bit turned round: TinyUSB looks at
 * the number only (usbd.c, process_control_request), and its data stage then copies what the host sends to where the answer
 * would have come from: a local variable that is no more, or a descriptor. Data comes in for class requests alone. */
bool __wrap_tud_control_xfer(uint8_t port, const uint8_t *request, void *buffer, uint16_t length) {
    if (!(request[0] & TO_HOST) && (request[0] & WHOSE) != CLASS) {
        return refuse(port);
    }
    return __real_tud_control_xfer(port, request, buffer, length);
}

/* Requests without a data stage that announce one, or an answer: TinyUSB goes on to the status stage, and the host's data is
 * answered with NAK until it gives up. USB 2.0 section 9.2.7 wants a stall. */
bool __wrap_tud_control_status(uint8_t port, const uint8_t *request) {
    if ((request[0] & TO_HOST) || request[6] || request[7]) {
        return refuse(port);
    }
    return __real_tud_control_status(port, request);
}
