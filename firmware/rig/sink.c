/* sink: PIO and DMA bring the panel's bytes into a ring; an interrupt drains it while CS is low.
 *
 * Draining at once and not when CS rises: with a backlog of a whole plane, 20h would be answered up to 13 us late, and BUSY
 * after RST later than the driver looks at it (measured on two emulated chips, record 0087). SPDX-License-Identifier: MIT */
#include "rig.h"

#include "hardware/dma.h"
#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/pio.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "lines.h"
#include "notes.h"
#include "pico/platform.h"
#include "sink.pio.h"

#define RING_BITS 15u
#define RING_WORDS (1u << (RING_BITS - 1))
#define BATCH 256u
#define LOOK_CYCLES 1000u /* 5 us, 10 bytes */
#define MOST_LOOKS 40u    /* with CS low and no byte: then the loop goes on, and looks again */
#define MOV_ISR_NULL 0xa0c3u
#define DRAINED 0xffffffffu
#define SHORTEST_ALARM_US 10u /* an alarm that is due when it is set comes an hour later */

_Static_assert(sink_CLK == PIN_PANEL_CLK && select_CS == PIN_PANEL_CS, "sink.pio has other pins than rig.toml");
_Static_assert(panel_rst_RST == PIN_PANEL_RST && touch_rst_RST == PIN_TOUCH_RST,
               "sink.pio has other pins than rig.toml");
_Static_assert(PIN_PANEL_DC == PIN_PANEL_MOSI + 1, "one instruction takes MOSI and DC: they must be neighbours");

panel_t panel;
record_t record;
static uint16_t ring[RING_WORDS] __attribute__((aligned(1u << RING_BITS)));
static uint32_t taken, busy_until;
static bool busy_ends, rst_level = true, touch_rst_level = true, running;
static const film_t *fitted;
static uint32_t paused_left;
static int words_channel, resync_channel;

void panel_set_busy(panel_t *which, bool level, uint32_t us) {
    (void)which;
    lines_busy(level);
    busy_ends = level && us != PANEL_FOREVER;
    if (busy_ends) {
        busy_until = timer_hw->timerawl + (us < SHORTEST_ALARM_US ? SHORTEST_ALARM_US : us);
        timer_hw->alarm[ALARM_BUSY] = busy_until;
    } else {
        timer_hw->armed = 1u << ALARM_BUSY; /* writing 1 disarms (RP2040 datasheet 4.6.3) */
    }
}

void panel_note(panel_t *which, uint8_t op, uint32_t us) {
    (void)which;
    note_add(NOTE_PANEL_COMMAND, (uint32_t)op << 16 | (op == 0x10 ? us : us / 1000));
}

void panel_heard(panel_t *which, bool data, const uint8_t *bytes, uint32_t count) {
    (void)which;
    if (data) {
        record_data(&record, bytes, count);
    } else {
        record_command(&record, bytes[0], timer_hw->timerawl);
    }
}

static void look_at_busy(void) {
    if (busy_ends && (int32_t)(timer_hw->timerawl - busy_until) >= 0) {
        busy_ends = false;
        panel_busy_ended(&panel);
    }
}

static uint32_t waiting(void) {
    uint32_t written = (dma_hw->ch[words_channel].write_addr - (uint32_t)(uintptr_t)ring) >> 1;
    return (written - taken) & (RING_WORDS - 1);
}

static bool take_some(void) {
    uint32_t count = waiting(), to_end = RING_WORDS - taken;
    if (!count) {
        return false;
    }
    count = count < BATCH ? count : BATCH;
    count = count < to_end ? count : to_end;
    panel_take(&panel, ring + taken, count);
    taken = (taken + count) & (RING_WORDS - 1);
    return true;
}

static void take_all(void) {
    while (take_some()) {
    }
}

/* RST moved: also if it went there and back before this ran. */
static void resets(uint32_t flags) {
    if (flags & 2u) {
        bool level = gpio_get(PIN_PANEL_RST);
        take_all();
        if (level == rst_level) {
            panel_reset(&panel, !level);
            record_mark(&record, RECORD_RST, !level, timer_hw->timerawl);
        }
        panel_reset(&panel, level);
        record_mark(&record, RECORD_RST, level, timer_hw->timerawl);
        rst_level = level;
        note_add(NOTE_PANEL_RST, level);
    }
    if (flags & 4u) {
        bool level = gpio_get(PIN_TOUCH_RST);
        uint32_t state = save_and_disable_interrupts();
        if (level == touch_rst_level) {
            touch_reset(&touch, !level);
        }
        touch_reset(&touch, level);
        restore_interrupts(state);
        touch_rst_level = level;
        note_add(NOTE_TOUCH_RST, level);
    }
}

static void drain(void) {
    uint32_t looks = 0, flags;
    do {
        flags = pio0->irq & 7u;
        if (flags) {
            pio0->irq = flags;
            resets(flags);
        }
        if (take_some()) {
            looks = 0;
        } else {
            busy_wait_at_least_cycles(LOOK_CYCLES);
            looks++;
        }
        look_at_busy();
    } while (waiting() || (!gpio_get(PIN_PANEL_CS) && looks < MOST_LOOKS));
}

static void panel_handler(void) {
    timer_hw->intr = 1u << ALARM_BUSY;
    drain();
}

void sink_drain(void) {
    if (running && waiting()) {
        irq_set_enabled(PIO0_IRQ_0, false); /* the touch chip's bus goes on */
        irq_set_enabled(TIMER_IRQ_0, false);
        take_some();
        irq_set_enabled(TIMER_IRQ_0, true);
        irq_set_enabled(PIO0_IRQ_0, true);
    }
}

static void machine(uint sm, const pio_program_t *program, pio_sm_config (*defaults)(uint)) {
    uint offset = (uint)pio_add_program(pio0, program);
    pio_sm_config config = defaults(offset);
    if (sm == 0) {
        sm_config_set_in_pins(&config, PIN_PANEL_MOSI);
        sm_config_set_in_shift(&config, false, true, 16);
        sm_config_set_fifo_join(&config, PIO_FIFO_JOIN_RX);
    } else if (sm == 1) {
        sm_config_set_in_shift(&config, false, true, 32);
    }
    pio_sm_init(pio0, sm, offset, &config);
}

static void channels(void) {
    dma_channel_config words = dma_channel_get_default_config((uint)words_channel);
    channel_config_set_transfer_data_size(&words, DMA_SIZE_16);
    channel_config_set_read_increment(&words, false);
    channel_config_set_write_increment(&words, true);
    channel_config_set_ring(&words, true, RING_BITS);
    channel_config_set_dreq(&words, pio_get_dreq(pio0, 0, false));
    dma_channel_configure((uint)words_channel, &words, ring, &pio0->rxf[0], DRAINED, true);
    dma_channel_config resync = dma_channel_get_default_config((uint)resync_channel);
    channel_config_set_read_increment(&resync, false);
    channel_config_set_write_increment(&resync, false);
    channel_config_set_dreq(&resync, pio_get_dreq(pio0, 1, false));
    dma_channel_configure((uint)resync_channel, &resync, &pio0->sm[0].instr, &pio0->rxf[1], DRAINED, true);
    taken = 0;
}

void sink_fit(const film_t *film) {
    fitted = film;
    uint32_t state = save_and_disable_interrupts();
    panel.variants.overhead_us = film->overhead_us;
    panel_power(&panel, film, timer_hw->timerawl | 1u);
    restore_interrupts(state);
}

void sink_powered(bool on) {
    uint32_t state = save_and_disable_interrupts();
    take_all();
    panel.held = false;
    rst_level = true;
    panel_power(&panel, fitted, timer_hw->timerawl | 1u);
    record_mark(&record, RECORD_POWER, 0, timer_hw->timerawl);
    if (on && !gpio_get(PIN_PANEL_RST)) {
        panel_reset(&panel, false);
        record_mark(&record, RECORD_RST, false, timer_hw->timerawl);
        rst_level = false;
    }
    restore_interrupts(state);
}

void sink_record(bool on) {
    uint32_t state = save_and_disable_interrupts();
    record_start(&record, on);
    panel.heard = on;
    restore_interrupts(state);
}

uint32_t sink_recorded(void) {
    uint32_t state = save_and_disable_interrupts();
    take_all();
    uint32_t ready = record_ready(&record);
    restore_interrupts(state);
    return ready;
}

void sink_offer(void) {
    uint32_t state = save_and_disable_interrupts();
    panel_offer(&panel);
    restore_interrupts(state);
}

void sink_pause(bool paused) {
    uint32_t state = save_and_disable_interrupts();
    if (paused && busy_ends) {
        paused_left = busy_until - timer_hw->timerawl;
        busy_ends = false;
        timer_hw->armed = 1u << ALARM_BUSY;
    } else if (!paused && paused_left) {
        panel_set_busy(&panel, true, paused_left);
    }
    if (!paused) {
        paused_left = 0;
    }
    restore_interrupts(state);
}

void sink_start(void) {
    static bool known;
    if (!known) {
        machine(0, &sink_program, sink_program_get_default_config);
        machine(1, &select_program, select_program_get_default_config);
        machine(2, &panel_rst_program, panel_rst_program_get_default_config);
        machine(3, &touch_rst_program, touch_rst_program_get_default_config);
        words_channel = dma_claim_unused_channel(true);
        resync_channel = dma_claim_unused_channel(true);
        /* select: x = the instruction that the resync writes */
        pio_sm_put(pio0, 1, MOV_ISR_NULL);
        pio_sm_exec(pio0, 1, pio_encode_pull(false, true));
        pio_sm_exec(pio0, 1, pio_encode_mov(pio_x, pio_osr));
        known = true;
    }
    channels();
    pio0->inte0 = (1u << PIO_INTR_SM0_LSB) | (1u << PIO_INTR_SM1_LSB) | (1u << PIO_INTR_SM2_LSB);
    irq_set_exclusive_handler(PIO0_IRQ_0, panel_handler);
    irq_set_priority(PIO0_IRQ_0, PRIORITY_PANEL);
    irq_set_enabled(PIO0_IRQ_0, true);
    irq_set_exclusive_handler(TIMER_IRQ_0, panel_handler);
    irq_set_priority(TIMER_IRQ_0, PRIORITY_PANEL);
    irq_set_enabled(TIMER_IRQ_0, true);
    hw_set_bits(&timer_hw->inte, 1u << ALARM_BUSY);
    running = true;
    pio_enable_sm_mask_in_sync(pio0, 15u);
    readback_start();
}

void sink_stop(void) {
    running = false;
    readback_stop();
    pio_set_sm_mask_enabled(pio0, 15u, false);
    irq_set_enabled(PIO0_IRQ_0, false);
    dma_channel_abort((uint)words_channel);
    dma_channel_abort((uint)resync_channel);
    pio_sm_clear_fifos(pio0, 0);
    pio_sm_clear_fifos(pio0, 1);
}
