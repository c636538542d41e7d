/* swd: single accesses to a debug port (ADIv5.2 chapter B4), by hand; blocks are in swd_block.c.
 *
 * RP2040: a port for each core, chosen by TARGETSEL, asleep (dormant) until it is woken (RP2040 datasheet 2.3.4). RP2350: one
 * port of ADIv6, whose memory port of core 0 is at 2000h (RP2350 datasheet 3.5). SPDX-License-Identifier: MIT */
#include "rig.h"

#include "hardware/gpio.h"
#include "hardware/timer.h"
#include "lines.h"
#include "notes.h"
#include "pico/platform.h"

enum { DP_IDCODE = 0, DP_ABORT = 0, DP_CTRL = 4, DP_SELECT = 8, DP_TARGETSEL = 12, DP_RDBUFF = 12 };
enum { AP_CSW = 0, AP_TAR = 4, AP_DRW = 12 };
#define CORE_0_OF_RP2040 0x01002927u
#define CSW_WORDS 0x23000012u /* 32 bits, address counts up; privileged data access, as the debugger */
#define SELECT_ADIV5 0x00000000u
#define SELECT_ADIV6 0x00002d00u
#define POWER_UP 0x50000001u /* debug and system power, overrun detection */
#define POWERED 0xa0000000u
#define STICKY 0x000000b2u
#define CLEAR 0x0000001eu
#define DHCSR 0xe000edf0u
#define DHCSR_KEY 0xa05f0000u
#define TAR_WRAPS 1024u /* the address counts up within 1 KiB at least (ADIv5.2 C2.2.2) */
#define TRIES 100u

static uint32_t identity, divider_of_block, halted_until, half_cycles = 8;
static bool connected;
static volatile bool halted, in_use; /* in_use: the loop moves words; a halt from the queue must not cut in */

static void half(void) {
    busy_wait_at_least_cycles(half_cycles);
}

static void clock_out(uint64_t bits, uint32_t count) {
    gpio_set_dir(PIN_SWDIO, GPIO_OUT);
    for (; count--; bits >>= 1) {
        gpio_put(PIN_SWDIO, bits & 1);
        half();
        gpio_put(PIN_SWCLK, true);
        half();
        gpio_put(PIN_SWCLK, false);
    }
}

static uint64_t clock_in(uint32_t count) {
    uint64_t bits = 0;
    gpio_set_dir(PIN_SWDIO, GPIO_IN);
    for (uint32_t i = 0; i < count; i++) {
        half();
        bits |= (uint64_t)gpio_get(PIN_SWDIO) << i;
        gpio_put(PIN_SWCLK, true);
        half();
        gpio_put(PIN_SWCLK, false);
    }
    return bits;
}

static uint32_t request_byte(bool access, bool read, uint32_t address) {
    uint32_t bits = (uint32_t)access | (uint32_t)read << 1 | (address & 12);
    uint32_t parity = (bits ^ bits >> 1 ^ bits >> 2 ^ bits >> 3) & 1;
    return 0x81u | bits << 1 | parity << 5;
}

static bool write_register(bool access, uint32_t address, uint32_t value, bool answered) {
    clock_out(request_byte(access, false, address), 8);
    uint32_t ack = (uint32_t)(clock_in(5) >> 1) & 7; /* a turnaround on both sides */
    clock_out(value, 32);
    clock_out((uint64_t)(uint32_t)__builtin_parity(value),
              1 + 8); /* parity, and idle cycles in which a write is done */
    return ack == 1 || !answered;
}

static bool read_register(bool access, uint32_t address, uint32_t *value) {
    clock_out(request_byte(access, true, address), 8);
    uint32_t ack = (uint32_t)(clock_in(4) >> 1) & 7;
    uint64_t bits = clock_in(33);
    (void)clock_in(1);
    clock_out(0, 8);
    *value = (uint32_t)bits;
    return ack == 1 && (uint32_t)__builtin_parity(*value) == (bits >> 32 & 1);
}

static void wake(void) {
    /* ADIv5.2 B5.3.4: 8 ones, the selection alert, 4 zeros, the activation code of SWD; then 50 ones and zeros. */
    clock_out(0xff, 8);
    clock_out(0x86852d956209f392ull, 64);
    clock_out(0x19bc0ea2e3ddafe9ull, 64);
    clock_out(0, 4);
    clock_out(0x1a, 8);
}

static void line_reset(void) {
    clock_out(0x0003ffffffffffffull, 50 + 8);
}

static bool power_up(void) {
    uint32_t status = 0;
    if (!write_register(false, DP_ABORT, CLEAR, true) || !write_register(false, DP_SELECT, 0, true) ||
        !write_register(false, DP_CTRL, POWER_UP, true)) {
        return false;
    }
    for (uint32_t i = 0; i < TRIES; i++) {
        if (read_register(false, DP_CTRL, &status) && (status & POWERED) == POWERED) {
            return true;
        }
    }
    return false;
}

bool swd_connect(uint32_t target, uint32_t divider) {
    connected = false;
    halted = false;
    gpio_init(PIN_SWCLK);
    gpio_init(PIN_SWDIO);
    if (target == TARGET_NONE) {
        gpio_disable_pulls(PIN_SWDIO);
        return true;
    }
    gpio_pull_up(PIN_SWDIO);
    gpio_set_dir(PIN_SWCLK, GPIO_OUT);
    divider_of_block = divider;
    wake();
    line_reset();
    if (target == TARGET_RP2040) {
        (void)write_register(false, DP_TARGETSEL, CORE_0_OF_RP2040, false); /* nobody acknowledges it */
    }
    if (!read_register(false, DP_IDCODE, &identity) || !power_up()) {
        return false;
    }
    connected = write_register(false, DP_SELECT, target == TARGET_RP2350 ? SELECT_ADIV6 : SELECT_ADIV5, true) &&
                write_register(true, AP_CSW, CSW_WORDS, true);
    return connected;
}

bool swd_connected(void) {
    return connected;
}

uint32_t swd_identity(void) {
    return identity;
}

static bool sticky(void) {
    uint32_t status;
    if (!read_register(false, DP_CTRL, &status)) {
        return true;
    }
    if (status & STICKY) {
        (void)write_register(false, DP_ABORT, CLEAR, true);
        return true;
    }
    return false;
}

/* Up to the next KiB, at most 256 words: the first read starts a transfer, each one gives the word before it. */
static bool read_words(uint32_t address, uint32_t *words, uint32_t count) {
    uint32_t stale;
    if (!write_register(true, AP_TAR, address, true) || !read_register(true, AP_DRW, &stale)) {
        return false;
    }
    if (divider_of_block) {
        if (swd_block(words, count - 1, divider_of_block) != count - 1) {
            return false;
        }
    } else {
        for (uint32_t i = 0; i + 1 < count; i++) {
            if (!read_register(true, AP_DRW, &words[i])) {
                return false;
            }
        }
    }
    return read_register(false, DP_RDBUFF, &words[count - 1]);
}

/* A fault leaves the port refusing all until its flags are cleared. */
static bool read_run(uint32_t address, uint32_t *words, uint32_t count) {
    bool right = read_words(address, words, count);
    return !sticky() && right;
}

bool swd_read(uint32_t address, uint32_t *words, uint32_t count) {
    bool right = true;
    in_use = true;
    while (count && right) {
        uint32_t run = (TAR_WRAPS - address % TAR_WRAPS) / 4;
        run = run < count ? run : count;
        right = read_run(address, words, run);
        address += 4 * run;
        words += run;
        count -= run;
    }
    in_use = false;
    return right;
}

static bool write_word(uint32_t address, uint32_t word) {
    uint32_t done;
    bool right = write_register(true, AP_TAR, address, true) && write_register(true, AP_DRW, word, true) &&
                 read_register(false, DP_RDBUFF, &done);
    return !sticky() && right;
}

bool swd_write(uint32_t address, uint32_t word) {
    in_use = true;
    bool right = write_word(address, word);
    in_use = false;
    return right;
}

bool swd_strike(uint32_t address, uint32_t word) {
    bool done = connected && !in_use && write_word(address, word);
    note_add(NOTE_STRIKE, done);
    return done;
}

bool swd_join(uint32_t target, uint32_t divider) {
    bool done = !in_use && swd_connect(target, divider);
    note_add(NOTE_CONNECT, done);
    return done;
}

bool swd_halt(uint32_t us) {
    if (!connected || in_use || !write_word(DHCSR, DHCSR_KEY | 3)) {
        note_add(NOTE_HALT, HALT_FAILED);
        return false;
    }
    halted_until = timer_hw->timerawl + us;
    halted = true;
    note_add(NOTE_HALT, 1);
    queue_pause(true);
    sink_pause(true);
    return true;
}

bool swd_halted(void) {
    return halted;
}

bool swd_resume(void) {
    bool was = halted;
    halted = false;
    if (was) {
        sink_pause(false);
        queue_pause(false);
        note_add(NOTE_HALT, 0);
    }
    return !was || swd_write(DHCSR, DHCSR_KEY);
}

void swd_watch(void) {
    if (halted && (int32_t)(timer_hw->timerawl - halted_until) >= 0) {
        (void)swd_resume();
    }
}
