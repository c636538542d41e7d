/* answers: the USB port: lines in, lines and blocks out. An answer ends with a line that begins with "ok" or "error";
 * before it there may be one block: "block LENGTH", that many bytes, "crc CRC32". SPDX-License-Identifier: MIT */
#include "rig.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hardware/irq.h"
#include "tusb.h"

static char line[REQUEST_LINE_MOST + 1];
static uint32_t length, crc;
static bool too_long;

static void put(const void *data, uint32_t count) {
    const uint8_t *at = data;
    while (count) {
        if (!tud_cdc_connected()) {
            return; /* nobody has the port open: the answer is lost, as it should be */
        }
        uint32_t sent = tud_cdc_write(at, count);
        at += sent;
        count -= sent;
        if (count) {
            tud_cdc_write_flush();
            answers_keep();
        }
    }
}

static void put_text(const char *text) {
    put(text, strlen(text));
}

void answers_keep(void) {
    tud_task();
    sink_drain();
    swd_watch();
}

void answer_ok(const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put_text("ok");
    if (text[0]) {
        put_text(" ");
        put_text(text);
    }
    put_text("\n");
    tud_cdc_write_flush();
}

void answer_error(enum failure failure, const char *text) {
    char number[16];
    snprintf(number, sizeof number, "error %d ", (int)failure);
    put_text(number);
    put_text(text);
    put_text("\n");
    tud_cdc_write_flush();
}

void answer_begin(uint32_t count) {
    char text[24];
    snprintf(text, sizeof text, "block %lu\n", (unsigned long)count);
    put_text(text);
    crc = 0xffffffffu;
}

/* CRC-32 of IEEE 802.3, four bits at a time. */
static void sum(const uint8_t *data, uint32_t count) {
    static const uint32_t table[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };
    while (count--) {
        crc = table[(crc ^ *data) & 15] ^ crc >> 4;
        crc = table[(crc ^ *data++ >> 4) & 15] ^ crc >> 4;
    }
}

/* From a copy: the pad may write the plane meanwhile, and the CRC is of what was sent. */
void answer_part(const void *data, uint32_t count) {
    uint8_t copy[64];
    for (const uint8_t *at = data; count;) {
        uint32_t some = count < sizeof copy ? count : sizeof copy;
        memcpy(copy, at, some);
        sum(copy, some);
        put(copy, some);
        at += some;
        count -= some;
    }
}

void answer_end(void) {
    char text[24];
    snprintf(text, sizeof text, "\ncrc %08lx\n", (unsigned long)~crc);
    put_text(text);
}

void answer_block(const void *data, uint32_t count) {
    answer_begin(count);
    answer_part(data, count);
    answer_end();
}

static void ended(void) {
    if (too_long) {
        answer_error(FAILED_LINE, "the line is too long");
    } else if (length) {
        line[length] = 0;
        command_line(line);
    }
    length = 0;
    too_long = false;
}

void answers_poll(void) {
    tud_task();
    while (tud_cdc_available()) {
        char byte;
        if (!tud_cdc_read(&byte, 1)) {
            break;
        }
        if (byte == '\n' || byte == '\r') {
            ended();
        } else if (length == REQUEST_LINE_MOST) {
            too_long = true;
        } else {
            line[length++] = byte ? byte : ' ';
        }
    }
}

/* The port was closed: half a line of another program does not become part of the next one's. */
void tud_cdc_line_state_cb(uint8_t interface, bool dtr, bool rts) {
    (void)interface;
    (void)rts;
    if (!dtr) {
        length = 0;
        too_long = false;
        tud_cdc_read_flush();
    }
    tud_cdc_write_clear();
}

void answers_start(void) {
    tusb_init();
    irq_set_priority(USBCTRL_IRQ, PRIORITY_USB);
}
