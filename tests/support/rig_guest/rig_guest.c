/* rig_guest: a rig's program for the test of the two-chip bench: panel and touch chip, bare metal, one core.
 *
 * It is not the rig's firmware. It takes film, reports and options from the test, which writes its variables, and it drains
 * the ring while CS is low. SPDX-License-Identifier: MIT */
#include "controller.h"
#include "pins.h"

#define R(address) (*(volatile uint32_t *)(address))
/* RP2040 datasheet 2.2, 3.7, 2.5.7, 4.6.5, 2.3.1.7, 2.19.6, 4.3.17. */
#define PIO 0x50200000u
#define DMA 0x50000000u
#define TIMER 0x40054000u
#define SIO 0xd0000000u
#define IO 0x40014000u
#define PADS 0x4001c000u
#define I2C 0x40044000u
enum { RING = 16384, REPORTS = 512, NO_RESYNC = 1 };

typedef struct {
    uint32_t at_us, length; /* of the rig's timer; how many registers */
    uint32_t first;         /* register */
    uint8_t value[12];
} report_t;

/* Written by the test before the program runs, so not in the memory that `start` clears. */
#define GIVEN __attribute__((section(".data")))
GIVEN uint32_t options, touch_address, wide_registers, quits_at_count, report_count;
GIVEN fitted_t fitted;
GIVEN report_t reports[REPORTS];

volatile uint32_t reported, bus_bytes, most_waiting, resets;
controller_t panel;
static uint16_t ring[RING] __attribute__((aligned(2 * RING)));
static uint8_t registers[0x1100];
static uint32_t pointer, address_bytes, read_at, acted;
static volatile uint32_t flags;

extern const uint16_t program[32];
extern const uint32_t wraps[4], starts[4];
extern uint32_t bss_from, bss_to;

void stray(void) {
    for (;;) {
    }
}

static uint32_t now(void) {
    return R(TIMER + 0x28);
}

static void alarm(uint32_t number, uint32_t us) {
    R(TIMER + 0x10 + 4 * number) = now() + us;
}

void edges(void) {
    uint32_t raised = R(PIO + 0x30) & 7;
    R(PIO + 0x30) = raised;
    flags |= raised;
}

/* BUSY. */
static void busy_for(uint32_t us) {
    R(SIO + 0x14) = 1u << PANEL_BUSY;
    alarm(0, us);
}

void busy_ends(void) {
    R(TIMER + 0x34) = 1;
    R(SIO + 0x18) = 1u << PANEL_BUSY;
}

/* The touch chip. */
static void next_report(void) {
    if (reported < report_count) {
        R(TIMER + 0x14) = reports[reported].at_us;
    }
}

void report_due(void) {
    R(TIMER + 0x34) = 2;
    const report_t *one = reports + reported++;
    for (uint32_t i = 0; i < one->length; i++) {
        registers[one->first + i] = one->value[i];
    }
    R(SIO + 0x18) = 1u << TOUCH_INT;
    if (!quits_at_count) {
        alarm(2, 200);
    }
    next_report();
}

void pulse_ends(void) {
    R(TIMER + 0x34) = 4;
    R(SIO + 0x14) = 1u << TOUCH_INT;
}

void touch_awake(void) {
    R(TIMER + 0x34) = 8;
    R(I2C + 0x6c) = 1;
}

void touch_bus(void) {
    uint32_t why = R(I2C + 0x2c);
    if (why & 4) {
        uint32_t data = R(I2C + 0x10);
        bus_bytes++;
        if (data & 0x800) {
            address_bytes = wide_registers ? 2 : 1;
            pointer = 0;
        }
        if (address_bytes) {
            address_bytes--;
            pointer = (pointer << 8 | (data & 0xff)) & 0xffff;
        } else {
            if (pointer < sizeof(registers)) {
                registers[pointer] = (uint8_t)data;
            }
            if (pointer == quits_at_count && quits_at_count) {
                R(SIO + 0x14) = 1u << TOUCH_INT;
            }
            pointer = (pointer + 1) & 0xffff;
        }
    }
    if (why & 32) {
        (void)R(I2C + 0x50);
        R(I2C + 0x10) = pointer < sizeof(registers) ? registers[pointer] : 0xff;
        pointer = (pointer + 1) & 0xffff;
        bus_bytes++;
    }
    if (why & 64) {
        (void)R(I2C + 0x54);
    }
}

static void touch_reset(uint32_t level) {
    static const uint8_t at[] = { 0x80, 0x85, 0x86, 0x87, 0x88, 0x89, 0x9f, 0xa0, 0xa3, 0xa4, 0xa6, 0xa8, 0x0a, 0x0c };
    static const uint8_t value[] = { 0x16, 0xa0, 1, 10, 60, 25, 0x26, 2, 0x64, 1, 0x10, 0x11, 0x86, 1 };
    R(I2C + 0x6c) = 0;
    R(SIO + 0x14) = 1u << TOUCH_INT;
    for (uint32_t i = 0; i < sizeof(registers); i++) {
        registers[i] = 0;
    }
    for (uint32_t i = 0; i < sizeof(at); i++) {
        registers[at[i]] = value[i];
    }
    if (level) {
        alarm(3, 300000);
    } else {
        R(TIMER + 0x20) = 8;
    }
}

/* The panel. */
static uint32_t drain(void) {
    uint32_t to = (R(DMA + 4) & (2 * RING - 1)) / 2, count = (to - read_at) & (RING - 1);
    if (!count) {
        return 0;
    }
    most_waiting = count > most_waiting ? count : most_waiting;
    count = count > 256 ? 256 : count;
    count = count > RING - read_at ? RING - read_at : count;
    controller_words(&panel, &fitted, ring + read_at, count);
    read_at = (read_at + count) & (RING - 1);
    while (acted != panel.acts) {
        busy_for(panel.act[acted++ % ACTS]);
    }
    if (panel.asleep) {
        R(TIMER + 0x20) = 1;
        R(SIO + 0x14) = 1u << PANEL_BUSY;
    }
    return 1;
}

static void panel_reset(uint32_t level) {
    static uint32_t low;
    if (level) {
        if (low) {
            busy_for(2000);
        }
        low = 0;
        return;
    }
    low = 1;
    while (drain()) {
    }
    resets++;
    controller_reset(&panel);
    acted = panel.acts;
    R(TIMER + 0x20) = 1;
    R(SIO + 0x18) = 1u << PANEL_BUSY;
}

static void sink(void) {
    for (uint32_t i = 0; i < 32; i++) {
        R(PIO + 0x48 + 4 * i) = program[i];
    }
    static const uint32_t shift[4] = { 1u << 31 | 16u << 20 | 1u << 16, 1u << 16 | 3u << 18, 3u << 18, 3u << 18 };
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t at = PIO + 0xc8 + i * 0x18;
        R(at) = 1u << 16;
        R(at + 4) = wraps[i];
        R(at + 8) = shift[i];
        R(at + 20) = i ? 0 : PANEL_MOSI << 15;
        R(at + 16) = starts[i]; /* JMP */
    }
    R(PIO + 0x14) = 0xa0c3; /* SM1: x = "mov isr, null", by way of its FIFO and "pull", "mov x, osr" */
    R(PIO + 0xe0 + 16) = 0x80a0;
    R(PIO + 0xe0 + 16) = 0xa027;
    R(DMA + 0x00) = PIO + 0x20;
    R(DMA + 0x04) = (uint32_t)ring;
    R(DMA + 0x08) = 0xffffffffu;
    R(DMA + 0x0c) = 1 | 1u << 2 | 1u << 5 | 15u << 6 | 1u << 10 | 4u << 15;
    if (!(options & NO_RESYNC)) {
        R(DMA + 0x40) = PIO + 0x24;
        R(DMA + 0x44) = PIO + 0xc8 + 16;
        R(DMA + 0x48) = 0xffffffffu;
        R(DMA + 0x4c) = 1 | 2u << 2 | 1u << 11 | 5u << 15;
    }
    R(PIO + 0x12c) = 7u << 8;
}

void start(void) {
    for (uint32_t *at = &bss_from; at < &bss_to; at++) {
        *at = 0;
    }
    for (uint32_t pin = PANEL_MOSI; pin <= TOUCH_RST; pin++) {
        uint32_t own = pin == PANEL_BUSY ? 5 : pin == TOUCH_SDA || pin == TOUCH_SCL ? 3 : 6;
        R(PADS + 4 + 4 * pin) = 0x52 | (own == 3 ? 8 : 0);
        R(IO + 4 + 8 * pin) = own;
    }
    R(IO + 4 + 8 * TOUCH_INT) = 5;
    R(SIO + 0x14) = 1u << TOUCH_INT;
    controller_power(&panel);
    sink();
    R(TIMER + 0x38) = 15;
    R(0xe000e100u) = 1u << 23 | 1u << 7 | 15u;
    R(I2C + 0x6c) = 0;
    R(I2C) = 0x200;
    R(I2C + 8) = touch_address;
    R(I2C + 0x30) = 4 | 32 | 64;
    touch_reset(0);
    R(PIO) = 15;
    uint32_t powered = 0;
    next_report();
    for (;;) {
        uint32_t worked = drain(), got;
        __asm volatile("cpsid i" ::: "memory");
        got = flags;
        flags = 0;
        if (!worked && !got && (R(SIO + 4) >> PANEL_CS & 1 || !(R(SIO + 4) >> PANEL_RST & 1))) {
            __asm volatile("wfi");
        }
        __asm volatile("cpsie i" ::: "memory");
        uint32_t levels = R(SIO + 4), drives = 1u << PANEL_BUSY | 1u << TOUCH_INT, before = powered;
        if (powered != (levels >> TOUCH_RST & levels >> PANEL_RST & 1) && !powered) {
            powered = 1;
            R(SIO + 0x24) = drives; /* outputs only while the pad has power */
        } else if (powered && !(levels >> TOUCH_RST & 1) && !(levels >> PANEL_RST & 1) && !(levels >> PANEL_CS & 1)) {
            powered = 0;
            R(SIO + 0x28) = drives;
            controller_power(&panel);
            acted = panel.acts;
        }
        if (got & 2 && before) {
            panel_reset(levels >> PANEL_RST & 1);
        }
        if (got & 4) {
            touch_reset(levels >> TOUCH_RST & 1);
        }
    }
}
