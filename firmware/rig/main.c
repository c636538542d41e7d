/* main: the rig's start and its loop. SPDX-License-Identifier: MIT */
#include "rig.h"

#include "films.h"
#include "hardware/clocks.h"
#include "hardware/irq.h"
#include "hardware/structs/systick.h"
#include "hardware/sync.h"
#include "hardware/vreg.h"
#include "identity.h"

#define WATCH_HZ 1000u
#define ROOM_TEMPERATURE 25

/* Wakes the core to look at the pad's supply. */
void isr_systick(void) {
}

static void clocks(void) {
    /* 200 MHz: a bit of the pad's SPI then has 12.8 cycles, of which the sink needs 3 (1.15 V: RP2040 datasheet 2.15.3). */
    vreg_set_voltage(VREG_VOLTAGE_1_15);
    set_sys_clock_khz(RIG_CLOCK_KHZ, true);
    systick_hw->rvr = RIG_CLOCK_KHZ * 1000u / WATCH_HZ - 1;
    systick_hw->cvr = 0;
    systick_hw->csr = M0PLUS_SYST_CSR_CLKSOURCE_BITS | M0PLUS_SYST_CSR_TICKINT_BITS | M0PLUS_SYST_CSR_ENABLE_BITS;
}

int main(void) {
    lines_start();
    clocks();
    panel.sensed_celsius = ROOM_TEMPERATURE;
    power_start();
    bus_start();
    queue_start();
    sink_fit(&FILMS[0]);
    bus_fit(TOUCH_FT6336U);
    sink_start();
    answers_start();
    for (;;) {
        answers_poll();
        sink_drain();
        swd_watch();
        if (!drive_on()) {
            power_watch();
        }
        if (!power_rising()) {
            __wfi();
        }
    }
}
