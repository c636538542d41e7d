"""outputs: how a drawn leak in C shows a value outside: pins, messages, answers and times of the host, refreshes."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from random import Random

from kesu.verify.leaks.parts import Insert, Place, Reading

SPARE_PINS = (0, 1, 4, 5, 18, 19, 20, 21, 26, 27, 28)
LED = 25
SLOTS = {"SLOT_NOTIFY": "messages", "SLOT_BULK_OUT": "readiness for packets", "SLOT_CONTROL_IN": "answers"}
_HOLD = "    uint64_t due_us = earliest_us[slot];\n"
_BEGIN = "    const int slot = kesu_usb_slot(address);\n    const bool control = (address & NUMBER) == 0;\n"
TAKEN = "bool kesu_request_is_taken(const tusb_control_request_t *asked) {\n"


def drawn(random: Random, k: str) -> Place:
    """An output. k: prefix of its names in C."""
    kinds = (_led, _led_time, _pin, _pull, _late, _late, _answer, _refusal, _refresh, _command, _touch_bus)
    return random.choice(kinds)(random, k)


def _led(random: Random, k: str) -> Place:
    bit = random.randrange(6)
    return Place("LED", "pin", f"gpio_put({LED}, v >> {bit} & 1);", Reading("pins", "levels", LED))


def _led_time(random: Random, k: str) -> Place:
    put = f"gpio_put({LED}, 1);\n    busy_wait_us_32(20 + (v & 63));\n    gpio_put({LED}, 0);"
    return Place("time of a pulse on the LED", "pin", put, Reading("pins", "times", LED))


def _pin(random: Random, k: str) -> Place:
    pin, bit = random.choice(SPARE_PINS), random.randrange(6)
    put = f"gpio_init({pin});\n    gpio_set_dir({pin}, true);\n    gpio_put({pin}, v >> {bit} & 1);"
    return Place(f"pin {pin}", "pin", put, Reading("pins", "levels", pin))


def _pull(random: Random, k: str) -> Place:
    pin, bit = random.choice(SPARE_PINS), random.randrange(6)
    put = f"gpio_set_pulls({pin}, v >> {bit} & 1, !(v >> {bit} & 1));"
    return Place(f"pulls of pin {pin}", "pin", put, Reading("pins", "pulls", pin))


def _late(random: Random, k: str) -> Place:
    slot, bit = random.choice(sorted(SLOTS)), random.randrange(6)
    text = (
        f"    {{\n        extern uint32_t {k}_out;\n"
        f"        due_us += slot == {slot} ? ({k}_out >> {bit} & 1) * GRID_US : 0;\n    }}\n"
    )
    return Place(
        f"time of {SLOTS[slot]}",
        "time on the line",
        f"{k}_out = v;",
        Reading("line", SLOTS[slot]),
        declares=f"uint32_t {k}_out;",
        inserts=(Insert("native/usb_ticks.c", _HOLD, text),),
    )


def _in_answers(name: str, k: str, insert: Insert) -> Place:
    """Content of what the pad answers, by the word `k`_out that the insert reads."""
    return Place(
        name,
        "content on the line",
        f"{k}_out = v;",
        Reading("line", "answers"),
        declares=f"uint32_t {k}_out;",
        inserts=(insert,),
    )


def _answer(random: Random, k: str) -> Place:
    at, shift = random.randrange(7), random.randrange(8)
    text = f"""    if (address == TO_HOST && length > {at}) {{
        static uint8_t {k}_answer[64];
        extern uint32_t {k}_out;
        if (length <= sizeof({k}_answer) && {k}_out) {{
            for (uint16_t i = 0; i < length; ++i) {{
                {k}_answer[i] = buffer[i] ^ (i == {at} ? (uint8_t)({k}_out >> {shift}) : 0);
            }}
            buffer = {k}_answer;
        }}
    }}
"""
    return _in_answers(f"byte {at} of answers", k, Insert("native/usb_endpoints.c", _BEGIN, text))


def _refusal(random: Random, k: str) -> Place:
    bit = random.randrange(6)
    text = (
        f"    {{\n        extern uint32_t {k}_out;\n"
        f"        if (asked->bRequest == CDC_REQUEST_SEND_BREAK && {k}_out >> {bit} & 1) {{\n"
        "            return false;\n        }\n    }\n"
    )
    return _in_answers("refusal of SEND_BREAK", k, Insert("native/usb_requests.c", TAKEN, text))


def _refresh(random: Random, k: str) -> Place:
    bit = random.randrange(6)
    put = f"busy_wait_us_32((v >> {bit} & 1) * {random.randrange(20, 60) * 1_000});"
    return Place("time of a refresh", "time on the glass", put, Reading("refreshes", "starts"), late_ms=10)


def _command(random: Random, k: str) -> Place:
    """A command more to the panel: NOP, or one that changes nothing (SSD1680 datasheet 8.1)."""
    bit, command = random.randrange(6), random.choice((0x7F, 0x74, 0x2E))
    put = f"""if (v >> {bit} & 1) {{
        const uint8_t command = {command:#x};
        gpio_put(9, 0);
        gpio_put(8, 0);
        spi_write_blocking(spi1, &command, 1);
        gpio_put(8, 1);
        gpio_put(9, 1);
    }}"""
    late_ms = random.choice((120, 3_000))
    return Place(
        "commands to the panel", "bus of the panel", put, Reading("line", "panel commands"), late_ms=late_ms
    )


def _touch_bus(random: Random, k: str) -> Place:
    bit = random.randrange(6)
    put = f"""if (v >> {bit} & 1) {{
        uint8_t register_number = 0xA8;
        i2c_write_blocking(i2c1, 0x38, &register_number, 1, true);
        i2c_read_blocking(i2c1, 0x38, &register_number, 1, false);
    }}"""
    return Place(
        "reads of the touch chip", "bus of the touch chip", put, Reading("line", "touch bus"), late_ms=3_000
    )
