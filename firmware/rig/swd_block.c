/* swd_block: many reads of DRW by PIO. SPDX-License-Identifier: MIT */
#include "rig.h"

#include "hardware/gpio.h"
#include "hardware/pio.h"
#include "hardware/timer.h"
#include "lines.h"
#include "swd_block.pio.h"

#define REQUEST 0x9fu      /* start, AP, read, A[3:2] = 3, parity 0, stop, park */
#define BITS_LESS_ONE 35u  /* ACK 3, data 32, parity 1 */
#define HALF_WORD_BITS 18u /* of the 36 bits, in each word from the FIFO, at its top */
#define AHEAD 2u           /* requests that are under way: their answers fit the FIFO */
#define PATIENCE_US 1000u

static void start(uint offset, uint32_t divider) {
    pio_sm_config config = swd_block_program_get_default_config(offset);
    sm_config_set_sideset_pins(&config, PIN_SWCLK);
    sm_config_set_out_pins(&config, PIN_SWDIO, 1);
    sm_config_set_set_pins(&config, PIN_SWDIO, 1);
    sm_config_set_in_pins(&config, PIN_SWDIO);
    sm_config_set_out_shift(&config, true, false, 32);
    sm_config_set_in_shift(&config, true, true, HALF_WORD_BITS);
    sm_config_set_clkdiv_int_frac(&config, (uint16_t)divider, 0);
    pio_sm_init(pio1, 0, offset, &config);
    pio_sm_set_pins_with_mask(pio1, 0, 0, 1u << PIN_SWCLK | 1u << PIN_SWDIO);
    pio_sm_set_pindirs_with_mask(pio1, 0, 1u << PIN_SWCLK | 1u << PIN_SWDIO, 1u << PIN_SWCLK | 1u << PIN_SWDIO);
    gpio_set_function(PIN_SWCLK, GPIO_FUNC_PIO1);
    gpio_set_function(PIN_SWDIO, GPIO_FUNC_PIO1);
    pio_sm_set_enabled(pio1, 0, true);
}

/* The last bit is in the FIFO before its clock has ended: a port that misses that clock is out of step. */
static void stop(void) {
    uint32_t stalled = 1u << (PIO_FDEBUG_TXSTALL_LSB + 0), since = timer_hw->timerawl;
    pio1->fdebug = stalled;
    while (!(pio1->fdebug & stalled) && timer_hw->timerawl - since < PATIENCE_US) {
    }
    pio_sm_set_enabled(pio1, 0, false);
    gpio_put(PIN_SWCLK, false);
    gpio_set_dir(PIN_SWDIO, GPIO_IN);
    gpio_set_function(PIN_SWCLK, GPIO_FUNC_SIO);
    gpio_set_function(PIN_SWDIO, GPIO_FUNC_SIO);
}

static bool half(uint32_t *bits) {
    uint32_t since = timer_hw->timerawl;
    while (pio_sm_is_rx_fifo_empty(pio1, 0)) {
        if (timer_hw->timerawl - since > PATIENCE_US) {
            return false;
        }
    }
    *bits = pio_sm_get(pio1, 0) >> (32 - HALF_WORD_BITS);
    return true;
}

/* How many words came with an OK and the right parity, from the first on. */
uint32_t swd_block(uint32_t *words, uint32_t count, uint32_t divider) {
    static int offset = -1;
    if (offset < 0) {
        offset = (int)pio_add_program(pio1, &swd_block_program);
        pio_sm_claim(pio1, 0);
    }
    start((uint)offset, divider);
    uint32_t asked = 0, right = 0;
    while (right < count) {
        while (asked < count && asked < right + AHEAD) {
            pio_sm_put(pio1, 0, REQUEST | BITS_LESS_ONE << 8);
            asked++;
        }
        uint32_t low, high;
        if (!half(&low) || !half(&high)) {
            break;
        }
        uint32_t word = low >> 3 | high << (HALF_WORD_BITS - 3);
        if ((low & 7) != 1 || (uint32_t)__builtin_parity(word) != high >> (HALF_WORD_BITS - 1)) {
            break;
        }
        words[right++] = word;
    }
    stop();
    return right;
}
