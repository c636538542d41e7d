/* touch: registers and INT of an FT6336U or ICNT86X (hardware-facts C.1, C.2). It needs no chip: the tests compile it for
 * the PC and compare it with the models (kesu.emulator.touch). SPDX-License-Identifier: MIT */
#ifndef RIG_TOUCH_H
#define RIG_TOUCH_H
#include <stdbool.h>
#include <stdint.h>

enum touch_chip { TOUCH_FT6336U, TOUCH_ICNT86X };

#define TOUCH_POINT_BYTES 7u

typedef struct {
    uint8_t chip;
    bool held, ready, monitor, touched, silent, int_level;
    uint8_t address_bytes;
    uint16_t pointer;
    uint8_t registers[256]; /* FT6336U: all of them */
    uint8_t count, points[35]; /* ICNT86X: 1001h, and from 1002h on */
    uint32_t reports, missed, resets; /* missed: while the chip could not see the pen */
} touch_t;

/* What the chip asks of the outside. touch_set_int: the line's level, and after `us` high again (0: not by itself).
 * touch_set_port: whether its address is acknowledged. touch_set_timer: call touch_timer after so long; 0: never. */
void touch_set_int(touch_t *touch, bool level, uint32_t us);
void touch_set_port(touch_t *touch, bool open);
void touch_set_timer(touch_t *touch, uint32_t us);

/* A chip that has just got power, with RST high. */
void touch_power(touch_t *touch, uint8_t chip);
/* Level of RST. */
void touch_reset(touch_t *touch, bool level);
/* The time of touch_set_timer is over: start-up ends, or monitor mode begins. */
void touch_timer(touch_t *touch);
/* A byte was written to the chip; first: it follows the address. */
void touch_written(touch_t *touch, uint8_t byte, bool first);
/* The byte that a read gives. */
uint8_t touch_read(touch_t *touch);
/* The pen is at a pixel when the chip scans. */
void touch_report(touch_t *touch, uint16_t x, uint16_t y);
/* The chip notices that the pen is gone. said: whether it reports that (an FT6336U does not always). */
void touch_lift(touch_t *touch, bool said);
/* Let the chip acknowledge nothing (event E10), until false. */
void touch_silence(touch_t *touch, bool silent);
uint8_t touch_address(const touch_t *touch);
#endif
