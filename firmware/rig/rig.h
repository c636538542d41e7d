/* rig: what the parts of the rig's firmware share. One core; everything with a deadline is in interrupts:
 *
 *   priority 0x00  I2C target          alarm 1 (queue), 2 (end of an INT pulse), 3 (touch chip) at 0x40
 *   priority 0x80  USB                 PIO (CS, RST) and alarm 0 (BUSY) at 0xc0, where the panel's bytes are drained
 *
 * The loop takes requests and watches the pad's supply. All code runs from RAM (copy_to_ram), so nothing waits for flash.
 * SPDX-License-Identifier: MIT */
#ifndef RIG_H
#define RIG_H
#include <stdbool.h>
#include <stdint.h>

#include "panel.h"
#include "record.h"
#include "request.h"
#include "touch.h"

enum { ALARM_BUSY, ALARM_QUEUE, ALARM_PULSE, ALARM_TOUCH };
#define PRIORITY_I2C 0x00
#define PRIORITY_ALARM 0x40
#define PRIORITY_USB 0x80
#define PRIORITY_PANEL 0xc0

/* sink.c: the panel's bus. */
extern panel_t panel;
void sink_start(void);
void sink_stop(void);
/* The film that is fitted; the planes are noise afterwards. */
void sink_fit(const film_t *film);
/* The panel lost power, or got it. */
void sink_powered(bool on);
/* Take what came meanwhile; called from the loop, too, for a pad that keeps CS low. */
void sink_drain(void);
void sink_pause(bool paused);
/* What the pad sends is recorded from now on, or no longer; and how many bytes of it are ready. */
extern record_t record;
void sink_record(bool on);
uint32_t sink_recorded(void);
/* A variant of the panel has changed. */
void sink_offer(void);

/* readback.c: the panel's answer on its data wire. */
void readback_start(void);
void readback_stop(void);
/* The wire is the rig's to drive, or an input. */
void readback_connect(bool on);

/* bus.c: the touch chip's bus. */
extern touch_t touch;
void bus_start(void);
void bus_powered(bool on);
void bus_fit(uint8_t chip);
void bus_silence(bool silent);

/* lines.c: pins. */
void lines_start(void);
/* BUSY and INT driven, and the ports of I2C connected; or all outputs to the pad high impedance. */
void lines_drive(bool on);
bool lines_driven(void);
void lines_contact(uint32_t contact, bool closed);
void lines_vbus(bool on);
void lines_busy(bool level);
void lines_int(bool level);

/* power.c: the pad's supply. */
typedef struct {
    uint32_t supply_mv, vsys_mv, current_ma;
} sense_t;
void power_start(void);
void power_set(uint32_t wanted);
void power_watch(void);
bool power_there(void);
/* The switch was just closed: look often, so that outputs are driven as soon as the pad has 3V3. */
bool power_rising(void);
sense_t power_sense(void);
uint32_t power_convert(uint32_t channel);

/* queue.c: actions at a time. */
void queue_start(void);
/* False if it is full. */
bool queue_add(const request_t *request);
void queue_cancel(void);
uint32_t queue_length(void);
void queue_pause(bool paused);
/* Do an action of the kinds that may have a time. */
void act(const request_t *request);

/* swd.c, swd_block.c: the debug port. False where the target does not answer as it should. */
bool swd_connect(uint32_t target, uint32_t divider);
bool swd_connected(void);
uint32_t swd_identity(void);
bool swd_read(uint32_t address, uint32_t *words, uint32_t count);
bool swd_write(uint32_t address, uint32_t word);
/* Both at a time of the queue, with a note; false while the loop uses the port. */
bool swd_strike(uint32_t address, uint32_t word);
bool swd_join(uint32_t target, uint32_t divider);
/* Also from an interrupt; false while the loop uses the port. */
bool swd_halt(uint32_t us);
bool swd_halted(void);
bool swd_resume(void);
/* Resume a halted core whose time is over; called from the loop and while a long answer is sent. */
void swd_watch(void);
uint32_t swd_block(uint32_t *words, uint32_t count, uint32_t divider);

/* drive.c: the rig as the driver of a real panel, for measurements. */
bool drive_set(bool on);
bool drive_on(void);
void drive_send(uint8_t op, const uint8_t *bytes, uint32_t count);
void drive_fill(uint8_t op, uint32_t count, uint8_t byte);
void drive_fetch(uint8_t op, uint8_t *bytes, uint32_t count);
void drive_reset(uint32_t us);
/* Activate, and wait for BUSY: us from the command to its rise and to its fall; false if it did not rise and fall in time. */
bool drive_run(uint8_t op, uint32_t limit_us, uint32_t *rise_us, uint32_t *fall_us);

/* answers.c: the USB port. */
void answers_start(void);
void answers_poll(void);
/* Serve USB during a long wait; requests wait. */
void answers_keep(void);
void answer_ok(const char *format, ...) __attribute__((format(printf, 1, 2)));
void answer_error(enum failure failure, const char *text);
void answer_block(const void *data, uint32_t length);
/* A block in parts: begin, then bytes that sum up to the length; its CRC follows them. */
void answer_begin(uint32_t length);
void answer_part(const void *data, uint32_t length);
void answer_end(void);

/* commands.c */
void command_line(char *text);
#endif
