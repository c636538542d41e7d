/* queue: actions that the host asked for at a time of the rig's clock. SPDX-License-Identifier: MIT */
#include "rig.h"

#include "hardware/irq.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "notes.h"

#define MOST 2048u
#define FURTHEST_US 1000000000u /* the alarm compares 32 bits */
#define LATE_US 100u
#define SHORTEST_ALARM_US 4u

typedef struct {
    uint64_t at_us;
    uint32_t first, second;
    uint8_t verb;
} action_t;

static action_t queue[MOST]; /* a ring, in the order of time */
static uint32_t head, count;
static uint64_t paused_at;
static bool paused;

static void arm(void) {
    if (!count || paused) {
        timer_hw->armed = 1u << ALARM_QUEUE;
        return;
    }
    uint64_t now = time_us_64(), at = queue[head].at_us;
    uint64_t soonest = now + SHORTEST_ALARM_US, furthest = now + FURTHEST_US;
    at = at < soonest ? soonest : at > furthest ? furthest : at;
    timer_hw->alarm[ALARM_QUEUE] = (uint32_t)at;
}

static void due(void) {
    while (count && !paused && queue[head].at_us <= time_us_64()) {
        action_t action = queue[head];
        head = (head + 1) % MOST;
        count--;
        uint64_t late = time_us_64() - action.at_us;
        if (late > LATE_US) {
            note_add(NOTE_LATE, late < 0xffffffu ? (uint32_t)late : 0xffffffu);
        }
        request_t request = { .verb = action.verb, .number = { action.first, action.second } };
        act(&request);
    }
    arm();
}

static void queue_handler(void) {
    timer_hw->intr = 1u << ALARM_QUEUE;
    due();
}

bool queue_add(const request_t *request) {
    uint32_t state = save_and_disable_interrupts();
    bool room = count < MOST;
    if (room) {
        uint32_t at = count++;
        for (; at && queue[(head + at - 1) % MOST].at_us > request->at_us; at--) {
            queue[(head + at) % MOST] = queue[(head + at - 1) % MOST];
        }
        queue[(head + at) % MOST] = (action_t){ request->at_us, request->number[0], request->number[1], request->verb };
        arm();
    }
    restore_interrupts(state);
    return room;
}

void queue_cancel(void) {
    uint32_t state = save_and_disable_interrupts();
    count = 0;
    arm();
    restore_interrupts(state);
}

uint32_t queue_length(void) {
    return count;
}

void queue_pause(bool wanted) {
    uint32_t state = save_and_disable_interrupts();
    if (wanted && !paused) {
        paused_at = time_us_64();
    } else if (!wanted && paused) {
        uint64_t lost = time_us_64() - paused_at;
        for (uint32_t i = 0; i < count; i++) {
            queue[(head + i) % MOST].at_us += lost;
        }
    }
    paused = wanted;
    arm();
    restore_interrupts(state);
}

void act(const request_t *request) {
    switch (request->verb) {
        case VERB_CONTACT: lines_contact(request->number[0], request->number[1]); break;
        case VERB_SILENT: bus_silence(request->number[0]); break;
        case VERB_POWER: power_set(request->number[0]); break;
        case VERB_HALT: (void)swd_halt(request->number[0]); break;
        case VERB_CONNECT: (void)swd_join(request->number[0], request->number[1]); break;
        case VERB_WRITE: (void)swd_strike(request->number[0], request->number[1]); break;
        case VERB_PEN:
        case VERB_LIFT: {
            uint32_t state = save_and_disable_interrupts();
            if (request->verb == VERB_PEN) {
                touch_report(&touch, (uint16_t)request->number[0], (uint16_t)request->number[1]);
            } else {
                touch_lift(&touch, request->number[0]);
            }
            restore_interrupts(state);
            break;
        }
        default: break;
    }
}

void queue_start(void) {
    hw_set_bits(&timer_hw->inte, 1u << ALARM_QUEUE);
    irq_set_exclusive_handler(TIMER_IRQ_1, queue_handler);
    irq_set_priority(TIMER_IRQ_1, PRIORITY_ALARM);
    irq_set_enabled(TIMER_IRQ_1, true);
}
