/* usb_gate.h: interfaces within the USB gate. */
/* SPDX-License-Identifier: MIT */
#ifndef KESU_USB_GATE_H
#define KESU_USB_GATE_H

#include <stdbool.h>
#include <stdint.h>

/* The endpoints of the call line (firmware/kesu_pad/callline.py) that transfer packets, each at most one at a time. */
enum { SLOT_CONTROL_OUT, SLOT_CONTROL_IN, SLOT_BULK_OUT, SLOT_NOTIFY, SLOTS };
int kesu_usb_slot(uint8_t address); /* -1: none of them */

/* usb_ticks.c. Call these with interrupts off, or from an interrupt of USB_PRIORITY. */
#define GRID_BITS (13)
#define GRID_US (1u << GRID_BITS)
/* USB and the preparation of a tick have priority over all other interrupts (0x80) but the tick itself (usb_ticks.c),
 * and do not interrupt each other. */
#define USB_PRIORITY (0x40)

void kesu_ticks_begin(void);
void kesu_ticks_base(int slot, uint64_t at_us);
void kesu_ticks_hold(int slot, uint8_t *buffer, uint16_t length);
void kesu_ticks_refuse(void);
void kesu_ticks_drop(int slot);
void kesu_ticks_drop_all(void);
void kesu_ticks_wake(void);          /* calls kesu_usb_ticked at the next tick */
void kesu_ticks_wake_at(uint32_t us); /* and at the tick of that time */

/* usb_events.c */
void kesu_usb_ticked(uint32_t at_us); /* from the tick's interrupt */
bool kesu_usb_is_off(void);           /* cut off from the bus: nothing goes out */
bool kesu_usb_is_silent(void);        /* no frame for 3 ms on a bus that had a host: PC asleep or cable out */
bool kesu_usb_is_met(void);           /* a host has sent a request since power-on: this is no charger */
bool kesu_usb_is_superseded(void);    /* the host has begun a newer request than the one being answered */
void kesu_usb_closed(int slot);       /* drops a packet that was received on it before */
void kesu_usb_addressed(uint8_t address);

/* usb_turn.c */
bool kesu_usb_turn(void); /* from the loop: whether anything was done */
void kesu_usb_want_turn(void); /* soon, from an interrupt too */
void kesu_usb_ask_again(void); /* whether the loop has events, at the next turn */
uint32_t kesu_usb_interval(void); /* the number of the present GRID_US since power-on */

/* usb_requests.c */
#ifndef NO_QSTR
#include "tusb.h"
bool kesu_request_is_taken(const tusb_control_request_t *asked);
#endif

#endif
