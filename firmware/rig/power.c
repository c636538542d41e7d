/* power: the load switch in the pad's cable, and what the converter sees of the pad's supply.
 *
 * off: all outputs high impedance first, then the switch: otherwise the rig would feed the pad through its pins. cut: the
 * switch alone, for a pad that lives on its capacitor; its panel goes on until its 3V3 falls. SPDX-License-Identifier: MIT */
#include "rig.h"

#include "hardware/adc.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "lines.h"
#include "notes.h"

#define THERE_MV 2900u
#define GONE_MV 2200u
#define FIRST_US 20u /* from high impedance to the switch */
#define REFERENCE_MV 3300u
#define CODES 4096u

#define RISES_WITHIN_US 100000u

static bool there, off_wanted;
static volatile bool rising;
static uint32_t rising_since;

uint32_t power_convert(uint32_t channel) {
    uint32_t state = save_and_disable_interrupts(); /* the alarm of the queue converts, too */
    adc_select_input(channel);
    uint32_t code = adc_read();
    restore_interrupts(state);
    return code;
}

static uint32_t millivolts(uint32_t channel, uint32_t share_millionths) {
    uint64_t at_pin = (uint64_t)power_convert(channel) * REFERENCE_MV * 1000000u / CODES;
    return (uint32_t)(at_pin / share_millionths);
}

sense_t power_sense(void) {
    sense_t found = { millivolts(SENSE_3V3_CHANNEL, SENSE_3V3_SHARE_PPM),
                      millivolts(SENSE_VSYS_CHANNEL, SENSE_VSYS_SHARE_PPM),
                      millivolts(SENSE_CURRENT_CHANNEL, SENSE_CURRENT_SHARE_PPM) };
    return found;
}

bool power_rising(void) {
    return rising;
}

bool power_there(void) {
    return there;
}

static void gone(void) {
    lines_drive(false);
    if (there) {
        there = false;
        note_add(NOTE_SUPPLY, 0);
        sink_powered(false);
        bus_powered(false);
    }
}

void power_set(uint32_t wanted) {
    if (wanted == POWER_ON) {
        off_wanted = false;
        if (!there) {
            /* Panel and touch chip get power with the pad: they are ready before its first instruction. */
            sink_powered(true);
            bus_powered(true);
            rising_since = timer_hw->timerawl;
            rising = true;
        }
        lines_vbus(true);
        return;
    }
    rising = false;
    if (wanted == POWER_OFF) {
        off_wanted = true;
        lines_drive(false);
        busy_wait_us_32(FIRST_US);
    }
    lines_vbus(false);
}

void power_watch(void) {
    uint32_t state = save_and_disable_interrupts();
    uint32_t mv = millivolts(SENSE_3V3_CHANNEL, SENSE_3V3_SHARE_PPM);
    if (there && mv < GONE_MV) {
        gone();
    } else if (!there && mv > THERE_MV && !off_wanted) {
        if (!rising) {
            sink_powered(true); /* power that the rig did not switch on */
            bus_powered(true);
        }
        there = true;
        rising = false;
        note_add(NOTE_SUPPLY, 1);
    }
    if (there && !off_wanted && !lines_driven()) {
        lines_drive(true);
    }
    rising = rising && timer_hw->timerawl - rising_since < RISES_WITHIN_US;
    restore_interrupts(state);
}

void power_start(void) {
    adc_init();
    adc_gpio_init(PIN_SENSE_3V3);
    adc_gpio_init(PIN_SENSE_VSYS);
    adc_gpio_init(PIN_SENSE_CURRENT);
}
