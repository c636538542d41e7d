/* usb_requests: the control requests that a pad takes; every other is refused. */
/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdint.h>

#ifndef NO_QSTR /* The search for interned strings does not know where TinyUSB is. */
#include "tusb.h"

#include "class/cdc/cdc.h"
#endif

#include "native.h"
#include "usb_gate.h"

#define WITH_DATA (0xFFFF)

/* What an asked for request looks like. Whatever is not here is refused, as USB 2.0 section 9.2.7 wants it.
 * data: wLength that a request without a data stage towards the host must have; WITH_DATA: any but 0, for an answer.
 * highest: of wValue. */
typedef struct {
    uint8_t kind;
    uint8_t number;
    uint16_t data;
    uint16_t highest;
} request_t;

static const request_t requests[] = {
    /* USB 2.0 table 9-3 */
    { 0x80, TUSB_REQ_GET_STATUS, WITH_DATA, 0 },
    { 0x80, TUSB_REQ_GET_DESCRIPTOR, WITH_DATA, 0xFFFF },
    { 0x80, TUSB_REQ_GET_CONFIGURATION, WITH_DATA, 0 },
    { 0x00, TUSB_REQ_SET_ADDRESS, 0, 127 },
    { 0x00, TUSB_REQ_SET_CONFIGURATION, 0, 1 },
    { 0x81, TUSB_REQ_GET_INTERFACE, WITH_DATA, 0 },
    { 0x01, TUSB_REQ_SET_INTERFACE, 0, 0 },
    { 0x82, TUSB_REQ_GET_STATUS, WITH_DATA, 0 },
    { 0x02, TUSB_REQ_CLEAR_FEATURE, 0, TUSB_REQ_FEATURE_EDPT_HALT },
    /* CDC PSTN 1.2 table 13 */
    { 0x21, CDC_REQUEST_SET_LINE_CODING, sizeof(cdc_line_coding_t), 0 },
    { 0xA1, CDC_REQUEST_GET_LINE_CODING, WITH_DATA, 0 },
    { 0x21, CDC_REQUEST_SET_CONTROL_LINE_STATE, 0, 0xFFFF },
    { 0x21, CDC_REQUEST_SEND_BREAK, 0, 0xFFFF },
};

/* TinyUSB 0.18 looks at the number only (usbd.c, process_control_request): turn the direction bit of a GET_... round, and it copies
 * what the host sends to where the answer would have come from; announce data where there is none, and it answers NAK for ever. */
bool kesu_request_is_taken(const tusb_control_request_t *asked) {
    for (uint8_t place = 0; place < TU_ARRAY_SIZE(requests); place++) {
        const request_t *known = &requests[place];
        if (asked->bmRequestType == known->kind && asked->bRequest == known->number) {
            const bool fits = known->data == WITH_DATA ? asked->wLength > 0 : asked->wLength == known->data;
            /* TinyUSB's driver would end the halt of a closed endpoint at address 0, and answers none of endpoint 0. */
            const bool there = known->number != TUSB_REQ_CLEAR_FEATURE || kesu_endpoint_is_open(asked->wIndex);
            return fits && there && asked->wValue <= known->highest;
        }
    }
    return false;
}
