/* usb_latches.h: the events of the bus that wait, one latch for each kind: the interrupt (usb_events.c) sets them, the
 * loop's turn (usb_turn.c) takes them. */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_USB_LATCHES_H
#define KESU_USB_LATCHES_H

#ifndef NO_QSTR
#include <stdbool.h>
#include <stdint.h>

#include "tusb.h"

#include "usb_gate.h"

/* length: of the packet on each endpoint. */
typedef struct {
    tusb_control_request_t request;
    uint16_t length[SLOTS];
    bool done[SLOTS]; /* a transfer has ended */
    bool setup; /* `request` waits */
    bool reset;
    bool lost; /* the line was lost */
    bool superseded; /* a request has come that was not passed to TinyUSB yet */
} kesu_usb_latches_t;

extern kesu_usb_latches_t kesu_usb_latches;
#endif

#endif
