/* readback: answers 1Bh on the panel's data wire, by PIO: the pad looks 2 us after the command, and an interrupt may take
 * longer. SPDX-License-Identifier: MIT */
#include "rig.h"

#include "hardware/dma.h"
#include "hardware/gpio.h"
#include "hardware/pio.h"
#include "lines.h"
#include "readback.pio.h"

/* SWD has machine 0. */
#define READBACK 1u
#define UNSELECT 2u
/* 1Bh as the sink has it: for each bit DC, which is low, and MOSI. */
#define READ_TEMPERATURE_TAKEN 0x0145u
#define FOREVER 0xffffffffu

_Static_assert(readback_CLK == PIN_PANEL_CLK && readback_CS == PIN_PANEL_CS && unselect_CS == PIN_PANEL_CS,
               "readback.pio has other pins than rig.toml");

static uint32_t begin;
static int channel;

static void set(uint32_t machine, uint32_t op, uint32_t value) {
    pio_sm_put(pio1, machine, value);
    pio_sm_exec(pio1, machine, pio_encode_pull(false, true));
    pio_sm_exec(pio1, machine, op);
}

static void load(void) {
    uint offset = (uint)pio_add_program(pio1, &readback_program);
    pio_sm_config config = readback_program_get_default_config(offset);
    sm_config_set_in_pins(&config, PIN_PANEL_MOSI);
    sm_config_set_out_pins(&config, PIN_PANEL_MOSI, 1);
    sm_config_set_set_pins(&config, PIN_PANEL_MOSI, 1);
    sm_config_set_jmp_pin(&config, PIN_PANEL_DC);
    sm_config_set_in_shift(&config, false, false, 32);
    sm_config_set_out_shift(&config, false, false, 32);
    begin = pio_encode_jmp(offset + readback_offset_begin);
    pio_sm_init(pio1, READBACK, offset + readback_offset_begin, &config);
    set(READBACK, pio_encode_mov(pio_y, pio_osr), READ_TEMPERATURE_TAKEN);
    uint ends = (uint)pio_add_program(pio1, &unselect_program);
    config = unselect_program_get_default_config(ends);
    sm_config_set_in_shift(&config, false, true, 32);
    pio_sm_init(pio1, UNSELECT, ends, &config);
    set(UNSELECT, pio_encode_mov(pio_x, pio_osr), begin);
    pio_sm_claim(pio1, READBACK);
    pio_sm_claim(pio1, UNSELECT);
    channel = dma_claim_unused_channel(true);
}

void readback_start(void) {
    static bool known;
    if (!known) {
        load();
        known = true;
    }
    dma_channel_config ends = dma_channel_get_default_config((uint)channel);
    channel_config_set_read_increment(&ends, false);
    channel_config_set_write_increment(&ends, false);
    channel_config_set_dreq(&ends, pio_get_dreq(pio1, UNSELECT, false));
    dma_channel_configure((uint)channel, &ends, &pio1->sm[READBACK].instr, &pio1->rxf[UNSELECT], FOREVER, true);
    pio_sm_exec(pio1, READBACK, begin);
    pio_set_sm_mask_enabled(pio1, 1u << READBACK | 1u << UNSELECT, true);
    sink_offer();
}

void readback_stop(void) {
    pio_set_sm_mask_enabled(pio1, 1u << READBACK | 1u << UNSELECT, false);
    dma_channel_abort((uint)channel);
    pio_sm_clear_fifos(pio1, UNSELECT);
}

void readback_connect(bool on) {
    if (on) {
        gpio_set_function(PIN_PANEL_MOSI, GPIO_FUNC_PIO1);
    } else {
        gpio_set_function(PIN_PANEL_MOSI, GPIO_FUNC_SIO); /* an input there */
    }
}

void panel_set_answer(panel_t *which, bool answers, uint32_t bits) {
    (void)which;
    pio_sm_clear_fifos(pio1, READBACK);
    if (answers) {
        pio_sm_put(pio1, READBACK, bits);
    }
}
