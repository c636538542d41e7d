/* usb_requests: the control requests that a pad accepts; every other is refused. */
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

/* An accepted request. Every other is refused, as USB 2.0 section 9.2.7 requires.
 * data: the wLength that a request without a data stage to the host must have; WITH_DATA: any except 0, for an answer.
 * highest: upper limit of wValue. */
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

/* TinyUSB 0.18 checks the number only (usbd.c, process_control_request). If the host inverts the direction bit of a
 * GET_... request, TinyUSB copies the data of the host over the buffer of the answer; if the host announces data for a
 * request without data, TinyUSB answers NAK for ever. */
bool kesu_request_is_taken(const tusb_control_request_t *asked) {
    for (uint8_t place = 0; place < TU_ARRAY_SIZE(requests); place++) {
        const request_t *known = &requests[place];
        if (asked->bmRequestType == known->kind && asked->bRequest == known->number) {
            const bool fits = known->data == WITH_DATA ? asked->wLength > 0 : asked->wLength == known->data;
            /* TinyUSB would clear the halt of a closed endpoint at address 0, and never answers for endpoint 0. */
            const bool there = known->number != TUSB_REQ_CLEAR_FEATURE || kesu_endpoint_is_open(asked->wIndex);
            return fits && there && asked->wValue <= known->highest;
        }
    }
    return false;
}
